"""Questions about what we say back: the ways to reach somebody, what was said and how far it got, notes and drafts."""

from dataclasses import dataclass
from datetime import datetime

from heard.engagement.models import Draft, InternalNote, Utterance
from heard.engagement.rules import reach, states
from heard.governance.permissions import Viewer
from heard.identity import selectors as customers
from heard.listening import accounts
from heard.listening import reach as listening
from heard.listening.channels.contract import Author, Capabilities
from heard.listening.reach import OwnAccount, Voice
from heard.routing import selectors as routing
from heard.routing.slots import LooseEnd

MOST_LOOSE_ENDS = 200


@dataclass(frozen=True)
class Route:
    """One way to say something in a conversation: our account, their address, and how openly."""

    account_id: int
    kind: str
    account_name: str
    identity_id: int
    address: str
    visibility: str
    max_length: int | None
    length_unit: str
    may_send: bool
    why_not: str
    in_reply_to: int | None  # interaction that the network will show it as an answer to
    overflow: str = "reject"


@dataclass(frozen=True)
class Said:
    """One utterance as the conversation page shows it."""

    id: int
    reply_id: int
    number: int
    total: int
    text: str
    member: str
    account_name: str
    kind: str
    visibility: str
    state: str
    state_words: str
    error: str
    interaction_id: int | None
    written_at: datetime
    sent_at: datetime | None
    may_retry: bool
    may_cancel: bool


@dataclass(frozen=True)
class Note:
    id: int
    member: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class KeptDraft:
    mode: str
    text: str
    account_id: int | None
    version: int
    saved_at: datetime | None


def reachable(viewer: Viewer, conversation_id: int) -> list[Route]:
    """Every way to reach the people of a conversation over any of their addresses; those that work now, newest voice first.

    A fixed number of queries. Raises DoesNotExist for a conversation that the viewer does not see.
    """
    check_sees(viewer, conversation_id)
    faces = listening.faces(_addresses(viewer, conversation_id))
    own = listening.own_accounts(viewer)
    heard = listening.last_heard([a.id for a in own], list(faces))
    found = [
        (heard.get((account.id, identity_id)), route)
        for account in own
        for identity_id, face in faces.items()
        for route in _routes(account, identity_id, face, heard.get((account.id, identity_id)))
    ]
    found.sort(key=lambda pair: (not pair[1].may_send, -(pair[0].id if pair[0] else 0)))
    return [route for _, route in found]


def utterances_of(viewer: Viewer, conversation_id: int) -> list[Said]:
    check_sees(viewer, conversation_id)
    return utterances_in(conversation_id)


def utterances_in(conversation_id: int) -> list[Said]:
    """For callers that have asked already whether the viewer sees the conversation."""
    rows = Utterance.objects.filter(reply__conversation_id=conversation_id).select_related("reply__member", "reply__account")
    return [_said(u) for u in rows.order_by("reply_id", "number")]


def loose_ends(viewer: Viewer) -> list[LooseEnd]:
    """Our words that failed, came back, or may have gone out: only a person can settle them. Oldest first."""
    rows = Utterance.objects.filter(state__in=states.STUCK, reply__conversation__in=routing.visible_conversations(viewer))
    return [
        _loose_end(u)
        for u in rows.select_related("reply__member", "reply__account").order_by("reply_id", "number")[:MOST_LOOSE_ENDS]
    ]


def _loose_end(utterance: Utterance) -> LooseEnd:
    reply = utterance.reply
    what = f"{reply.member.name}'s answer by {reply.account.name}: {utterance.get_state_display()}"
    return LooseEnd(reply.conversation_id, what, utterance.error, reply.written_at)


def notes_of(viewer: Viewer, conversation_id: int) -> list[Note]:
    check_sees(viewer, conversation_id)
    return notes_in(conversation_id)


def notes_in(conversation_id: int) -> list[Note]:
    """For callers that have asked already whether the viewer sees the conversation."""
    notes = InternalNote.objects.filter(conversation_id=conversation_id).select_related("member").order_by("written_at", "id")
    return [Note(n.pk, n.member.name, n.text, n.written_at) for n in notes]


def draft_of(viewer: Viewer, conversation_id: int, *, mode: str = "reply") -> KeptDraft:
    """The viewer's own draft; an empty one with version 0 when there is none."""
    check_sees(viewer, conversation_id)
    return drafts_in(viewer, conversation_id)[mode]


def drafts_in(viewer: Viewer, conversation_id: int) -> dict[str, KeptDraft]:
    """The viewer's drafts by mode, for callers that have asked already whether the viewer sees the conversation. One query."""
    found = {mode: KeptDraft(mode=mode, text="", account_id=None, version=0, saved_at=None) for mode in ("reply", "note")}
    drafts = Draft.objects.filter(conversation_id=conversation_id, member_id=viewer.member_id or 0)
    for mode, text, account_id, version, saved_at in drafts.values_list("mode", "text", "account_id", "version", "saved_at"):
        found[mode] = KeptDraft(mode, text, account_id, version, saved_at)
    return found


def access(viewer: Viewer, conversation_id: int):
    """The conversation. Raises DoesNotExist when there is none that this viewer sees."""
    return routing.visible_conversations(viewer).get(id=conversation_id)


def check_sees(viewer: Viewer, conversation_id: int) -> None:
    """Raises DoesNotExist for a conversation that this viewer does not see."""
    routing.visible_conversations(viewer).values_list("id").get(id=conversation_id)


def _addresses(viewer: Viewer, conversation_id: int) -> set[int]:
    """Identities of the participants and everything else that the viewer may know their customers by."""
    participants = set(routing.participants_of(conversation_id))
    known = customers.customers_of(participants)
    return participants.union(*customers.identities_seen(viewer, set(known.values())).values())


def _speaker(account: OwnAccount) -> tuple[reach.Speaker, Capabilities]:
    can = accounts.adapter_of(account.kind).capabilities
    return reach.Speaker(account.kind, account.state, can.outbound, can.address_kind, can.who_may_initiate, can.visibilities), can


def _routes(account: OwnAccount, identity_id: int, face: Author, heard: Voice | None) -> list[Route]:
    if account.kind not in accounts.adapters():
        return []
    speaks, can = _speaker(account)
    if not reach.is_on_network(speaks, network=face.network, was_heard_here=heard is not None):
        return []
    refusal = reach.why_not(speaks, was_heard_here=heard is not None)
    return [
        Route(
            account_id=account.id,
            kind=account.kind,
            account_name=account.name,
            identity_id=identity_id,
            address=face.handle or face.external_id,
            visibility=visibility,
            max_length=can.max_length,
            length_unit=can.length_unit,
            may_send=not refusal,
            why_not=refusal,
            in_reply_to=heard.id if heard else None,
            overflow=can.overflow,
        )
        for visibility in reach.visibilities(speaks, heard_as=heard.visibility if heard else "")
    ]


def _said(utterance: Utterance) -> Said:
    reply = utterance.reply
    return Said(
        id=utterance.pk,
        reply_id=reply.pk,
        number=utterance.number,
        total=utterance.total,
        text=utterance.part["text"],
        member=reply.member.name,
        account_name=reply.account.name,
        kind=reply.account.kind,
        visibility=reply.visibility,
        state=utterance.state,
        state_words=utterance.get_state_display(),
        error=utterance.error,
        interaction_id=utterance.interaction_id,
        written_at=reply.written_at,
        sent_at=utterance.sent_at,
        may_retry=utterance.state == "failed" and not utterance.external_id,
        may_cancel=states.may_become(utterance.state, "cancelled") and not utterance.external_id,
    )
