"""Questions of the inbox: queues with their counts, and pages of conversations in the order in which people are served."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.kernel.counting import Tally, tallied
from heard.kernel.prepared import given, given_ids, given_moment, prepared
from heard.listening import selectors as listening
from heard.routing.models import Case, Conversation, Entry
from heard.routing.rules.filters import Filters, Place
from heard.routing.selectors import visible_cases, visible_conversations, visible_queues

PAGE = 40
LATELY = 200  # newest conversations whose languages there are to choose from
SEARCH_DEPTH = 500  # newest voices with the words that a search of the inbox looks behind

_STATE_WORDS = dict(Conversation.State.choices)
_OPEN = Q(state=Conversation.State.OPEN)


@dataclass(frozen=True)
class QueueCount:
    id: int
    name: str
    open: Tally


class _Shown(NamedTuple):
    """The columns of a row: forty rows as models, with those of opener and assignee, cost more than their query."""

    id: int
    opener_id: int
    opener__name: str
    opener__handle: str
    opener__external_id: str
    assignee__name: str | None
    preview: str
    subject: str
    channel_kinds: list[str]
    kinds: list[str]
    sentiment: str
    state: str
    is_public: bool
    due_at: datetime | None
    last_at: datetime
    order_reasons: list[str]
    waiting_since: datetime | None


class Row(NamedTuple):
    """A conversation as the list shows it."""

    id: int
    name: str
    preview: str
    subject: str
    channel: str  # where it stands now
    hops: int  # channels it came through before
    kinds: tuple[str, ...]
    sentiment: str
    state: str
    state_words: str
    is_public: bool
    assignee: str
    due_at: datetime | None
    last_at: datetime
    reasons: tuple[str, ...]
    waiting_since: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == Conversation.State.OPEN


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: Place | None  # None: this was the last page


@dataclass(frozen=True)
class Choices:
    """What there is to filter by, among what this viewer may see."""

    channels: list[str]
    languages: list[str]


def queues(viewer: Viewer) -> list[QueueCount]:
    """The viewer's queues with the open conversations that stand in each. Two queries."""
    found = _queues(viewer.standing)
    counts = _open_in(viewer.standing, tuple(id_ for id_, _ in found), member=viewer.member_id)
    return [QueueCount(id_, name, counts[id_]) for id_, name in found]


@prepared
def _queues(standing: Viewer) -> QuerySet:
    return visible_queues(standing).values_list("id", "name")


@tallied
def _open_in(standing: Viewer, queue_ids: tuple[int, ...]) -> dict[int, QuerySet]:
    cases = visible_cases(standing.whoever()).filter(state=Case.State.OPEN, conversation__state=Conversation.State.OPEN)
    # "From 7 to 7" instead of "= 7": where most cases stand in one queue, SQLite's statistics say that the index of queues is of
    # no use, and it goes through every open conversation to find that another queue has none. Of a range it makes no such guess.
    return {id_: cases.filter(queue__gte=id_, queue__lte=id_).values("conversation_id") for id_ in queue_ids}


def view_counts(viewer: Viewer, filters: Filters) -> dict[str, Tally]:
    """How many stand in each view that has a number beside its name, in the chosen queue. One query."""
    return _in_views(viewer.standing, filters.queue, member=viewer.member_id)


@tallied
def _in_views(standing: Viewer, queue_id: int | None) -> dict[str, QuerySet]:
    viewer = standing.whoever()
    narrowed = _in_queue(visible_conversations(viewer), queue_id).order_by("due_at").values("id")
    return {view: narrowed.filter(_in_view(viewer, view)) for view in ("open", "mine", "unassigned")}


def page(viewer: Viewer, filters: Filters, *, after: Place | None = None, size: int = PAGE) -> Page:
    """The next rows after a place. A fixed number of queries whatever `size` is."""
    found = _asked(_page, viewer, filters, _start(after), size + 1, **({"moment": after.moment, "id": after.id} if after else {}))
    shown = found[:size]
    return Page(_rows(shown), _place_of(shown[-1], filters) if len(found) > size else None)


def rows_of(viewer: Viewer, filters: Filters, conversation_ids: Iterable[int]) -> list[Row]:
    """Those of `conversation_ids` that stand in the list now, in its order."""
    return _rows(_asked(_page_of, viewer, filters, ids=conversation_ids))


def choices(viewer: Viewer) -> Choices:
    channels, lately = _channels(viewer.standing), _languages(viewer.standing, member=viewer.member_id)
    return Choices([kind for (kind,) in channels], sorted({language for (language,) in lately if language}))


@prepared
def _channels(standing: Viewer) -> QuerySet:
    return listening.visible_accounts(standing).order_by("kind").values_list("kind").distinct()


@prepared
def _languages(standing: Viewer) -> QuerySet:
    return visible_conversations(standing.whoever()).order_by("-last_at", "-id").values_list("language")[:LATELY]


def _asked(question: prepared, viewer: Viewer, filters: Filters, *shape: Any, **values: Any) -> list[_Shown]:
    """What can be chosen is the shape of a question; the words that are looked for are given with it."""
    if filters.q:
        filters, values = replace(filters, q="said"), values | {"said": _said(viewer, filters.q)}
    return [_Shown(*row) for row in question(viewer.standing, filters, *shape, member=viewer.member_id, **values)]


@prepared
def _page(standing: Viewer, filters: Filters, start: str, count: int) -> QuerySet:
    found = _after(_matching(standing.whoever(), filters), filters, start)
    return _ordered(found, filters).values_list(*_Shown._fields)[:count]


@prepared
def _page_of(standing: Viewer, filters: Filters) -> QuerySet:
    found = _matching(standing.whoever(), filters).filter(id__in=given_ids("ids"))
    return _ordered(found, filters).values_list(*_Shown._fields)


def _matching(viewer: Viewer, filters: Filters) -> QuerySet[Conversation]:
    conversations = _in_queue(visible_conversations(viewer).filter(_in_view(viewer, filters.view)), filters.queue)
    conversations = _holding(conversations, "kinds", filters.kind)
    conversations = _holding(conversations, "channel_kinds", filters.channel)
    plain: dict[str, object] = {
        name: value for name, value in (("sentiment", filters.sentiment), ("language", filters.language)) if value
    }
    if filters.reach:
        plain["is_public"] = filters.reach == "public"
    conversations = conversations.filter(**plain)
    return conversations.filter(id__in=given_ids("said")) if filters.q else conversations


def _in_view(viewer: Viewer, view: str) -> Q:
    return {
        "open": _OPEN,
        "mine": _OPEN & Q(assignee=viewer.member_id),
        "unassigned": _OPEN & Q(assignee=None),
        "waiting": Q(state=Conversation.State.WAITING),
        "quiet": Q(state=Conversation.State.QUIET),
        "everything": Q(),
    }[view]


def _in_queue(conversations: QuerySet[Conversation], queue_id: int | None) -> QuerySet[Conversation]:
    if queue_id is None:
        return conversations
    return conversations.filter(Exists(Case.objects.filter(conversation=OuterRef("pk"), queue=queue_id, state=Case.State.OPEN)))


def _holding(conversations: QuerySet[Conversation], field: str, value: str) -> QuerySet[Conversation]:
    """Those whose JSON list `field` has `value`. SQLite knows no `contains` for JSON, so the quoted word is looked for."""
    if not value:
        return conversations
    words = f"{field}_as_text"
    return conversations.annotate(**{words: Cast(field, TextField())}).filter(**{f"{words}__contains": f'"{value}"'})


def _said(viewer: Viewer, asked: str) -> list[int]:
    voices = listening.search(viewer, asked, limit=SEARCH_DEPTH)
    return list(Entry.objects.filter(interaction_id__in=voices).values_list("conversation_id", flat=True).distinct())


def _ordered(conversations: QuerySet[Conversation], filters: Filters) -> QuerySet[Conversation]:
    if filters.is_by_due:
        return conversations.order_by(F("due_at").asc(nulls_last=True), "id")
    return conversations.order_by("-last_at", "-id")


def _start(place: Place | None) -> str:
    """Where a page starts: "first", "moment", or "timeless" among those without a moment, which come last."""
    if place is None:
        return "first"
    return "timeless" if place.moment is None else "moment"


def _after(conversations: QuerySet[Conversation], filters: Filters, start: str) -> QuerySet[Conversation]:
    if start == "first":
        return conversations
    if start == "timeless":
        return conversations.filter(due_at=None, id__gt=given("id"))
    moment = given_moment("moment")
    if not filters.is_by_due:
        return conversations.filter(Q(last_at__lt=moment) | Q(last_at=moment, id__lt=given("id")))
    return conversations.filter(Q(due_at__gt=moment) | Q(due_at=moment, id__gt=given("id")) | Q(due_at=None))


def _place_of(c: _Shown, filters: Filters) -> Place:
    return Place(c.due_at if filters.is_by_due else c.last_at, c.id)


def _rows(conversations: list[_Shown]) -> list[Row]:
    names = identity.names_of_speakers({c.opener_id for c in conversations})
    return [_row(c, names.get(c.opener_id, "")) for c in conversations]


def _row(c: _Shown, customer_name: str) -> Row:
    return Row(
        id=c.id,
        name=customer_name or c.opener__name or c.opener__handle or c.opener__external_id,
        preview=c.preview,
        subject=c.subject,
        channel=c.channel_kinds[-1] if c.channel_kinds else "",
        hops=max(0, len(c.channel_kinds) - 1),
        kinds=tuple(c.kinds),
        sentiment=c.sentiment,
        state=c.state,
        state_words=_STATE_WORDS[c.state],
        is_public=c.is_public,
        assignee=c.assignee__name or "",
        due_at=c.due_at,
        last_at=c.last_at,
        reasons=tuple(c.order_reasons),
        waiting_since=c.waiting_since,
    )
