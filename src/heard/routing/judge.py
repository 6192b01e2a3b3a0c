"""Conversations judged anew: dispositions, cases and clocks as they would be, had everything come in its time.

Only conversations that no person has worked in; what a person decided stays decided (see retell.py).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from heard.governance import webhooks
from heard.governance.webhooks import Fact
from heard.kernel import bulk, stream
from heard.listening import as_told
from heard.listening import selectors as listening
from heard.listening.as_told import Told
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry
from heard.routing.queues import Queues
from heard.routing.retell import Changed
from heard.routing.rules.order import due_at
from heard.routing.rules.standing import Judgement, Spoke, Standing, judge
from heard.routing.rules.triage import Decision, triage
from heard.routing.voices import told_signs
from heard.understanding import selectors as understanding


class Stored(NamedTuple):
    """An open case as it is stored."""

    id: int
    conversation_id: int
    kind: str
    queue_id: int
    urgency: int
    reasons: list[str]
    opened_at: datetime


class Judged(NamedTuple):
    decisions: dict[int, Decision]  # {interaction: what becomes of it}
    case_ids: dict[int, int]


def judge_anew(changed: Changed, moment: datetime) -> Judged:
    """Every voice in these conversations has its disposition, every case its clock. A constant number of statements."""
    placed = bulk.select(Entry, ["conversation_id"], [(c,) for c in changed.conversations], ["interaction_id"])
    told = as_told.told([*(i for _, i in placed), *changed.unplaced])
    verdicts = understanding.verdicts_on([t.id for t in told.values() if not t.is_ours])
    stories: dict[int, list[Told]] = {}
    for conversation_id, interaction_id in placed:
        stories.setdefault(conversation_id, []).append(told[interaction_id])
    judgements = {c: judge([_spoke(t, verdicts) for t in sorted(s, key=lambda t: t.order)]) for c, s in stories.items()}
    stored = _stored_cases({*changed.conversations, *changed.emptied})
    queues = Queues.read()
    ids, dropped = _write_cases(judgements, stored, queues)
    decisions = {i: d for j in judgements.values() for i, d in j.decisions.items()}
    decisions |= {i: triage(told_signs(told[i], verdicts.get(i))) for i in changed.unplaced if not told[i].is_ours}
    case_ids = {i: ids[c, kind] for c, j in judgements.items() for i, kind in j.case_of.items()}
    _write_dispositions(decisions, case_ids, moment)
    _write_clocks(judgements, ids, queues, moment)
    _drop(dropped, changed.emptied)
    return Judged(decisions, case_ids)


def _spoke(t: Told, verdicts: Mapping[int, understanding.Verdict]) -> Spoke:
    return Spoke(t.id, t.account_id, t.occurred_at, None if t.is_ours else told_signs(t, verdicts.get(t.id)), t.edited_at)


def _stored_cases(conversation_ids: Collection[int]) -> dict[tuple[int, str], Stored]:
    fields = ["id", "kind", "queue_id", "urgency", "reasons", "opened_at", "state"]
    rows = bulk.select(Case, ["conversation_id"], [(c,) for c in conversation_ids], fields)
    return {(c, row[1]): Stored(row[0], c, *row[1:-1]) for c, *row in rows if row[-1] == Case.State.OPEN}


def _write_cases(
    judgements: Mapping[int, Judgement], stored: Mapping[tuple[int, str], Stored], queues: Queues
) -> tuple[dict[tuple[int, str], int], list[Stored]]:
    """({(conversation, kind): case id}, those that nobody stands in any more). Tells of those that are opened."""
    wanted = {(c, kind): case for c, j in judgements.items() for kind, case in j.cases.items()}
    missing = [key for key in wanted if key not in stored]
    ids = {key: case.id for key, case in stored.items() if key in wanted}
    ids |= dict(zip(missing, bulk.reserve_ids(Case, len(missing)), strict=True))
    teams = listening.teams_of_accounts(wanted[key].opener.account_id for key in missing) if missing else {}
    rows = []
    for key in missing:
        case = wanted[key]
        queue = queues.queue_for(case.kind, team_id=teams[case.opener.account_id])
        rows.append([ids[key], key[0], case.kind, queue.pk, "open", case.urgency, [case.why], case.opener.at])
    bulk.insert(Case, ["id", "conversation_id", "kind", "queue_id", "state", "urgency", "reasons", "opened_at"], rows)
    others = [
        [ids[key], case.urgency, [case.why], case.opener.at]
        for key, case in wanted.items()
        if key in stored and _differs(case, stored[key])
    ]
    bulk.update(Case, "id", ["urgency", "reasons", "opened_at"], others)
    if missing:
        webhooks.announce(
            Fact(
                "case.opened",
                {"case_id": ids[key], "kind": key[1], "conversation_id": key[0]},
                teams[wanted[key].opener.account_id],
            )
            for key in missing
        )
    return ids, [case for key, case in stored.items() if key not in wanted]


def _differs(case: Standing, stored: Stored) -> bool:
    return (case.urgency, [case.why], case.opener.at) != (stored.urgency, stored.reasons, stored.opened_at)


def _write_dispositions(decisions: Mapping[int, Decision], case_ids: Mapping[int, int], moment: datetime) -> None:
    fields = ["id", "outcome", "why", "case_id"]
    stored = bulk.existing(Disposition, ["interaction_id"], [(i,) for i in decisions], fields)
    new, others = [], []
    for i, decision in decisions.items():
        wanted = (str(decision.outcome), decision.why[:240], case_ids.get(i))
        before = stored.get((i,))
        if before is None:
            new.append([i, *wanted, moment])
        elif before[1:] != wanted:
            others.append([before[0], *wanted, moment])
    bulk.insert(Disposition, ["interaction_id", "outcome", "why", "case_id", "decided_at"], new)
    bulk.update(Disposition, "id", ["outcome", "why", "case_id", "decided_at"], others)


def _write_clocks(
    judgements: Mapping[int, Judgement], ids: Mapping[tuple[int, str], int], queues: Queues, moment: datetime
) -> None:
    """A case with somebody waiting has one running clock, started by the oldest of them; the most urgent says when it is due."""
    cases = {ids[c, kind]: case for c, j in judgements.items() for kind, case in j.cases.items()}
    queue_of = {row[0]: row[1] for row in bulk.select(Case, ["id"], [(i,) for i in cases], ["queue_id"])}
    targets = {q.pk: q.target for q in queues.all}
    rows = bulk.select(Clock, ["case_id"], [(i,) for i in cases], ["id", "started_at", "due_at", "stopped_at"])
    running = {case_id: (id_, started, due) for case_id, id_, started, due, stopped in rows if stopped is None}
    new, others, over = [], [], []
    for id_, case in cases.items():
        if not case.waits:
            over += [running[id_][0]] if id_ in running else []
            continue
        target = targets[queue_of[id_]]
        due = min(due_at(started_at=w.at, target=target, urgency=w.urgency) for w in case.waits)
        times = (min(w.at for w in case.waits), due)
        if id_ not in running:
            new.append([id_, *times])
        elif running[id_][1:] != times:
            others.append([running[id_][0], *times])
    bulk.insert(Clock, ["case_id", "started_at", "due_at"], new)
    bulk.update(Clock, "id", ["started_at", "due_at"], others)
    bulk.update(Clock, "id", ["stopped_at"], [[id_, moment] for id_ in over])


def _drop(dropped: Collection[Stored], emptied: Collection[int]) -> None:
    """Nothing was ever to be done there, as we know now. Who was told of such a case hears that it is over."""
    ids = {*emptied, *(c.conversation_id for c in dropped)}
    if not ids:
        return
    teams = dict(Conversation.objects.filter(id__in=bulk.among(ids)).values_list("id", "team_id"))
    webhooks.announce(
        Fact(
            "case.resolved",
            {"case_id": c.id, "kind": c.kind, "conversation_id": c.conversation_id, "queue_id": c.queue_id},
            teams.get(c.conversation_id),
        )
        for c in dropped
    )
    bulk.delete(Clock, "case_id", [c.id for c in dropped])
    bulk.delete(Case, "id", [c.id for c in dropped])
    if not emptied:
        return
    Conversation.objects.filter(id__in=bulk.among(emptied)).delete()
    stream.publish(*(stream.News("conversation", {"id": id_}, teams.get(id_)) for id_ in emptied))
