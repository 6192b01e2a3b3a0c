"""What the inbox shows of a conversation, worked out again from its messages, cases and clocks.

Always the whole answer, never a change to the last one: the order in which things happened cannot make it wrong.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import Rank

from heard.kernel import bulk, stream
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import Glimpse
from heard.routing.book import LOOKED_AT, Beginning
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Queue
from heard.routing.rules.order import order_reasons
from heard.routing.slots import Pledge, pledges
from heard.understanding import selectors as understanding

FIELDS = [
    "state",
    "team_id",
    "preview",
    "channel_kinds",
    "kinds",
    "sentiment",
    "cuts",
    "language",
    "is_public",
    "urgency",
    "last_at",
    "last_inbound_at",
    "waiting_since",
    "due_at",
    "order_reasons",
    "message_count",
]
_NONE_BEGINS: Mapping[int, Beginning] = MappingProxyType({})
PREVIEW_LENGTH = 200


def refresh(conversation_ids: Iterable[int], begins: Mapping[int, Beginning] = _NONE_BEGINS) -> None:
    """Work out and store the summaries, and tell live pages. A constant number of statements for any number.

    Of those that begin, by the id that threading gave them, the row is written now, once and whole.
    """
    ids = sorted(set(conversation_ids))
    if not ids:
        return
    there = [(i,) for i in ids if i not in begins]
    known = {id_: _Before(*row) for id_, *row in bulk.select(Conversation, ["id"], there, list(_Before._fields))}
    known |= {id_: _Before(b.channel_team_id, b.channel_team_id, b.last_at, None, None) for id_, b in begins.items()}
    recent = _recent(ids)
    voices = listening.glimpses(i for found in recent.values() for i in found.newest)
    verdicts = understanding.gists(i for i, v in voices.items() if v.direction == "inbound")
    waiting = dict(_waiting_since(ids=ids))
    cases = _cases(ids)
    pledged = {id_: pledge for asked in pledges for id_, pledge in asked(ids).items()}
    rows, new, news = [], [], []
    for id_ in ids:
        entries = recent.get(id_, _NOTHING_SAID)
        story = sorted((voices[i] for i in entries.newest if i in voices), key=lambda v: v.order)
        row = _summary(known[id_], entries.total, story, verdicts, waiting.get(id_), cases.get(id_, []))
        row |= _as_pledged(row, pledged.get(id_))
        if begun := begins.get(id_):
            new.append([id_, *begun[:-1], *(row[f] for f in FIELDS)])
        else:
            rows.append([id_, *(row[f] for f in FIELDS)])
        news.append(stream.News("conversation", {"id": id_}, row["team_id"]))
    bulk.insert(Conversation, ["id", *Beginning._fields[:-1], *FIELDS], new)
    bulk.update(Conversation, "id", FIELDS, rows)
    stream.publish(*news)


class _Before(NamedTuple):
    """What the last answer and the threading said of a conversation, as far as it still counts."""

    channel_team_id: int | None
    team_id: int | None
    last_at: datetime
    last_inbound_at: datetime | None
    quieted_at: datetime | None


class _Entries(NamedTuple):
    newest: list[int]  # interactions
    total: int  # with the older ones


class _Open(NamedTuple):
    """An open case, with what its queue and its running clock say."""

    urgency: int
    queue: Queue
    due_at: datetime | None


_NOTHING_SAID = _Entries([], 0)


def _summary(c: _Before, count: int, story: list[Glimpse], verdicts: dict, waiting: datetime | None, cases: list[_Open]) -> dict:
    inbound = [v for v in story if v.direction == "inbound"]
    last = story[-1] if story else None
    newest = inbound[-1] if inbound else None
    read = [verdicts[v.id] for v in inbound if v.id in verdicts]
    newest_read = verdicts.get(newest.id) if newest else None
    due = min(((case.due_at, n) for n, case in enumerate(cases) if case.due_at), default=None)
    urgency = max((case.urgency for case in cases), default=0)
    return {
        "state": _state(c, waiting, last),
        "team_id": c.channel_team_id or (cases[0].queue.team_id if cases else c.team_id),
        "preview": _preview(last),
        "channel_kinds": _hops(story),
        "kinds": sorted({kind for verdict in read for kind in verdict.kinds}),
        "sentiment": newest_read.sentiment if newest_read else "neutral",
        "cuts": list(newest_read.cuts) if newest_read else [],
        "language": newest_read.language if newest_read else "",
        "is_public": any(v.visibility == "public" for v in story),
        "urgency": urgency,
        "last_at": last.occurred_at if last else c.last_at,
        "last_inbound_at": newest.occurred_at if newest else c.last_inbound_at,
        "waiting_since": waiting,
        "due_at": due[0] if waiting and due else None,
        "order_reasons": _reasons(urgency, cases[due[1]].queue) if waiting and due else [],
        "message_count": count,
    }


def _as_pledged(row: dict, pledge: Pledge | None) -> dict:
    """What was promised has a moment of its own. Once it is up it is work, whoever spoke last, and stands where it is due."""
    if pledge is None:
        return {}
    due_at = min(row["due_at"] or pledge.due_at, pledge.due_at)
    state = Conversation.State.OPEN.value if pledge.is_up else row["state"]
    return {"state": state, "due_at": due_at, "order_reasons": [*row["order_reasons"], pledge.why]}


def _reasons(urgency: int, queue: Queue) -> list[str]:
    return order_reasons(urgency=urgency, queue_name=queue.name, target=queue.target)


def _state(c: _Before, waiting: datetime | None, last: Glimpse | None) -> str:
    """Open while somebody waits for us; waiting while we wait for them; quiet when neither does, or a colleague said so."""
    State = Conversation.State
    if waiting:
        return State.OPEN.value
    if last and c.quieted_at and c.quieted_at >= last.occurred_at:
        return State.QUIET.value
    return State.WAITING.value if last and last.direction == "outbound" else State.QUIET.value


def _preview(last: Glimpse | None) -> str:
    if last is None:
        return ""
    if last.is_withdrawn:
        return "(withdrawn by its author)"
    return " ".join(last.words.split())[:PREVIEW_LENGTH]


def _hops(story: list[Glimpse]) -> list[str]:
    """Channel kinds in the order in which the conversation reached them."""
    return list(dict.fromkeys(v.account_kind for v in story))


def _recent(ids: list[int]) -> dict[int, _Entries]:
    """The newest messages of each conversation, and all that bear the time of the last of them, by a window: one statement."""
    found: dict[int, _Entries] = {}
    for conversation_id, interaction_id, total in _newest_entries(ids=ids):
        found.setdefault(conversation_id, _Entries([], total)).newest.append(interaction_id)
    return found


@prepared
def _newest_entries() -> QuerySet:
    ranked = Entry.objects.filter(conversation_id__in=given_ids("ids")).annotate(
        place=Window(Rank(), partition_by=F("conversation_id"), order_by=F("occurred_at").desc()),
        total=Window(Count("id"), partition_by=F("conversation_id")),
    )
    return ranked.filter(place__lte=LOOKED_AT).values_list("conversation_id", "interaction_id", "total")


@prepared
def _waiting_since() -> QuerySet:
    """(conversation, the moment since when somebody waits there)."""
    waiting = Disposition.objects.filter(outcome=Disposition.Outcome.WAITING, case__conversation_id__in=given_ids("ids"))
    since = waiting.values("case__conversation_id").annotate(since=Min("interaction__occurred_at"))
    return since.values_list("case__conversation_id", "since")


def _cases(ids: list[int]) -> dict[int, list[_Open]]:
    """Open cases with their queue and running clock, oldest first."""
    rows = bulk.select(
        Case, ["conversation_id"], [(i,) for i in ids], ["id", "state", "urgency", "queue_id", "opened_at", "kind"]
    )
    rows = sorted((row for row in rows if row[2] == Case.State.OPEN), key=lambda row: row[5:])
    clocks = bulk.select(Clock, ["case_id"], [(row[1],) for row in rows], ["due_at", "stopped_at"])
    due = {case_id: due_at for case_id, due_at, stopped_at in clocks if stopped_at is None}
    queues = Queue.objects.select_related("hours").in_bulk() if rows else {}
    found: dict[int, list[_Open]] = {}
    for conversation_id, case_id, _, urgency, queue_id, *_ in rows:
        found.setdefault(conversation_id, []).append(_Open(urgency, queues[queue_id], due.get(case_id)))
    return found
