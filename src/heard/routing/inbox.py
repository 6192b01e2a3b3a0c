"""Questions of the inbox: queues with their counts, and pages of conversations in the order in which people are served."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.kernel.counting import Tally, tallied
from heard.kernel.prepared import given, given_ids, given_moment, prepared
from heard.listening import selectors as listening
from heard.routing.groups import conversations_with
from heard.routing.models import Case, Conversation, Entry
from heard.routing.rules.filters import Filters, Place
from heard.routing.selectors import visible_cases, visible_conversations, visible_queues

PAGE = 40
LATELY = 200  # newest conversations whose languages there are to choose from
SEARCH_DEPTH = 500  # newest voices with the words that a search of the inbox looks behind

PLAIN = Filters()

_STATE_WORDS = dict(Conversation.State.choices)
_OPEN = Q(state=Conversation.State.OPEN)
_SAYS_WHAT_OTHERS_SAY = Q(message_count=F("grouped_messages"))  # and nothing else since that was found


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
    cuts: list[str]
    state: str
    is_public: bool
    due_at: datetime | None
    last_at: datetime
    order_reasons: list[str]
    waiting_since: datetime | None
    group_id: int | None
    message_count: int
    grouped_messages: int | None


class Row(NamedTuple):
    """A conversation as the list shows it."""

    id: int
    name: str
    preview: str
    subject: str
    channel: str  # where it stands now
    hops: int  # channels it came through before
    kinds: tuple[str, ...]
    sentiment: str  # as those feel it who look
    state: str
    state_words: str
    is_public: bool
    assignee: str
    due_at: datetime | None
    last_at: datetime
    reasons: tuple[str, ...]
    waiting_since: datetime | None
    same: int = 0  # others in this list that say the same and stand behind it
    cut: str = ""  # kind of case for which the sentiment is another than that of the whole

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
    counts = _open_in(viewer.standing, tuple(id_ for id_, _, _ in found), member=viewer.member_id)
    return [QueueCount(id_, name, counts[id_]) for id_, name, _ in found]


@prepared
def _queues(standing: Viewer) -> QuerySet:
    return visible_queues(standing).values_list("id", "name", "kinds")


@tallied
def _open_in(standing: Viewer, queue_ids: tuple[int, ...]) -> dict[int, QuerySet]:
    viewer = standing.whoever()
    cases = visible_cases(viewer).filter(state=Case.State.OPEN, conversation__state=Conversation.State.OPEN)
    # "From 7 to 7" instead of "= 7": where most cases stand in one queue, SQLite's statistics say that the index of queues is of
    # no use, and it goes through every open conversation to find that another queue has none. Of a range it makes no such guess.
    found = {id_: cases.filter(queue__gte=id_, queue__lte=id_).values("conversation_id") for id_ in queue_ids}
    return {
        id_: _first_of_those_alike(of, _matching(viewer, Filters(queue=id_)), to="conversation__") for id_, of in found.items()
    }


def view_counts(viewer: Viewer, filters: Filters) -> dict[str, Tally]:
    """How many stand in each view that has a number beside its name, in the chosen queue. One query."""
    return _in_views(viewer.standing, filters.queue, member=viewer.member_id)


@tallied
def _in_views(standing: Viewer, queue_id: int | None) -> dict[str, QuerySet]:
    viewer = standing.whoever()
    lists = {view: _matching(viewer, Filters(view=view, queue=queue_id)) for view in ("open", "mine", "unassigned")}
    return {view: _first_of_those_alike(of.order_by("due_at"), of).values("id") for view, of in lists.items()}


def page(viewer: Viewer, filters: Filters, *, after: Place | None = None, size: int = PAGE) -> Page:
    """The next rows after a place. A fixed number of queries whatever `size` is."""
    filters = _as_seen(viewer, filters)
    found = _asked(_page, viewer, filters, _start(after), size + 1, **({"moment": after.moment, "id": after.id} if after else {}))
    shown = found[:size]
    return Page(_rows(viewer, filters, shown), _place_of(shown[-1], filters) if len(found) > size else None)


def rows_of(viewer: Viewer, filters: Filters, conversation_ids: Iterable[int]) -> list[Row]:
    """Those of `conversation_ids` that stand in the list now, in its order."""
    filters = _as_seen(viewer, filters)
    return _rows(viewer, filters, _asked(_page_of, viewer, filters, ids=conversation_ids))


def _as_seen(viewer: Viewer, filters: Filters) -> Filters:
    """With the role of those who work in the chosen queue. One query where one is chosen."""
    if filters.queue is None:
        return filters
    kinds: list[str] = next((kinds for id_, _, kinds in _queues(viewer.standing) if id_ == filters.queue), [])
    return replace(filters, role=_role(kinds))


def _role(kinds: list[str]) -> str:
    """That of a queue; "" where it takes cases of several kinds."""
    return kinds[0] if len(kinds) == 1 else ""


def choices(viewer: Viewer) -> Choices:
    channels, lately = _channels(viewer.standing), _languages(viewer.standing, member=viewer.member_id)
    return Choices([kind for (kind,) in channels], sorted({language for (language,) in lately if language}))


@prepared
def _channels(standing: Viewer) -> QuerySet:
    return listening.visible_accounts(standing).order_by("kind").values_list("kind").distinct()


@prepared
def _languages(standing: Viewer) -> QuerySet:
    return visible_conversations(standing.whoever()).order_by("-last_at", "-id").values_list("language")[:LATELY]


def _asked(question: prepared, viewer: Viewer, filters: Filters, *shape: Any, **values: Any) -> list[tuple]:
    """What can be chosen is the shape of a question; the words that are looked for are given with it."""
    if not filters.sentiment:
        filters = replace(filters, role="")  # then it makes no difference to the question
    if filters.q:
        filters, values = replace(filters, q="said"), values | {"said": _said(viewer, filters.q)}
    if filters.group:
        filters, values = replace(filters, group=1), values | {"group": [filters.group]}
    return question(viewer.standing, filters, *shape, member=viewer.member_id, **values)


@prepared
def _page(standing: Viewer, filters: Filters, start: str, count: int) -> QuerySet:
    found = _after(_in_list(standing.whoever(), filters), filters, start)
    return _ordered(found, filters).values_list(*_Shown._fields)[:count]


@prepared
def _page_of(standing: Viewer, filters: Filters) -> QuerySet:
    found = _in_list(standing.whoever(), filters).filter(id__in=given_ids("ids"))
    return _ordered(found, filters).values_list(*_Shown._fields)


def _in_list(viewer: Viewer, filters: Filters) -> QuerySet[Conversation]:
    found = _matching(viewer, filters)
    return _first_of_those_alike(found, found, filters) if filters.is_folded else found


def _first_of_those_alike(
    rows: QuerySet, conversations: QuerySet[Conversation], filters: Filters = PLAIN, to: str = ""
) -> QuerySet:
    """Those of `rows`, which are conversations or lead to one by `to`, that none of `conversations` which says the same
    stands before in the list. What is shown to somebody thus never stands behind what is not shown to them."""
    if filters.is_by_due:
        due, id_ = OuterRef(f"{to}due_at"), OuterRef(f"{to}id")
        before = Q(due_at__lte=due) & (Q(due_at__lt=due) | Q(id__lt=id_))
    else:
        last, id_ = OuterRef(f"{to}last_at"), OuterRef(f"{to}id")
        before = Q(last_at__gte=last) & (Q(last_at__gt=last) | Q(id__gt=id_))
    first = ~Exists(conversations.filter(_SAYS_WHAT_OTHERS_SAY, before, group=OuterRef(f"{to}group")))
    by_itself = Q(**{f"{to}group": None}) | ~Q(**{f"{to}message_count": F(f"{to}grouped_messages")})
    return rows.filter(by_itself | Q(first))


@prepared
def _alike(standing: Viewer, filters: Filters) -> QuerySet:
    """(group, how many conversations in this list say only that)."""
    found = _matching(standing.whoever(), filters).filter(_SAYS_WHAT_OTHERS_SAY, group__in=given_ids("groups"))
    return found.values("group").annotate(count=Count("id")).values_list("group", "count")


def _matching(viewer: Viewer, filters: Filters) -> QuerySet[Conversation]:
    conversations = _in_queue(visible_conversations(viewer).filter(_in_view(viewer, filters.view)), filters.queue)
    conversations = _holding(conversations, "kinds", filters.kind)
    conversations = _holding(conversations, "channel_kinds", filters.channel)
    plain: dict[str, object] = {"language": filters.language} if filters.language else {}
    if filters.reach:
        plain["is_public"] = filters.reach == "public"
    conversations = _felt(conversations.filter(**plain), filters)
    if filters.group:
        conversations = conversations.filter(id__in=conversations_with(given_ids("group")).values("conversation_id"))
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


def _felt(conversations: QuerySet[Conversation], filters: Filters) -> QuerySet[Conversation]:
    """Those of that sentiment, as those feel it who look: "love the phone, hate the support" is praise to who sells phones."""
    if not filters.sentiment:
        return conversations
    if not filters.seen_as:
        return conversations.filter(sentiment=filters.sentiment)
    told = conversations.annotate(cuts_as_text=Cast("cuts", TextField()))
    apart = Q(cuts_as_text__contains=f'"{filters.seen_as} ')
    return told.filter(
        Q(cuts_as_text__contains=f'"{filters.seen_as} {filters.sentiment}"') | (~apart & Q(sentiment=filters.sentiment))
    )


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


def _place_of(row: tuple, filters: Filters) -> Place:
    c = _Shown(*row)
    return Place(c.due_at if filters.is_by_due else c.last_at, c.id)


def _rows(viewer: Viewer, filters: Filters, found: list[tuple]) -> list[Row]:
    shown = [_Shown(*row) for row in found]
    names = identity.names_of_speakers({c.opener_id for c in shown})
    groups = {c.id: c.group_id for c in shown if c.group_id and c.message_count == c.grouped_messages}
    alike = {}
    if groups and filters.is_folded:
        alike = dict(_asked(_alike, viewer, filters, groups=set(groups.values())))
    return [_row(c, names.get(c.opener_id, ""), alike.get(groups.get(c.id), 1) - 1, filters.seen_as) for c in shown]


def _row(c: _Shown, customer_name: str, same: int, seen_as: str) -> Row:
    cut = next((cut for cut in c.cuts if seen_as and cut.startswith(f"{seen_as} ")), "")
    return Row(
        id=c.id,
        name=customer_name or c.opener__name or c.opener__handle or c.opener__external_id,
        preview=c.preview,
        subject=c.subject,
        channel=c.channel_kinds[-1] if c.channel_kinds else "",
        hops=max(0, len(c.channel_kinds) - 1),
        kinds=tuple(c.kinds),
        sentiment=cut.partition(" ")[2] or c.sentiment,
        state=c.state,
        state_words=_STATE_WORDS[c.state],
        is_public=c.is_public,
        assignee=c.assignee__name or "",
        due_at=c.due_at,
        last_at=c.last_at,
        reasons=tuple(c.order_reasons),
        waiting_since=c.waiting_since,
        same=same,
        cut=seen_as if cut else "",
    )
