"""Facts already given, as pages show them: beside a conversation, on the page of a customer, and in the way of a question that
asks for one again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from heard.engagement import selectors
from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.identity.selectors import Known
from heard.listening.slots import addresses
from heard.routing import story
from heard.routing.slots import Opened
from heard.understanding import facts
from heard.understanding.facts import Given
from heard.understanding.rules.asking import Asked, asked_for
from heard.understanding.rules.facts import KINDS

SHOWN = 3  # answers to one question


@dataclass(frozen=True)
class Found:
    """A fact with the page on which it can be read in its place; empty where it was said in no conversation."""

    given: Given
    address: str


@dataclass(frozen=True)
class Again:
    """A question of the draft, what it asks for, and what is on file. `who` gave it."""

    asked: Asked
    who: str
    answers: list[Found]

    @property
    def what(self) -> str:
        return KINDS[self.asked.kind][0]


def of_identities(viewer: Viewer, identity_ids: Sequence[int]) -> list[Found]:
    return _found(viewer, facts.facts_given(viewer, identity_ids))


def of_conversation(viewer: Viewer, conversation_id: int) -> list[Found]:
    """What the customer who opened it gave, on every channel. Raises DoesNotExist for one that the viewer does not see."""
    talk = story.talk(viewer, conversation_id)
    _, theirs = _customer_of(story.look_at(viewer, talk), talk.opener_id)
    return of_identities(viewer, theirs)


def asked_again(viewer: Viewer, conversation_id: int, identity_id: int, draft: str) -> list[Again]:
    """What a draft to this identity asks for although its customer gave it. No query for a draft that asks for no fact."""
    if not asked_for(draft):
        return []
    opened = story.opened(viewer, conversation_id)
    who, theirs = _customer_of(opened, identity_id)
    again = facts.asked_although_given(viewer, theirs, draft)
    where = _addresses(viewer, [given for _, answers in again for given in answers[:SHOWN]])
    return [
        Again(asked, who, [Found(given, where.get(given.interaction_id or 0, "")) for given in answers[:SHOWN]])
        for asked, answers in again
    ]


def beside(request: HttpRequest, opened: Opened) -> SafeString:
    """Asked for when the page is there: reading a hundred voices must not keep anybody waiting for the conversation."""
    about = {"conversation_id": opened.conversation_id}
    return mark_safe(render_to_string("engagement/facts_beside.html", about, request=request))


def of_customer(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    """The same on the page of a customer."""
    customer_id = identity.customers_of(identity_ids[:1])[identity_ids[0]]
    return render_to_string("engagement/facts_of_customer.html", {"customer_id": customer_id}, request=request)


def ways_to(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    """The channels over which a customer may be written to, and what for; of the others, why not."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    routes = selectors.routes(viewer, identity.known_with(viewer, identity_ids))
    about = {"open": [r for r in routes if r.is_open], "shut": [r for r in routes if not r.is_open]}
    return render_to_string("engagement/ways_to_customer.html", about, request=request)


def _customer_of(opened: Opened, identity_id: int) -> tuple[str, list[int]]:
    """(name, identities) of the person behind an identity of a conversation, as far as the viewer knows them."""
    face = next((face for face in opened.faces if face.id == identity_id), None)
    if face is None or face.is_ours:
        return "", []
    theirs = [f.id for f in opened.faces if f.id == face.id or (f.customer_id and f.customer_id == face.customer_id)]
    return _name(face), theirs


def _name(face: Known) -> str:
    return face.customer_name or face.name or face.handle or face.external_id


def _found(viewer: Viewer, given: Sequence[Given]) -> list[Found]:
    where = _addresses(viewer, given)
    return [Found(each, where.get(each.interaction_id or 0, "")) for each in given]


def _addresses(viewer: Viewer, given: Sequence[Given]) -> dict[int, str]:
    ids = [each.interaction_id for each in given if each.interaction_id]
    where: dict[int, str] = {}
    for known in addresses:
        where |= known(viewer, ids) if ids else {}
    return where
