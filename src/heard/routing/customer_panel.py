"""What routing brings to the page of a customer: their conversations and cases, and what we answered them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from heard.governance.permissions import Viewer
from heard.routing.models import Case, Conversation, Entry, Participant
from heard.routing.selectors import conversations_of as conversations_by_voice
from heard.routing.selectors import visible_conversations

SHOWN = 12


@dataclass(frozen=True)
class TheirConversation:
    conversation: Conversation
    cases: list[Case]


def draw(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    """The panel as HTML. Three queries for any number of conversations."""
    theirs = conversations_of(request.viewer, identity_ids)  # type: ignore[attr-defined]
    shown = with_cases(list(theirs.order_by("-last_at", "-id")[:SHOWN]))
    more = theirs.count() - len(shown) if len(shown) == SHOWN else 0
    return render_to_string("routing/_of_customer.html", {"rows": shown, "more": more}, request=request)


def conversations_of(viewer: Viewer, identity_ids: Sequence[int]) -> QuerySet[Conversation]:
    taking_part = Participant.objects.filter(identity_id__in=list(identity_ids)).values("conversation_id")
    return visible_conversations(viewer).filter(id__in=taking_part)


def with_cases(conversations: list[Conversation]) -> list[TheirConversation]:
    cases: dict[int, list[Case]] = {}
    for case in Case.objects.filter(conversation__in=conversations).select_related("queue").order_by("state", "-opened_at"):
        cases.setdefault(case.conversation_id, []).append(case)
    return [TheirConversation(c, cases.get(c.pk, [])) for c in conversations]


def answers(viewer: Viewer, identity_ids: Sequence[int]) -> QuerySet:
    """Interactions that stand in conversations with these identities; who asks narrows them to what was ours."""
    taking_part = Participant.objects.filter(identity_id__in=list(identity_ids)).values("conversation_id")
    return Entry.objects.filter(conversation_id__in=taking_part).values("interaction_id")


def addresses_of(viewer: Viewer, interaction_ids: Sequence[int]) -> dict[int, str]:
    """Where each of these can be read in its conversation, for those that this viewer may open. Two queries."""
    found = conversations_by_voice(interaction_ids)
    open_to = set(visible_conversations(viewer).filter(id__in=set(found.values())).values_list("id", flat=True))
    return {
        i: f"{reverse('routing:conversation', args=[conversation])}#voice-{i}"
        for i, conversation in found.items()
        if conversation in open_to
    }
