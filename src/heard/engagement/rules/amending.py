"""What may become of words that a network has of us, and what to know before. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

OPEN = frozenset({"queued", "sending", "failed", "unknown"})  # not settled: the next one waits, or takes its place
ON_ITS_WAY = frozenset({"queued", "sending"})
STUCK = frozenset({"failed", "unknown"})  # a person must do something
HOUR = 3600


@dataclass(frozen=True)
class Chances:
    """`limit`: until when, in words, where the network sets an end to it."""

    may_edit: bool = False
    may_take_back: bool = False
    limit: str = ""


NO_CHANCES = Chances()


def chances(
    *,
    visibility: str,
    edit_where: Collection[str],
    delete_where: Collection[str],
    delete_within_seconds: int | None,
    sent_at: datetime | None,
    now: datetime,
) -> Chances:
    """What a network lets us do with words that it has; `*_where` are the visibilities for which it does it at all."""
    within = delete_within_seconds
    is_too_late = within is not None and sent_at is not None and now - sent_at >= timedelta(seconds=within)
    return Chances(
        may_edit=visibility in edit_where,
        may_take_back=visibility in delete_where and not is_too_late,
        limit=f"Only within {_hours(within)} after it was sent." if within else "",
    )


def _hours(seconds: int) -> str:
    return f"{seconds // HOUR} hours" if seconds >= HOUR else f"{seconds // 60} minutes"
