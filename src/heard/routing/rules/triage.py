"""What becomes of one inbound voice: where it goes, or why nobody needs to answer it. Each decision says why.

Nothing falls between: `triage` always returns an outcome, and "waiting" always comes with a kind of case.
"""

from functools import lru_cache
from typing import NamedTuple

WORK_KINDS = ("risk", "support", "sales", "community", "product", "marketing")  # the first that fits leads
_NEEDS_NO_ONE = ("bounce", "auto_reply")


class VoiceSigns(NamedTuple):
    """What triage looks at."""

    kind: str  # of the interaction
    addressed: bool
    withdrawn: bool
    kinds: tuple[str, ...]  # of the reading
    answer_due: bool
    operational: bool
    urgency: int
    has_open_case: bool
    happened_live: bool  # a call, visit or meeting that somebody of ours took part in
    edited: bool = False  # what stands are not its first words


class Decision(NamedTuple):
    outcome: str  # waiting, no_answer_due, spam, withdrawn, handled
    why: str
    case_kinds: tuple[str, ...] = ()


@lru_cache(maxsize=10_000)  # a firehose shows the same few signs again and again
def triage(v: VoiceSigns) -> Decision:
    decision = _triage(v)
    if v.edited and decision.outcome == "no_answer_due":  # perhaps somebody saw it waiting
        return decision._replace(why=f"Its author edited it. {decision.why}")
    return decision


def _triage(v: VoiceSigns) -> Decision:
    if v.withdrawn:
        return Decision("withdrawn", "Its author took it back before anyone answered.")
    if v.kind in _NEEDS_NO_ONE:
        return Decision(
            "no_answer_due",
            "A bounce from a mail server." if v.kind == "bounce" else "An automatic reply; answering it could start a loop.",
        )
    if "spam" in v.kinds:
        return Decision("spam", "Unsolicited promotion or a scam.")
    if v.happened_live:
        return _after_live(v)
    work = _case_kinds(v)
    if v.answer_due and work:
        return Decision("waiting", f"An answer is due: {', '.join(work)}.", work)
    if v.answer_due:
        return Decision("waiting", "An answer is due.", () if v.has_open_case else ("support",))
    if v.has_open_case and v.addressed and v.operational:
        return Decision("waiting", "It adds to a case that is still open.")
    if "praise" in v.kinds:
        return Decision("no_answer_due", "Praise: it goes to the people it is about, not into a queue.")
    if v.kinds:
        return Decision("no_answer_due", f"Nobody needs to answer; it counts for {', '.join(v.kinds)}.")
    if v.addressed:
        return Decision("no_answer_due", "Addressed to us, but it asks for nothing.")
    return Decision("no_answer_due", "Chatter: it mentions us and asks for nothing.")


def _after_live(v: VoiceSigns) -> Decision:
    """A call that was talked through needs no reply by itself; one that was cut off or left something to do does."""
    work = _case_kinds(v)
    if v.answer_due and work:
        return Decision("waiting", f"Something was left to do: {', '.join(work)}.", work)
    return Decision("handled", "It was spoken about live.")


def _case_kinds(v: VoiceSigns) -> tuple[str, ...]:
    """A voice can be several cases at once. Product and marketing open one only when they are all there is to answer."""
    found = tuple(k for k in WORK_KINDS if k in v.kinds)
    urgent = tuple(k for k in found if k in ("risk", "support", "sales", "community"))
    return urgent or found


def needs_conversation(v: VoiceSigns) -> bool:
    """Whether the voice gets a place in a conversation. Chatter that a monitor found and nobody needs to act on gets none."""
    return v.addressed or bool(set(v.kinds) - {"spam"}) or v.answer_due
