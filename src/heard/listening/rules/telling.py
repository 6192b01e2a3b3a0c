"""When to tell administrators that a channel is in trouble: once for each incident, and once that it is over."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from heard.listening.rules.health import Finding

PASSES_BY_ITSELF = timedelta(minutes=10)  # what networks mend themselves is mostly mended by then
RELAPSE = timedelta(hours=1)  # trouble so soon after it was over is the same incident
Step = Literal["tell", "over", "forget"]


class Told(NamedTuple):
    """What was told of the incident of an account; `over_at` None: it lasts."""

    condition: str
    told_at: datetime
    over_at: datetime | None


def next_step(told: Told | None, finding: Finding, *, now: datetime) -> Step | None:
    """None: nothing to do, or not yet. A channel that waits for a person is told at once, also where it was told as something
    milder. One that comes and goes is told of once an hour at most."""
    if told is None:
        return "tell" if _is_worth_telling(finding, now) else None
    if finding.is_blind:
        is_worse = finding.condition == "paused" and told.condition != "paused"
        return "tell" if is_worse or (told.over_at and now - told.over_at > RELAPSE) else None
    if finding.condition in ("off", "disconnected"):  # by a colleague, who knows
        return "forget"
    if finding.condition == "untested":
        return None
    if told.over_at is None:
        return "over"
    return "forget" if now - told.over_at > RELAPSE else None


def _is_worth_telling(finding: Finding, now: datetime) -> bool:
    if finding.condition == "paused":
        return True
    return finding.is_blind and (finding.since is None or now - finding.since >= PASSES_BY_ITSELF)
