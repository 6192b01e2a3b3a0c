"""Voices of which other words stand than until now: who waits, and who does not any more.

Where no colleague has done anything, everything is judged anew as if the words had always been these (judge.py). Where one has, the
edit is weighed against what was decided: see rules/edits.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from heard.governance import audit
from heard.governance.permissions import HEARD
from heard.kernel import bulk
from heard.listening import as_told
from heard.listening.as_told import Told
from heard.routing.announcements import announce_walk
from heard.routing.models import Disposition
from heard.routing.retell import Changed, worked_in
from heard.routing.rules.edits import Asks, Kept, after_edit, asks_more
from heard.routing.rules.standing import WAITING
from heard.routing.rules.triage import Decision, triage
from heard.routing.thread import Threaded
from heard.routing.voices import told_signs
from heard.routing.waiting import open_cases, open_missing, start_clocks
from heard.understanding import selectors as understanding
from heard.understanding.selectors import Verdict

ASKS = {"kinds", "answer_due", "operational", "urgency"}  # fields by which it is decided who waits


def judged_with_edits(changed: Changed | None, fresh: Sequence[Threaded], reworded: Sequence[Threaded]) -> Changed | None:
    """`changed` with the conversations in which edited words stand, where no person has worked in them.

    New voices that come with an edit are among them, since an answer that stands before the edit does not answer it.
    """
    edited = [*reworded, *(t for t in fresh if t.understood.reading and t.understood.recognised.heard.words)]
    if not edited:
        return changed
    conversations = {t.conversation_id for t in edited if t.conversation_id}
    unplaced = {_id(t) for t in reworded if not t.conversation_id}
    by_hand = Disposition.objects.filter(interaction_id__in=bulk.among(unplaced), member__isnull=False) if unplaced else None
    unplaced -= set(by_hand.values_list("interaction_id", flat=True)) if by_hand is not None else set()
    changed = changed or Changed()
    return replace(
        changed,
        conversations=changed.conversations | (conversations - worked_in(conversations)),
        unplaced=changed.unplaced | unplaced,
    )


def bring_back(reworded: Sequence[Threaded], changed: Changed | None, moment: datetime) -> None:
    """Those with which a colleague has to do come back to somebody where their new words ask for more. Nobody's work is taken away.

    A constant number of statements, none where nothing was edited.
    """
    placed = {_id(t): t for t in reworded if t.conversation_id}
    if not placed:
        return
    verdicts = understanding.verdicts_on(placed)
    told = as_told.told(placed)
    anew = changed.conversations if changed else ()
    kept = {i: t for i, t in placed.items() if t.conversation_id not in anew or ASKS & verdicts[i].corrected.keys()}
    cases = open_cases({t.conversation_id for t in kept.values() if t.conversation_id})
    fields = ["outcome", "why", "member_id", "id", "case_id"]
    stored = bulk.existing(Disposition, ["interaction_id"], [(i,) for i in kept], fields)
    decisions: dict[int, Decision] = {}
    for (i,), (outcome, why, member_id, *_) in stored.items():
        t = kept[i]
        weighed = _kept(t, told[i], verdicts[i], outcome, by_person=member_id is not None, has_case=t.conversation_id in cases)
        decision = after_edit(weighed)
        if decision and t.conversation_id in anew and (outcome == WAITING or decision.outcome != WAITING):
            continue  # it was judged anew already
        if decision and (outcome, why) != (decision.outcome, decision.why):
            decisions[i] = decision
    _write(decisions, kept, {i: row[-2:] for (i,), row in stored.items()}, cases, moment)


def _kept(t: Threaded, told: Told, verdict: Verdict, outcome: str, *, by_person: bool, has_case: bool) -> Kept:
    was, reading = t.understood.was, t.understood.reading
    assert was is not None and reading is not None  # of a voice that was read anew
    signs = told_signs(told, verdict)._replace(has_open_case=has_case)
    read = signs._replace(
        kinds=tuple(reading.kinds), answer_due=reading.answer_due, operational=reading.operational, urgency=reading.urgency
    )
    return Kept(
        outcome=outcome,
        by_person=by_person,
        is_corrected=bool(ASKS & verdict.corrected.keys()),
        true=triage(signs),
        read=triage(read),
        asks_more=asks_more(
            Asks(was.kinds, was.answer_due, was.urgency), Asks(tuple(reading.kinds), reading.answer_due, reading.urgency)
        ),
    )


def _write(
    decisions: Mapping[int, Decision],
    kept: Mapping[int, Threaded],
    stored: Mapping[int, Sequence],
    cases: dict,
    moment: datetime,
) -> None:
    """Cases that they need and do not have are opened, clocks run since the edit, and each is told of in the log."""
    waiting = [kept[i] for i, decision in decisions.items() if decision.outcome == WAITING and _needs_case(decision, stored[i])]
    by_place = {kept[i].n: decision for i, decision in decisions.items()}
    case_ids, opened = open_missing(waiting, by_place, cases)
    start_clocks(waiting, case_ids, cases)
    rows = []
    for i, decision in decisions.items():
        id_, case_id = stored[i]
        case_id = case_ids.get(kept[i].n, (case_id,))[0] if decision.outcome == WAITING else None
        rows.append([id_, decision.outcome, decision.why[:240], case_id, None, moment])
    bulk.update(Disposition, "id", ["outcome", "why", "case_id", "member_id", "decided_at"], rows)
    told = [(kept[i].conversation_id or 0, {"interaction_id": i, "outcome": d.outcome}) for i, d in decisions.items()]
    audit.note_each(HEARD, "conversation.edited", "conversation", told)
    if opened:
        announce_walk([], {}, opened)


def _needs_case(decision: Decision, stored: Sequence) -> bool:
    """One that goes on waiting only because a colleague is at it has its case already."""
    return bool(decision.case_kinds) or stored[-1] is None


def _id(t: Threaded) -> int:
    return t.understood.recognised.heard.interaction_id or 0
