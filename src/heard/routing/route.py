"""Where a voice waits, or how it ends: the last step of the walk. Every inbound voice leaves it with exactly one Disposition."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from django.db.models import Max, Q, QuerySet
from msgspec import Struct
from msgspec.structs import replace

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.listening import sources
from heard.listening.channels.contract import Said, Withdrawn
from heard.routing.announcements import Opened, announce_walk
from heard.routing.judge import judge_anew
from heard.routing.models import Case, Clock, Disposition, Entry, Queue
from heard.routing.queues import Queues
from heard.routing.retell import Changed, worked_in
from heard.routing.rules.order import due_at
from heard.routing.rules.standing import ANSWERED_THERE, WAITING, leading
from heard.routing.rules.triage import Decision, triage
from heard.routing.summary import refresh
from heard.routing.thread import Threaded

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    fresh.sort(key=_id)  # ids were given in the order of time
    changed = next((t.changed for t in fresh if t.changed), None)
    anew = changed.conversations if changed else frozenset()
    inbound = [t for t in fresh if _event(t).direction == "inbound" and t.conversation_id not in anew]
    cases = open_cases({t.conversation_id for t in inbound if t.conversation_id})
    decisions = _decide(inbound, cases)
    waiting = [t for t in inbound if decisions[t.n].outcome == WAITING]
    case_ids, opened = _open_cases(waiting, decisions, cases)
    answered = _answered_meanwhile(waiting)
    decisions |= answered
    _start_clocks([t for t in waiting if t.n not in answered], case_ids, cases)
    _write_dispositions(inbound, decisions, case_ids, moment)
    unclear = _end_answered([t for t in fresh if _event(t).direction == "outbound" and t.conversation_id], moment)
    unclear |= _end_withdrawn([t for t in threaded if isinstance(_event(t), Withdrawn)], moment)
    changed = _with_unclear(changed, unclear)
    if changed:
        judged = judge_anew(changed, moment)
        anew_inbound = [t for t in fresh if _event(t).direction == "inbound" and t.conversation_id in anew]
        decisions |= {t.n: judged.decisions[_id(t)] for t in anew_inbound}
        case_ids |= {t.n: (judged.case_ids[_id(t)],) for t in anew_inbound if _id(t) in judged.case_ids}
        inbound += anew_inbound
    begins = {t.conversation_id: t.begins for t in threaded if t.conversation_id and t.begins} | (
        changed.begins if changed else {}
    )
    refresh({t.conversation_id for t in threaded if t.conversation_id}.union(changed.conversations if changed else ()), begins)
    sources.note((_id(t), _event(t).text) for t in inbound if t.conversation_id)
    if inbound:
        announce_walk(inbound, decisions, opened)
    return [_routed(t, decisions.get(t.n), case_ids.get(t.n, ())) for t in threaded]


def _with_unclear(changed: Changed | None, unclear: set[int]) -> Changed | None:
    """`unclear`: conversations in which something ended that may change what else is to be done there."""
    if unclear and (free := unclear - worked_in(unclear)):
        changed = changed or Changed()
        return replace(changed, conversations=changed.conversations | free)
    return changed


def _decide(inbound: Sequence[Threaded], cases: Mapping[int, Mapping]) -> dict[int, Decision]:
    """What becomes of each; `inbound` by time, since what waits opens a case that what comes after it may add to."""
    with_case = set(cases)
    decisions: dict[int, Decision] = {}
    for t in inbound:
        signs = t.signs
        assert signs is not None  # every voice that is new has them
        if t.conversation_id in with_case:
            signs = signs._replace(has_open_case=True)
        decisions[t.n] = decision = triage(signs)
        if decision.outcome == WAITING:
            with_case.add(t.conversation_id or 0)
    return decisions


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


def _routed(t: Threaded, decision: Decision | None, case_ids: tuple[int, ...]) -> Routed:
    if decision is None:
        return Routed(threaded=t)
    return Routed(threaded=t, outcome=decision.outcome, why=decision.why, case_ids=case_ids)


def _id(t: Threaded) -> int:
    return t.understood.recognised.heard.interaction_id or 0


def _event(t: Threaded) -> Said:
    return t.understood.recognised.heard.spoken.event  # type: ignore[return-value]  # only voices come here


def _urgency(t: Threaded) -> int:
    return t.understood.reading.urgency if t.understood.reading else 0


def _open_cases(
    waiting: Sequence[Threaded], decisions: dict[int, Decision], cases: dict[int, dict[str, OpenCase]]
) -> tuple[dict[int, tuple[int, ...]], list[Opened]]:
    """Open the cases that waiting voices need and do not have. Returns {n: case ids}, the leading case first; and the new ones."""
    queues = Queues.read()
    teams = listening.teams_of_accounts(t.understood.recognised.heard.spoken.account_id for t in waiting)
    new: list[tuple[OpenCase, str, Threaded]] = []
    stands_in: dict[int, list[OpenCase]] = {}
    raised: dict[int, OpenCase] = {}
    for t in waiting:
        mine, urgency = cases.setdefault(t.conversation_id or 0, {}), _urgency(t)
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
        [case.id, t.conversation_id, kind, case.queue_id, "open", case.urgency, [decisions[t.n].why], _event(t).occurred_at]
        for case, kind, t in new
    ]
    bulk.insert(Case, ["id", "conversation_id", "kind", "queue_id", "state", "urgency", "reasons", "opened_at"], rows)
    begun = {case.id for case, _, _ in new}
    bulk.update(Case, "id", ["urgency"], [[case.id, case.urgency] for case in raised.values() if case.id not in begun])
    ids = {n: tuple(case.id for case in found) for n, found in stands_in.items()}
    return ids, [(case.id, kind, t) for case, kind, t in new]


def _start_clocks(waiting: Sequence[Threaded], case_ids: dict, cases: dict) -> None:
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
            at = _event(t).occurred_at
            due = due_at(started_at=at, target=targets[queue_of[case_id]], urgency=_urgency(t))
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
        decision = decisions[t.n]
        case_id = case_ids.get(t.n, (None,))[0]
        rows.append([t.understood.recognised.heard.interaction_id, decision.outcome, decision.why[:240], case_id, moment])
    bulk.insert(Disposition, ["interaction_id", "outcome", "why", "case_id", "decided_at"], rows)


def _answered_meanwhile(waiting: Sequence[Threaded]) -> dict[int, Decision]:
    """A voice may arrive after a colleague's answer to it on the network: the answer stands, whatever came first."""
    answered_at = _answers_on_channel({t.conversation_id for t in waiting if t.conversation_id})
    return {t.n: ANSWERED_THERE for t in waiting if _event(t).occurred_at <= answered_at.get(_place(t), _NEVER)}


def _answers_on_channel(conversation_ids: set[int]) -> dict[tuple[int, int], datetime]:
    """{(conversation, account): when somebody of ours last spoke there by the network itself}. One query."""
    found = _told_by_the_network(conversations=conversation_ids) if conversation_ids else ()
    return {(conversation_id, account_id): at for conversation_id, account_id, at in found}


@prepared
def _told_by_the_network() -> QuerySet:
    # What left through Heard bears a face of our own ("own:...") and came with no delivery; what the network told us has either.
    told = Q(interaction__delivery__isnull=False) | ~Q(interaction__identity__network__startswith="own:")
    ours = Entry.objects.filter(told, conversation_id__in=given_ids("conversations"), interaction__direction="outbound")
    return ours.values_list("conversation_id", "interaction__account_id").annotate(at=Max("occurred_at"))


def _place(t: Threaded) -> tuple[int | None, int]:
    return (t.conversation_id, t.understood.recognised.heard.spoken.account_id)


def _end_answered(outbound: Sequence[Threaded], moment: datetime) -> set[int]:
    """Somebody of ours answered on the network itself, outside Heard: whoever waited there before that was answered.

    Only on that account: who answers on a network has seen what stands there, and not what came by mail. Returns the
    conversations in which somebody still waits.
    """
    latest: dict[tuple, datetime] = {}
    for t in outbound:
        latest[_place(t)] = max(latest.get(_place(t), _event(t).occurred_at), _event(t).occurred_at)
    if not latest:
        return set()
    fields = ["id", "case_id", "case__conversation_id", "interaction__account_id", "interaction__occurred_at"]
    waiting = Disposition.objects.filter(outcome=WAITING, case__conversation_id__in={c for c, _ in latest}).values_list(*fields)
    ended, still = {}, set()
    for id_, case_id, conversation_id, account_id, at in waiting:
        if at <= latest.get((conversation_id, account_id), _NEVER):
            ended[id_] = case_id
        else:
            still.add(conversation_id)
    _end(ended, Disposition.Outcome.ANSWERED, ANSWERED_THERE.why, moment)
    stop_idle_clocks(set(ended.values()), moment)
    return still


def _end_withdrawn(withdrawn: Sequence[Threaded], moment: datetime) -> set[int]:
    """What its author took back needs no answer. An end that a person recorded stays as it is.

    Returns the conversations where it had a case: perhaps nothing is to be done there any more.
    """
    targets = {id_ for t in withdrawn if (id_ := t.understood.recognised.heard.interaction_id)}
    if not targets:
        return set()
    by_heard = Disposition.objects.filter(interaction_id__in=targets, member__isnull=True).exclude(
        outcome=Disposition.Outcome.WITHDRAWN
    )
    found = list(by_heard.values_list("id", "case_id", "case__conversation_id"))
    _end([d for d, *_ in found], Disposition.Outcome.WITHDRAWN, "Its author took it back before anyone answered.", moment)
    stop_idle_clocks({c for _, c, _ in found} - {None}, moment)
    return {conversation_id for *_, conversation_id in found} - {None}


def _end(disposition_ids: Iterable[int], outcome: Disposition.Outcome, why: str, moment: datetime) -> None:
    Disposition.objects.filter(id__in=list(disposition_ids)).update(outcome=outcome, why=why, decided_at=moment)


def stop_idle_clocks(case_ids: set[int], moment: datetime) -> None:
    """Stop the clocks of cases in which nobody waits any more."""
    still = set(Disposition.objects.filter(outcome=WAITING, case_id__in=case_ids).values_list("case_id", flat=True))
    Clock.objects.filter(case_id__in=case_ids - still, stopped_at=None).update(stopped_at=moment)
