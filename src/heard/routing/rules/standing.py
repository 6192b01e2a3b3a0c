"""What becomes of all voices of a conversation together: which wait, in which cases, since when.

It follows from what was said and when, whatever came first. The walk judges voice by voice as they come; where something
comes late, or is taken back, the conversation is judged by this once more, and the two agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from heard.routing.rules.triage import WORK_KINDS, Decision, VoiceSigns, triage

WAITING = "waiting"
ANSWERED_THERE = Decision("answered", "Answered on the channel itself.")


class Spoke(NamedTuple):
    """A voice as it counts here, in the order in which they were said."""

    id: int
    account_id: int
    at: datetime
    signs: VoiceSigns | None  # None: our own words, told on the network itself; whoever waited there before was answered
    edited_at: datetime | None = None  # when the words that stand were said, where those are not the first ones


class Wait(NamedTuple):
    at: datetime
    urgency: int


@dataclass
class Standing:
    """A case as it should be: `opener` is the voice that needed it."""

    kind: str
    opener: Spoke
    why: str
    urgency: int
    waits: list[Wait] = field(default_factory=list)  # of those who wait for us in it


class Judgement(NamedTuple):
    decisions: dict[int, Decision]  # of each inbound voice
    case_of: dict[int, str]  # kind of the case that a voice stands in
    cases: dict[str, Standing]  # by kind, oldest first


def leading(kinds_and_urgencies: Sequence[tuple[str, int]]) -> str:
    """Of several open cases the one that a voice adds to which names none: the most urgent."""
    return min(kinds_and_urgencies, key=lambda k: (-k[1], WORK_KINDS.index(k[0]) if k[0] in WORK_KINDS else len(WORK_KINDS)))[0]


def judge(story: Sequence[Spoke]) -> Judgement:
    answered_at: dict[int, datetime] = {}
    for v in story:
        if v.signs is None:
            answered_at[v.account_id] = max(v.at, answered_at.get(v.account_id, v.at))
    found = Judgement({}, {}, {})
    for v in story:
        if v.signs is not None:
            _judge(v, v.signs, answered_at.get(v.account_id), found)
    return found


def _judge(v: Spoke, signs: VoiceSigns, answered_at: datetime | None, found: Judgement) -> None:
    decision = triage(signs._replace(has_open_case=bool(found.cases)))
    found.decisions[v.id] = decision
    if decision.outcome != WAITING:
        return
    kinds = decision.case_kinds or (leading([(k, c.urgency) for k, c in found.cases.items()]),)
    found.case_of[v.id] = kinds[0]
    is_answered = answered_at is not None and (v.edited_at or v.at) <= answered_at
    # Who asks on after our answer, by an edit, waits since then; any other edit is no reason to wait anew.
    since = v.edited_at if v.edited_at and answered_at is not None and v.at <= answered_at else v.at
    if is_answered:
        found.decisions[v.id] = ANSWERED_THERE
    for kind in kinds:
        case = found.cases.setdefault(kind, Standing(kind, v, decision.why, signs.urgency))
        case.urgency = max(case.urgency, signs.urgency)
        if not is_answered:
            case.waits.append(Wait(since, signs.urgency))
