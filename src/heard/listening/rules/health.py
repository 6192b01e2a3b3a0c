"""Whether we would hear a customer on a channel right now, from what its account last experienced."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Condition = Literal["hearing", "silent", "failing", "paused", "untested", "off", "disconnected"]
BLIND: frozenset[Condition] = frozenset({"silent", "failing", "paused"})
FAILURES_THAT_ALARM = 3  # in a row: one hiccup of a network is no news, and pollers try again within minutes


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """What is known of one account. `state` is ChannelAccount.State; `silent_after_seconds` None: nobody can tell silence."""

    state: str
    created_at: datetime
    last_success_at: datetime | None
    failing_since: datetime | None
    failures: int
    last_error: str
    silent_after_seconds: int | None
    disconnected_at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """What to say of a channel: `since` is when we last certainly heard; `cause` is for an administrator."""

    condition: Condition
    since: datetime | None
    cause: str

    @property
    def is_blind(self) -> bool:
        return self.condition in BLIND


def examine(vitals: Vitals, *, now: datetime) -> Finding:
    """One finding per account. Trouble that needs a person comes before trouble that may pass by itself."""
    if vitals.disconnected_at:
        return Finding("disconnected", vitals.disconnected_at, "A colleague disconnected it. What was heard stays.")
    if vitals.state == "off":
        return Finding("off", None, "A colleague paused it.")
    if vitals.state == "paused":  # by the network: nothing will work until somebody signs in again
        return Finding(
            "paused",
            vitals.failing_since or vitals.last_success_at,
            vitals.last_error or "The network wants us to sign in again.",
        )
    if vitals.failures >= FAILURES_THAT_ALARM:
        return Finding("failing", vitals.failing_since or vitals.last_success_at, vitals.last_error or "The last tries failed.")
    if is_silent(vitals, now=now):
        return Finding(
            "silent", vitals.last_success_at or vitals.created_at, vitals.last_error or "No sign of life, and no error either."
        )
    if vitals.state == "new" and vitals.last_success_at is None:
        return Finding("untested", None, vitals.last_error or "Nothing has come or gone here yet.")
    return Finding("hearing", vitals.last_success_at, vitals.last_error)


def is_silent(vitals: Vitals, *, now: datetime) -> bool:
    """No success for longer than the channel's own measure; a page without news is a success, so quiet customers are no silence."""
    if vitals.silent_after_seconds is None:
        return False
    heard_last = vitals.last_success_at or vitals.created_at
    return now - heard_last > timedelta(seconds=vitals.silent_after_seconds)
