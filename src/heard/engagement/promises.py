"""Questions about promises: of a conversation, of a customer, of the page; and what of them is work by now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from heard.engagement.models import Promise
from heard.governance import selectors as people
from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.kernel import clock
from heard.kernel.counting import Tally, tallies
from heard.kernel.prepared import given, given_ids, prepared
from heard.kernel.rules import moments
from heard.routing import selectors as routing
from heard.routing.slots import Pledge

State = Promise.State
STANDING = (State.FOUND, State.OPEN)  # nobody has said what became of them
PAGE = 60
DUE_SOON = timedelta(days=2)
VIEWS = {
    "mine": "Mine",
    "all": "All",
    "due": "Due",
    "overdue": "Overdue",
    "confirm": "To confirm",
    "kept": "Kept",
    "broken": "Broken",
}
_COLUMNS = (
    "id",
    "conversation_id",
    "reply_id",
    "to_id",
    "to__name",
    "to__handle",
    "to__external_id",
    "author__name",
    "conversation__assignee__name",
    "what",
    "words",
    "state",
    "due_at",
    "first_due_at",
    "made_at",
    "settled_at",
    "settled_by__name",
)


class Row(NamedTuple):
    """A promise as pages show it."""

    id: int
    conversation_id: int
    reply_id: int | None
    customer: str
    author: str
    owner: str
    what: str
    words: str
    state: str
    due_at: datetime
    first_due_at: datetime
    made_at: datetime
    settled_at: datetime | None
    settled_by: str

    @property
    def state_words(self) -> str:
        return str(State(self.state).label)

    @property
    def stands(self) -> bool:
        return self.state in STANDING

    @property
    def is_to_confirm(self) -> bool:
        return self.state == State.FOUND

    @property
    def is_overdue(self) -> bool:
        return self.stands and self.due_at < clock.now()

    @property
    def was_moved(self) -> bool:
        return self.due_at != self.first_due_at


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: str  # where it goes on; empty at the end


def zone() -> ZoneInfo:
    """Where the desk is: its days are meant."""
    return ZoneInfo(people.company().timezone or "UTC")


def visible_promises(viewer: Viewer) -> QuerySet[Promise]:
    """Of the conversations that the viewer sees; those whose words have left."""
    return Promise.objects.filter(conversation__in=routing.visible_conversations(viewer)).exclude(state=State.UNSENT)


def of_conversation(conversation_id: int) -> list[Row]:
    """What stands first, by when it is due. For callers that have asked already whether the viewer sees the conversation."""
    return sorted(_rows(_of_conversation(conversation=conversation_id)), key=lambda row: not row.stands)


@prepared
def _of_conversation() -> QuerySet:
    found = Promise.objects.filter(conversation_id=given("conversation")).exclude(state=State.UNSENT)
    return found.order_by("due_at", "id").values_list(*_COLUMNS)


def of_replies(conversation_id: int) -> dict[int, list[Row]]:
    """{reply: what it promises}, for the dates that messages wear."""
    found: dict[int, list[Row]] = {}
    for row in (_row(columns, {}) for columns in _of_conversation(conversation=conversation_id)):
        if row.reply_id and row.state != State.WITHDRAWN:
            found.setdefault(row.reply_id, []).append(row)
    return found


def of_identities(viewer: Viewer, identity_ids: Sequence[int]) -> list[Row]:
    """What was promised to somebody: what stands by when it is due, then what has ended, newest first."""
    found = _rows(_of_identities(viewer.standing, ids=identity_ids, member=viewer.member_id))
    return [*reversed([row for row in found if row.stands]), *(row for row in found if not row.stands)]


@prepared
def _of_identities(standing: Viewer) -> QuerySet:
    found = visible_promises(standing.whoever()).filter(to_id__in=given_ids("ids"))
    return found.order_by("-due_at", "-id").values_list(*_COLUMNS)[:PAGE]


def page(viewer: Viewer, view: str, *, after: str = "") -> Page:
    """What stands by when it is due, what has ended newest first. `after` is the `next` of the page before."""
    moment, number = _place(after)
    found = _in_view(viewer, view)
    by_due = view not in ("kept", "broken")
    if moment is not None:
        later = Q(due_at__gt=moment) | Q(due_at=moment, id__gt=number)
        earlier = Q(due_at__lt=moment) | Q(due_at=moment, id__lt=number)
        found = found.filter(later if by_due else earlier)
    order = ("due_at", "id") if by_due else ("-due_at", "-id")
    rows = _rows(found.order_by(*order).values_list(*_COLUMNS)[: PAGE + 1])
    shown = rows[:PAGE]
    return Page(shown, f"{shown[-1].due_at.isoformat()}|{shown[-1].id}" if len(rows) > PAGE else "")


def counts(viewer: Viewer) -> dict[str, Tally]:
    """How many stand in each view. One query."""
    return tallies({view: _in_view(viewer, view).order_by("due_at").values("id") for view in VIEWS})


def _in_view(viewer: Viewer, view: str) -> QuerySet[Promise]:
    return visible_promises(viewer).filter(_view(viewer, view))


def _view(viewer: Viewer, view: str) -> Q:
    stands, moment = Q(state__in=STANDING), clock.now()
    return {
        "mine": stands & owned_by(viewer.member_id),
        "all": stands,
        "due": stands & Q(due_at__gte=moment, due_at__lt=moment + DUE_SOON),
        "overdue": stands & Q(due_at__lt=moment),
        "confirm": Q(state=State.FOUND),
        "kept": Q(state=State.KEPT),
        "broken": Q(state=State.BROKEN),
    }[view]


def owned_by(member_id: int | None) -> Q:
    """Whoever has the conversation has its promises; of one that nobody has, who made them."""
    return Q(conversation__assignee=member_id) | Q(conversation__assignee=None, author=member_id)


def upcoming(conversation_ids: Sequence[int]) -> Mapping[int, Pledge]:
    """Of each conversation the promise that is due next, for its place in the inbox. One query."""
    found: dict[int, Pledge] = {}
    standing = _standing(ids=conversation_ids)
    here = zone() if standing else None
    for conversation_id, due_at, reminded_at, asked_at in standing:
        if conversation_id not in found and here:
            found[conversation_id] = _pledge(due_at, here, is_reminded=reminded_at is not None, is_due=asked_at is not None)
    return found


def _pledge(due_at: datetime, here: ZoneInfo, *, is_reminded: bool, is_due: bool) -> Pledge:
    by = by_words(due_at, here)
    return Pledge(due_at, is_reminded or is_due, f"promised by {by}: ask for the news" if is_due else f"promised by {by}")


def by_words(due_at: datetime, here: ZoneInfo) -> str:
    """ "Thu 26 Nov 18:00", where the desk is."""
    local = due_at.astimezone(here)
    return f"{moments.DAYS[local.weekday()]} {local.day} {moments.MONTHS[local.month - 1]} {local:%H:%M}"


@prepared
def _standing() -> QuerySet:
    standing = Promise.objects.filter(conversation_id__in=given_ids("ids"), state__in=STANDING)
    return standing.order_by("due_at", "id").values_list("conversation_id", "due_at", "reminded_at", "asked_at")


def _rows(found: Iterable[tuple]) -> list[Row]:
    columns = list(found)
    names = identity.names_of_speakers({row[3] for row in columns}) if columns else {}
    return [_row(row, names) for row in columns]


def _row(columns: tuple, names: Mapping[int, str]) -> Row:
    at = dict(zip(_COLUMNS, columns, strict=True))
    return Row(
        id=at["id"],
        conversation_id=at["conversation_id"],
        reply_id=at["reply_id"],
        customer=names.get(at["to_id"], "") or at["to__name"] or at["to__handle"] or at["to__external_id"],
        author=at["author__name"],
        owner=at["conversation__assignee__name"] or at["author__name"],
        what=at["what"],
        words=at["words"],
        state=at["state"],
        due_at=at["due_at"],
        first_due_at=at["first_due_at"],
        made_at=at["made_at"],
        settled_at=at["settled_at"],
        settled_by=at["settled_by__name"] or "",
    )


def _place(after: str) -> tuple[datetime | None, int]:
    moment, _, number = after.partition("|")
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None, 0
    return (found, int(number)) if found.tzinfo and number.isdecimal() and len(number) < 18 else (None, 0)
