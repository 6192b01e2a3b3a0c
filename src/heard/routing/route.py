"""Where a voice waits, or how it ends: the last step of the walk. Every inbound voice leaves it with exactly one Disposition."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import Said, Withdrawn
from heard.routing.models import Case, Clock, Disposition, Queue
from heard.routing.queues import Queues
from heard.routing.rules.order import due_at
from heard.routing.rules.triage import Decision, triage
from heard.routing.summary import refresh
from heard.routing.thread import Threaded, open_cases, signs_of

WAITING = Disposition.Outcome.WAITING.value


class Routed(Struct, frozen=True, kw_only=True, gc=False):
    """A threaded event with what becomes of it; None for what is not an inbound voice, or was heard before."""

    threaded: Threaded
    outcome: str | None = None
    why: str = ""
    case_ids: tuple[int, ...] = ()


def route(threaded: Sequence[Threaded]) -> list[Routed]:
    """One `Routed` for each of `threaded`, in order. A constant number of statements whatever the size of the batch."""
    moment = now()
    fresh = [t for t in threaded if t.understood.recognised.heard.is_new]
    inbound = [t for t in fresh if _event(t).direction == "inbound"]
    cases = open_cases({t.conversation_id for t in inbound if t.conversation_id})
    decisions = {_n(t): triage(signs_of(t.understood, has_open_case=t.conversation_id in cases)) for t in inbound}
    case_ids = _open_cases(inbound, decisions, cases)
    _start_clocks(inbound, decisions, case_ids, cases)
    _write_dispositions(inbound, decisions, case_ids, moment)
    _end_answered([t for t in fresh if _event(t).direction == "outbound" and t.conversation_id], moment)
    _end_withdrawn([t for t in threaded if isinstance(_event(t), Withdrawn)], moment)
    refresh({t.conversation_id for t in threaded if t.conversation_id})
    return [_routed(t, decisions.get(_n(t)), case_ids.get(_n(t), ())) for t in threaded]


def _routed(t: Threaded, decision: Decision | None, case_ids: tuple[int, ...]) -> Routed:
    if decision is None:
        return Routed(threaded=t)
    return Routed(threaded=t, outcome=decision.outcome, why=decision.why, case_ids=case_ids)


def _n(t: Threaded) -> int:
    return t.understood.recognised.heard.spoken.n


def _event(t: Threaded) -> Said:
    return t.understood.recognised.heard.spoken.event


def _urgency(t: Threaded) -> int:
    return t.understood.reading.urgency if t.understood.reading else 0


def _open_cases(inbound: Sequence[Threaded], decisions: dict[int, Decision], cases: dict) -> dict[int, tuple[int, ...]]:
    """Open the cases that waiting voices need and do not have. Returns {n: case ids}, the leading case first."""
    queues = Queues.read()
    wanted: dict[tuple[int, str], Threaded] = {}
    for t in inbound:
        for kind in decisions[_n(t)].case_kinds:
            if kind not in cases.get(t.conversation_id, {}):
                wanted.setdefault((t.conversation_id, kind), t)
    rows, raised = [], []
    for ((conversation_id, kind), t), id_ in zip(wanted.items(), bulk.reserve_ids(Case, len(wanted)), strict=True):
        queue, urgency = queues.queue_for(kind), _urgency(t)
        cases.setdefault(conversation_id, {})[kind] = (id_, queue.pk, urgency)
        rows.append([id_, conversation_id, kind, queue.pk, "open", urgency, [decisions[_n(t)].why], _event(t).occurred_at])
    bulk.insert(Case, ["id", "conversation_id", "kind", "queue_id", "state", "urgency", "reasons", "opened_at"], rows)
    ids: dict[int, tuple[int, ...]] = {}
    for t in inbound:
        decision = decisions[_n(t)]
        if decision.outcome != WAITING:
            continue
        mine = cases[t.conversation_id]
        kinds = decision.case_kinds or (max(mine, key=lambda k: mine[k][2]),)
        ids[_n(t)] = tuple(mine[k][0] for k in kinds)
        for kind in kinds:
            id_, queue_id, urgency = mine[kind]
            if _urgency(t) > urgency:
                mine[kind] = (id_, queue_id, _urgency(t))
                raised.append([id_, _urgency(t)])
    bulk.update(Case, "id", ["urgency"], raised)
    return ids


def _start_clocks(inbound: Sequence[Threaded], decisions: dict, case_ids: dict, cases: dict) -> None:
    """A case with somebody waiting has one running clock, started by the oldest of them; a more urgent voice brings it forward."""
    targets = {q.pk: q.response_target_seconds for q in Queue.objects.all()} if case_ids else {}
    queue_of = {case[0]: case[1] for kinds in cases.values() for case in kinds.values()}
    running = {
        key[0]: row
        for key, row in (
            (r[:1], r[1:])
            for r in bulk.select(
                Clock, ["case_id"], {(c,) for ids in case_ids.values() for c in ids}, ["id", "started_at", "due_at", "stopped_at"]
            )
        )
        if row[3] is None
    }
    wanted: dict[int, tuple[datetime, datetime]] = {}
    for t in inbound:
        for case_id in case_ids.get(_n(t), ()):
            at = _event(t).occurred_at
            due = due_at(started_at=at, target_seconds=targets[queue_of[case_id]], urgency=_urgency(t))
            started, earliest = wanted.get(case_id, (at, due))
            wanted[case_id] = (min(started, at), min(earliest, due))
    new = [[case_id, *times] for case_id, times in wanted.items() if case_id not in running]
    bulk.insert(Clock, ["case_id", "started_at", "due_at"], new)
    sooner = [
        [running[case_id][0], min(started, running[case_id][1]), min(due, running[case_id][2])]
        for case_id, (started, due) in wanted.items()
        if case_id in running and (started < running[case_id][1] or due < running[case_id][2])
    ]
    bulk.update(Clock, "id", ["started_at", "due_at"], sooner)


def _write_dispositions(inbound: Sequence[Threaded], decisions: dict[int, Decision], case_ids: dict, moment: datetime) -> None:
    rows = []
    for t in inbound:
        decision = decisions[_n(t)]
        case_id = case_ids.get(_n(t), (None,))[0]
        rows.append([t.understood.recognised.heard.interaction_id, decision.outcome, decision.why[:240], case_id, moment])
    bulk.insert(Disposition, ["interaction_id", "outcome", "why", "case_id", "decided_at"], rows)


def _end_answered(outbound: Sequence[Threaded], moment: datetime) -> None:
    """Somebody of ours answered on the network itself, outside Heard: whoever waited there before that was answered."""
    latest: dict[int, datetime] = {}
    for t in outbound:
        latest[t.conversation_id] = max(latest.get(t.conversation_id, _event(t).occurred_at), _event(t).occurred_at)
    if not latest:
        return
    waiting = Disposition.objects.filter(outcome=WAITING, case__conversation_id__in=latest).values_list(
        "id", "case_id", "case__conversation_id", "interaction__occurred_at"
    )
    ended = [(id_, case_id) for id_, case_id, conversation_id, at in waiting if at <= latest[conversation_id]]
    _end([d for d, _ in ended], Disposition.Outcome.ANSWERED, "Answered on the channel itself.", moment)
    stop_idle_clocks({c for _, c in ended}, moment)


def _end_withdrawn(withdrawn: Sequence[Threaded], moment: datetime) -> None:
    targets = {t.understood.recognised.heard.interaction_id for t in withdrawn} - {None}
    if not targets:
        return
    waiting = list(Disposition.objects.filter(outcome=WAITING, interaction_id__in=targets).values_list("id", "case_id"))
    _end([d for d, _ in waiting], Disposition.Outcome.WITHDRAWN, "Its author took it back before anyone answered.", moment)
    stop_idle_clocks({c for _, c in waiting}, moment)


def _end(disposition_ids: list[int], outcome: Disposition.Outcome, why: str, moment: datetime) -> None:
    Disposition.objects.filter(id__in=disposition_ids).update(outcome=outcome, why=why, decided_at=moment)


def stop_idle_clocks(case_ids: set[int], moment: datetime) -> None:
    """Stop the clocks of cases in which nobody waits any more."""
    still = set(Disposition.objects.filter(outcome=WAITING, case_id__in=case_ids).values_list("case_id", flat=True))
    Clock.objects.filter(case_id__in=case_ids - still, stopped_at=None).update(stopped_at=moment)
