"""What an edit changes for a voice that a colleague has to do with. Nothing that a person decided is taken back for a comma."""

from typing import NamedTuple

from heard.routing.rules.standing import WAITING
from heard.routing.rules.triage import WORK_KINDS, Decision

_ENDED_BY_ITSELF = ("answered", "withdrawn")


class Asks(NamedTuple):
    """What words ask of us."""

    kinds: tuple[str, ...]
    answer_due: bool
    urgency: int


class Kept(NamedTuple):
    """A voice as it stands, and what follows from its new words. `true`: with what colleagues corrected; `read`: without."""

    outcome: str
    by_person: bool  # a colleague recorded the outcome
    is_corrected: bool
    true: Decision
    read: Decision
    asks_more: bool


def asks_more(before: Asks, now: Asks) -> bool:
    """Whether somebody who knew the earlier words would have to look again."""
    if not now.answer_due:
        return False
    new_kinds = {kind for kind in now.kinds if kind in WORK_KINDS} - set(before.kinds)
    return not before.answer_due or now.urgency > before.urgency or bool(new_kinds)


def after_edit(v: Kept) -> Decision | None:
    """What becomes of it; None: it stays as it is.

    Whoever waits goes on waiting: a colleague is at it, and sees that the words ask for nothing any more. What was answered, or
    put aside, comes back when the new words ask for more.
    """
    if v.outcome == "withdrawn":
        return None
    if v.outcome == WAITING:
        if v.true.outcome == WAITING:
            return v.true
        return Decision(WAITING, "Its author edited it, and it asks for nothing any more. It is for you to close.")
    was_put_aside = v.by_person or v.outcome in _ENDED_BY_ITSELF
    if v.true.outcome == WAITING:
        return v.true._replace(why=f"Edited after that. {v.true.why}") if v.asks_more or not was_put_aside else None
    if v.is_corrected and v.asks_more and v.read.outcome == WAITING:
        return v.read._replace(why=f"Edited after a colleague said what it means; look once more. {v.read.why}")
    return None if was_put_aside else v.true
