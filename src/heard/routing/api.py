"""REST: conversations, for colleagues with their session. Reads only; everything passes `visible_conversations`."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import AwareDatetime

from heard.governance.api import Colleague, Problem
from heard.listening import selectors as listening
from heard.listening.api import VoiceOut
from heard.routing import inbox, story
from heard.routing.models import Conversation
from heard.routing.rules.filters import Filters, Place
from heard.routing.selectors import messages_of

router = Router(tags=["Conversations"])
MOST_MESSAGES = 500
LARGEST_ID = 2**63 - 1


class Wanted(Schema):
    """Which conversations, and from where in the list."""

    view: Literal["open", "mine", "unassigned", "waiting", "quiet", "everything"] = "open"
    queue: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None
    kind: Literal["", "support", "sales", "praise", "product", "marketing", "community", "risk", "spam"] = ""
    channel: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,40}$")] = ""
    sentiment: Literal["", "negative", "mixed", "neutral", "positive"] = ""
    language: Annotated[str, Query(pattern=r"^[A-Za-z-]{0,8}$")] = ""
    reach: Literal["", "public", "private"] = ""
    q: Annotated[str, Query(max_length=200, description="Words that somebody said in it")] = ""
    cursor: Annotated[str, Query(max_length=80, description="`next` of the page before")] = ""
    limit: Annotated[int, Query(ge=1, le=100)] = 40


class ConversationRow(Schema):
    id: int
    customer: str
    preview: str
    subject: str
    channel: str
    kinds: list[str]
    sentiment: str
    state: str
    is_public: bool
    assignee: str
    due_at: AwareDatetime | None
    last_at: AwareDatetime
    reasons: list[str]


class ConversationPage(Schema):
    conversations: list[ConversationRow]
    next: str | None


class CaseOut(Schema):
    id: int
    kind: str
    queue: str
    state: str
    assignee: str
    due_at: datetime | None
    opened_at: AwareDatetime
    resolved_at: AwareDatetime | None
    reasons: list[str]


class ConversationOut(Schema):
    id: int
    state: str
    subject: str
    assignee: str
    started_at: AwareDatetime
    last_at: AwareDatetime
    due_at: AwareDatetime | None
    cases: list[CaseOut]
    messages: list[VoiceOut]
    earlier_messages: int


@router.get(
    "/conversations",
    auth=Colleague(),
    response={200: ConversationPage, 400: Problem, 401: Problem},
    operation_id="conversations",
    summary="Conversations that you may see, in the order of the inbox",
)
def conversations(request: HttpRequest, wanted: Query[Wanted]):
    filters = Filters(**{k: v for k, v in wanted.dict().items() if k not in ("cursor", "limit")}, apart=True)
    page = inbox.page(request.viewer, filters, after=_place(wanted.cursor), size=wanted.limit)  # type: ignore[attr-defined]
    return {"conversations": [_row(r) for r in page.rows], "next": str(page.next) if page.next else None}


@router.get(
    "/conversations/{conversation_id}",
    auth=Colleague(),
    response={200: ConversationOut, 401: Problem, 404: Problem},
    operation_id="conversation",
    summary="One conversation with what was said, oldest first",
)
def conversation(request: HttpRequest, conversation_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]):
    """404 also for one that you may not see. The newest 500 messages; `earlier_messages` says how many came before."""
    viewer = request.viewer  # type: ignore[attr-defined]
    try:
        found = story.conversation(viewer, conversation_id)
    except Conversation.DoesNotExist:
        raise HttpError(404, "There is no such conversation.") from None
    ids = messages_of(conversation_id)
    shown = ids[-MOST_MESSAGES:]
    voices = listening.voices(viewer, shown)
    return {
        "id": found.pk,
        "state": found.state,
        "subject": found.subject,
        "assignee": found.assignee.name if found.assignee else "",
        "started_at": found.started_at,
        "last_at": found.last_at,
        "due_at": found.due_at,
        "cases": [_case(c) for c in story.cases(found)],
        "messages": [VoiceOut.of(voices[i]) for i in shown if i in voices],
        "earlier_messages": len(ids) - len(shown),
    }


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    place = Place.parse(cursor)
    if place is None or not 0 < place.id <= LARGEST_ID or (place.moment and place.moment.tzinfo is None):
        raise HttpError(400, "This cursor was not made by us.")
    return place


def _row(row: inbox.Row) -> dict:
    same = (
        "id",
        "preview",
        "subject",
        "channel",
        "kinds",
        "sentiment",
        "state",
        "is_public",
        "assignee",
        "due_at",
        "last_at",
        "reasons",
    )
    return {"customer": row.name, **{name: getattr(row, name) for name in same}}


def _case(case: story.CaseView) -> dict:
    return {name: getattr(case, name) for name in CaseOut.model_fields}
