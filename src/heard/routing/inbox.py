"""Questions of the inbox: queues with their counts, and pages of conversations in the order in which people are served."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.kernel.counting import Tally, tallies
from heard.listening import selectors as listening
from heard.routing.models import Case, Conversation, Entry
from heard.routing.rules.filters import Filters, Place
from heard.routing.selectors import visible_cases, visible_conversations, visible_queues

PAGE = 40
LATELY = 200  # newest conversations whose languages there are to choose from
SEARCH_DEPTH = 500  # newest voices with the words that a search of the inbox looks behind

# What a row is made of: forty rows as models, with those of opener and assignee, cost more than their query.
_SHOWN = (
    "id", "opener_id", "opener__name", "opener__handle", "opener__external_id", "assignee__name", "preview", "subject",
    "channel_kinds", "kinds", "sentiment", "state", "is_public", "due_at", "last_at", "order_reasons", "waiting_since",
)  # fmt: skip

_OPEN = Q(state=Conversation.State.OPEN)


@dataclass(frozen=True)
class QueueCount:
    id: int
    name: str
    open: Tally


@dataclass(frozen=True)
class Row:
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
    found = list(visible_queues(viewer))
    open_cases = visible_cases(viewer).filter(state=Case.State.OPEN, conversation__state=Conversation.State.OPEN)
    counts = tallies({q.pk: open_cases.filter(queue=q.pk).values("conversation_id") for q in found})
    return [QueueCount(q.pk, q.name, counts[q.pk]) for q in found]


def view_counts(viewer: Viewer, filters: Filters) -> dict[str, Tally]:
    """How many stand in each view that has a number beside its name, in the chosen queue. One query."""
    narrowed = _in_queue(visible_conversations(viewer), filters.queue).order_by("due_at").values("id")
    return tallies({view: narrowed.filter(_in_view(viewer, view)) for view in ("open", "mine", "unassigned")})


def page(viewer: Viewer, filters: Filters, *, after: Place | None = None, size: int = PAGE) -> Page:
    """The next rows after a place. A fixed number of queries whatever `size` is."""
    matching = _after(_matching(viewer, filters), filters, after)
    found = list(_ordered(matching, filters).values_list(*_SHOWN, named=True)[: size + 1])
    more = len(found) > size
    shown = found[:size]
    return Page(_rows(shown), _place_of(shown[-1], filters) if more else None)


def rows_of(viewer: Viewer, filters: Filters, conversation_ids: Iterable[int]) -> list[Row]:
    """Those of `conversation_ids` that stand in the list now, in its order."""
    matching = _matching(viewer, filters).filter(id__in=list(conversation_ids))
    return _rows(list(_ordered(matching, filters).values_list(*_SHOWN, named=True)))


def choices(viewer: Viewer) -> Choices:
    channels = listening.visible_accounts(viewer).order_by("kind").values_list("kind", flat=True).distinct()
    lately = visible_conversations(viewer).order_by("-last_at", "-id").values_list("language", flat=True)[:LATELY]
    return Choices(list(channels), sorted({language for language in lately if language}))


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
    return conversations.filter(id__in=_said(viewer, filters.q)) if filters.q else conversations


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


def _after(conversations: QuerySet[Conversation], filters: Filters, place: Place | None) -> QuerySet[Conversation]:
    if place is None:
        return conversations
    if not filters.is_by_due:
        return conversations.filter(Q(last_at__lt=place.moment) | Q(last_at=place.moment, id__lt=place.id))
    if place.moment is None:
        return conversations.filter(due_at=None, id__gt=place.id)
    return conversations.filter(Q(due_at__gt=place.moment) | Q(due_at=place.moment, id__gt=place.id) | Q(due_at=None))


def _place_of(c: Any, filters: Filters) -> Place:
    return Place(c.due_at if filters.is_by_due else c.last_at, c.id)


def _rows(conversations: list) -> list[Row]:
    customers = identity.customers_of({c.opener_id for c in conversations})
    names = identity.names_of(set(customers.values()))
    return [_row(c, names.get(customers.get(c.opener_id, 0), "")) for c in conversations]


def _row(c: Any, customer_name: str) -> Row:
    """`c` has the columns of _SHOWN."""
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
        state_words=Conversation.State(c.state).label,
        is_public=c.is_public,
        assignee=c.assignee__name or "",
        due_at=c.due_at,
        last_at=c.last_at,
        reasons=tuple(c.order_reasons),
        waiting_since=c.waiting_since,
    )
