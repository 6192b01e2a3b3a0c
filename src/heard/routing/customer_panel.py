"""What routing brings to the page of a customer: their conversations and cases, beside the timeline and on it, and what we
answered them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from heard.governance.permissions import Viewer
from heard.identity.slots import Happenings
from heard.kernel.counting import MOST, Tally
from heard.kernel.prepared import given_ids, prepared
from heard.routing.models import Case, Conversation, Entry, Participant
from heard.routing.selectors import conversations_of as conversations_by_voice
from heard.routing.selectors import conversations_with, visible_conversations

SHOWN = 12


class TheirCase(NamedTuple):
    kind: str
    state: str
    queue: str

    @property
    def state_words(self) -> str:
        return str(Case.State(self.state).label)


class TheirConversation(NamedTuple):
    id: int
    state: str
    channel_kinds: list[str]
    subject: str
    preview: str
    last_at: datetime
    cases: list[TheirCase]

    @property
    def state_words(self) -> str:
        return str(Conversation.State(self.state).label)


def draw(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    """The panel as HTML. Two queries for any number of conversations; one more to count those it has no place for."""
    viewer = request.viewer  # type: ignore[attr-defined]
    rows = _theirs(viewer, identities=identity_ids)
    more = Tally(len(_others(viewer, identities=identity_ids))) if len(rows) == SHOWN else 0
    cases = _cases_of([id_ for id_, *_ in rows])
    shown = [TheirConversation._make((*row, cases.get(row[0], []))) for row in rows]
    return render_to_string("routing/_of_customer.html", {"rows": shown, "more": more}, request=request)


@prepared
def _theirs(viewer: Viewer) -> QuerySet:
    found = conversations_with(viewer, given_ids("identities")).order_by("-last_at", "-id")
    return found.values_list("id", "state", "channel_kinds", "subject", "preview", "last_at")[:SHOWN]


@prepared
def _others(viewer: Viewer) -> QuerySet:
    found = conversations_with(viewer, given_ids("identities")).order_by("-last_at", "-id")
    return found.values_list("id")[SHOWN : SHOWN + MOST + 1]


def _taking_part(identity_ids: RawSQL) -> QuerySet:
    return Participant.objects.filter(identity_id__in=identity_ids).values("conversation_id")


def _cases_of(conversation_ids: list[int]) -> dict[int, list[TheirCase]]:
    """{conversation: its cases}, the open ones first."""
    found: dict[int, list[TheirCase]] = {}
    for conversation_id, *case in _cases(conversations=conversation_ids) if conversation_ids else ():
        found.setdefault(conversation_id, []).append(TheirCase(*case))
    return found


@prepared
def _cases() -> QuerySet:
    cases = Case.objects.filter(conversation_id__in=given_ids("conversations")).order_by("state", "-opened_at")
    return cases.values_list("conversation_id", "kind", "state", "queue__name")


class OpenedCase(NamedTuple):
    """A case as the timeline tells it, at the moment when it was opened."""

    id: int
    conversation_id: int
    kind: str
    queue: str
    state: str
    assignee: str | None
    opened_at: datetime
    resolved_at: datetime | None


def cases_about(viewer: Viewer, identity_ids: RawSQL) -> QuerySet:
    return Case.objects.filter(conversation_id__in=conversations_with(viewer, identity_ids).values("id"))


def told(viewer: Viewer, case_ids: Sequence[int]) -> dict[int, OpenedCase]:
    return {row[0]: OpenedCase(*row) for row in _opened(ids=case_ids)}


@prepared
def _opened() -> QuerySet:
    cases = Case.objects.filter(id__in=given_ids("ids"))
    columns = ("id", "conversation_id", "kind", "queue__name", "state", "assignee__name", "opened_at", "resolved_at")
    return cases.values_list(*columns)


CASES = Happenings("case", "Cases", "opened_at", cases_about, told, "routing/happened/case.html")


def answers(viewer: Viewer, identity_ids: RawSQL) -> QuerySet:
    """Interactions that stand in conversations with these identities; who asks narrows them to what was ours."""
    return Entry.objects.filter(conversation_id__in=_taking_part(identity_ids)).values("interaction_id")


def addresses_of(viewer: Viewer, interaction_ids: Sequence[int]) -> dict[int, str]:
    """Where each of these can be read in its conversation, for those that this viewer may open. Two queries."""
    found = conversations_by_voice(interaction_ids)
    open_to = _open_to(viewer, conversations=set(found.values()))
    pages = {id_: reverse("routing:conversation", args=[id_]) for (id_,) in open_to}
    return {i: f"{pages[conversation]}#voice-{i}" for i, conversation in found.items() if conversation in pages}


@prepared
def _open_to(viewer: Viewer) -> QuerySet:
    return visible_conversations(viewer).filter(id__in=given_ids("conversations")).values_list("id")
