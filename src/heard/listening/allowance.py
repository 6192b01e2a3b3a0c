"""The network's patience with one of our accounts. Replies, polls and test buttons draw on one allowance; replies go first."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from heard.kernel import allowance
from heard.listening.channels.contract import Capabilities, Context

LONGEST_SECONDS = 3600  # that we stay away because a network said so


def wait_seconds(account_id: int, able: Capabilities, *, now: datetime, is_reply: bool) -> float:
    """0 when we may call the network now, which is counted; else how long to wait. Polls leave half of a burst to replies."""
    if not settings.KEEPS_PACE:
        return 0.0
    keeps_back = able.outbound and not is_reply
    return allowance.wait_seconds(_name(account_id), per_minute=able.requests_per_minute, now=now, keeps_back=keeps_back)


def stay_away(account_id: int, able: Capabilities, *, seconds: float, now: datetime) -> None:
    """The network refused a reply because of too many requests: neither replies nor polls bother it before it said."""
    if settings.KEEPS_PACE:
        until = now + timedelta(seconds=min(seconds, LONGEST_SECONDS))
        allowance.close(_name(account_id), until=until, per_minute=able.requests_per_minute, now=now)


class Requests:
    """Counts what an adapter asks over the client of its context, redirects too."""

    def __init__(self, ctx: Context) -> None:
        self._count = 0
        ctx.http.event_hooks["request"].append(self._note)

    def _note(self, request: Any) -> None:
        self._count += 1

    def spend(self, account_id: int, able: Capabilities, *, now: datetime) -> None:
        """Charge what was asked since the last time, beyond the one that `wait_seconds` granted."""
        calls, self._count = self._count - 1, 0
        if settings.KEEPS_PACE:
            allowance.spend(_name(account_id), calls, per_minute=able.requests_per_minute, now=now)


def _name(account_id: int) -> str:
    return f"channel:{account_id}"
