"""Those who wait: the cases that they need and do not have, and the clocks that say by when somebody answers them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.listening.channels.contract import Said
from heard.routing.announcements import Opened
from heard.routing.models import Case, Clock, Queue
from heard.routing.queues import Queues
from heard.routing.rules.order import due_at
from heard.routing.rules.standing import leading
from heard.routing.rules.triage import Decision
from heard.routing.thread import Threaded


class OpenCase(Struct):
    """An open case as the walk knows it; its id is given once all that are needed are known."""

    id: int
    queue_id: int
    urgency: int


def open_cases(conversation_ids: Iterable[int]) -> dict[int, dict[str, OpenCase]]:
    """{conversation: {kind: case}} of cases that are open. One query."""
    found: dict[int, dict[str, OpenCase]] = {}
    for conversation_id, id_, kind, queue_id, urgency, state in bulk.select(
        Case, ["conversation_id"], [(c,) for c in conversation_ids], ["id", "kind", "queue_id", "urgency", "state"]
    ):
        if state == Case.State.OPEN:
            found.setdefault(conversation_id, {})[kind] = OpenCase(id_, queue_id, urgency)
    return found


def open_missing(
    waiting: Sequence[Threaded], decisions: dict[int, Decision], cases: dict[int, dict[str, OpenCase]]
) -> tuple[dict[int, tuple[int, ...]], list[Opened]]:
    """Open the cases that waiting voices need and do not have. Returns {n: case ids}, the leading case first; and the new ones."""
    queues = Queues.read()
    teams = listening.teams_of_accounts(t.understood.recognised.heard.spoken.account_id for t in waiting)
    new: list[tuple[OpenCase, str, Threaded]] = []
    stands_in: dict[int, list[OpenCase]] = {}
    raised: dict[int, OpenCase] = {}
    for t in waiting:
        mine, urgency = cases.setdefault(t.conversation_id or 0, {}), urgency_of(t)
        for kind in decisions[t.n].case_kinds or (leading([(k, case.urgency) for k, case in mine.items()]),):
            case = mine.get(kind)
            if case is None:
                team_id = teams[t.understood.recognised.heard.spoken.account_id]
                case = mine[kind] = OpenCase(0, queues.queue_for(kind, team_id=team_id).pk, urgency)
                new.append((case, kind, t))
            elif urgency > case.urgency:
                case.urgency = urgency
                raised[id(case)] = case
            stands_in.setdefault(t.n, []).append(case)
    for (case, _, _), id_ in zip(new, bulk.reserve_ids(Case, len(new)), strict=True):
        case.id = id_
    rows = [
        [case.id, t.conversation_id, kind, case.queue_id, "open", case.urgency, [decisions[t.n].why], event_of(t).occurred_at]
        for case, kind, t in new
    ]
    bulk.insert(Case, ["id", "conversation_id", "kind", "queue_id", "state", "urgency", "reasons", "opened_at"], rows)
    begun = {case.id for case, _, _ in new}
    bulk.update(Case, "id", ["urgency"], [[case.id, case.urgency] for case in raised.values() if case.id not in begun])
    ids = {n: tuple(case.id for case in found) for n, found in stands_in.items()}
    return ids, [(case.id, kind, t) for case, kind, t in new]


def start_clocks(waiting: Sequence[Threaded], case_ids: dict, cases: dict) -> None:
    """A case with somebody waiting has one running clock, started by the oldest of them; a more urgent voice brings it forward."""
    targets = {q.pk: q.target for q in Queue.objects.select_related("hours")} if case_ids else {}
    queue_of = {case.id: case.queue_id for kinds in cases.values() for case in kinds.values()}
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
    for t in waiting:
        for case_id in case_ids[t.n]:
            at = event_of(t).occurred_at
            due = due_at(started_at=at, target=targets[queue_of[case_id]], urgency=urgency_of(t))
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


def event_of(t: Threaded) -> Said:
    return t.understood.recognised.heard.spoken.event  # type: ignore[return-value]  # only voices come here


def urgency_of(t: Threaded) -> int:
    return t.understood.reading.urgency if t.understood.reading else 0
