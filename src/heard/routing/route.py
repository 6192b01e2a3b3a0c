"""Where a voice waits, or how it ends: the last step of the walk. Every inbound voice leaves it with exactly one Disposition."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from django.db.models import Max, Q, QuerySet
from msgspec import Struct
from msgspec.structs import replace

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.kernel.prepared import given_ids, prepared
from heard.listening import as_told, sources
from heard.listening.channels.contract import Withdrawn
from heard.routing.announcements import announce_walk
from heard.routing.judge import judge_anew
from heard.routing.models import Clock, Disposition, Entry
from heard.routing.retell import Changed, worked_in
from heard.routing.reworded import bring_back, judged_with_edits
from heard.routing.rules.standing import ANSWERED_THERE, WAITING
from heard.routing.rules.triage import Decision, triage
from heard.routing.summary import refresh
from heard.routing.thread import Threaded
from heard.routing.waiting import event_of, open_cases, open_missing, start_clocks

_NEVER = datetime.min.replace(tzinfo=UTC)
_AT_ONCE: Mapping[int, datetime] = MappingProxyType({})


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
    reworded = [t for t in threaded if t.is_reworded]
    changed = judged_with_edits(next((t.changed for t in threaded if t.changed), None), fresh, reworded)
    anew = changed.conversations if changed else frozenset()
    inbound = [t for t in fresh if event_of(t).direction == "inbound" and t.conversation_id not in anew]
    cases = open_cases({t.conversation_id for t in inbound if t.conversation_id})
    decisions = _decide(inbound, cases)
    waiting = [t for t in inbound if decisions[t.n].outcome == WAITING]
    case_ids, opened = open_missing(waiting, decisions, cases)
    answered = _answered_meanwhile(waiting)
    decisions |= answered
    start_clocks([t for t in waiting if t.n not in answered], case_ids, cases)
    _write_dispositions(inbound, decisions, case_ids, moment)
    unclear = _end_answered([t for t in fresh if event_of(t).direction == "outbound" and t.conversation_id], moment)
    unclear |= _end_withdrawn([t for t in threaded if isinstance(event_of(t), Withdrawn)], moment)
    changed = _with_unclear(changed, unclear)
    if changed:
        judged = judge_anew(changed, moment)
        anew_inbound = [t for t in fresh if event_of(t).direction == "inbound" and t.conversation_id in anew]
        decisions |= {t.n: judged.decisions[_id(t)] for t in anew_inbound}
        case_ids |= {t.n: (judged.case_ids[_id(t)],) for t in anew_inbound if _id(t) in judged.case_ids}
        inbound += anew_inbound
    bring_back(reworded, changed, moment)
    begins = {t.conversation_id: t.begins for t in threaded if t.conversation_id and t.begins} | (
        changed.begins if changed else {}
    )
    refresh({t.conversation_id for t in threaded if t.conversation_id}.union(changed.conversations if changed else ()), begins)
    sources.note((_id(t), event_of(t).text) for t in [*inbound, *reworded] if t.conversation_id)
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


def _routed(t: Threaded, decision: Decision | None, case_ids: tuple[int, ...]) -> Routed:
    if decision is None:
        return Routed(threaded=t)
    return Routed(threaded=t, outcome=decision.outcome, why=decision.why, case_ids=case_ids)


def _id(t: Threaded) -> int:
    return t.understood.recognised.heard.interaction_id or 0


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
    return {t.n: ANSWERED_THERE for t in waiting if event_of(t).occurred_at <= answered_at.get(_place(t), _NEVER)}


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
        latest[_place(t)] = max(latest.get(_place(t), event_of(t).occurred_at), event_of(t).occurred_at)
    if not latest:
        return set()
    fields = ["interaction_id", "id", "case_id", "case__conversation_id", "interaction__account_id", "interaction__occurred_at"]
    waiting = Disposition.objects.filter(outcome=WAITING, case__conversation_id__in={c for c, _ in latest}).values_list(*fields)
    edited_at = as_told.edited_at(row[0] for row in waiting)
    ended, still = {}, set()
    answered_at: dict[int, datetime] = {}  # by case
    for interaction_id, id_, case_id, conversation_id, account_id, at in waiting:
        if edited_at.get(interaction_id, at) <= latest.get((conversation_id, account_id), _NEVER):
            ended[id_] = case_id
            said_at = latest[conversation_id, account_id]
            answered_at[case_id] = max(said_at, answered_at.get(case_id, said_at))
        else:
            still.add(conversation_id)
    _end(ended, Disposition.Outcome.ANSWERED, ANSWERED_THERE.why, moment)
    stop_idle_clocks(set(ended.values()), moment, answered_at)
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


def stop_idle_clocks(case_ids: set[int], moment: datetime, answered_at: Mapping[int, datetime] = _AT_ONCE) -> None:
    """Stop the clocks of cases in which nobody waits any more: when they were answered, should we hear of that late, else now."""
    still = set(Disposition.objects.filter(outcome=WAITING, case_id__in=case_ids).values_list("case_id", flat=True))
    running = Clock.objects.filter(case_id__in=case_ids - still, stopped_at=None)
    if not answered_at:
        running.update(stopped_at=moment)
        return
    rows = running.values_list("id", "case_id", "started_at")
    bulk.update(Clock, "id", ["stopped_at"], [[id_, max(started, answered_at.get(case, moment))] for id_, case, started in rows])
