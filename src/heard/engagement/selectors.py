"""Questions about what we say back: the ways to reach somebody, what was said and how far it got, notes and drafts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from heard.engagement import amended
from heard.engagement.amended import Amended
from heard.engagement.models import Draft, DraftFile, Hiding, InternalNote, Reply, Utterance
from heard.engagement.rules import reach, states
from heard.engagement.rules.amending import NO_CHANCES, OPEN, Chances
from heard.engagement.rules.files import KEPT
from heard.engagement.rules.reach import OPENNESS
from heard.governance.permissions import Viewer
from heard.identity import selectors as customers
from heard.identity.selectors import Known
from heard.kernel.clock import now
from heard.kernel.prepared import given, given_ids, given_moment, prepared
from heard.listening import accounts, consent
from heard.listening import reach as listening
from heard.listening.channels.contract import Capabilities
from heard.listening.reach import OwnAccount, Voice
from heard.listening.selectors import Voice as Heard
from heard.routing import selectors as routing
from heard.routing.slots import LooseEnd

MOST_LOOSE_ENDS = 200
EVER = datetime.min.replace(tzinfo=UTC)


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
    closed_at: datetime | None = None  # since when it takes no free words
    takes_templates: bool = False  # now, words that the network approved may go and no others
    max_attachment_bytes: int = 0  # of one file; 0: no files

    @property
    def value(self) -> str:
        """As forms name it."""
        return f"{self.account_id}:{self.identity_id}:{self.visibility}"

    @property
    def is_open(self) -> bool:
        return self.may_send or self.takes_templates


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
    own_text: str = ""  # as its author typed it
    external_id: str = ""
    member_id: int = 0
    team_id: int | None = None  # of the account
    was_amended: bool = False
    chances: Chances = NO_CHANCES  # of being changed, by this viewer
    amended: Sequence[Amended] = ()  # oldest first
    files: Sequence[str] = ()  # their names, in order
    promised: Sequence[Any] = ()  # promises.Row, beside the last part

    @property
    def edits(self) -> list[Amended]:
        """Those that the network did, newest first."""
        return [a for a in reversed(self.amended) if a.act == "edit" and a.state == "done"]

    @property
    def gone(self) -> Amended | None:
        return next((a for a in self.amended if a.act == "take_back" and a.state == "done"), None)

    @property
    def unsettled(self) -> Amended | None:
        return next((a for a in self.amended if a.state in OPEN), None)


class KeptFile(NamedTuple):
    """A file beside a draft; taken out, it can be brought back."""

    id: int
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    alt: str
    removed_at: datetime | None

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")


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
    return routes(viewer, customers.known_with(viewer, routing.participants_of(conversation_id)))


def routes(viewer: Viewer, faces: Iterable[Known]) -> list[Route]:
    """As `reachable`, for callers that know already whom the viewer talks to. Three queries, and one more where a
    channel has words by which people end all that we write."""
    return open_first(by_last_words(viewer, faces))


def open_first(found: Iterable[Route]) -> list[Route]:
    """Those for free words, then those for approved ones, then those that are shut; each in the order in which they come."""
    return sorted(found, key=lambda route: (not route.may_send, not route.takes_templates))


def by_last_words(viewer: Viewer, faces: Iterable[Known]) -> list[Route]:
    """Open or not, in the order in which their people were heard there last, where they spoke last first."""
    theirs = [face for face in faces if not face.is_ours]
    own = listening.own_accounts(viewer)
    heard = listening.last_heard([a.id for a in own], [face.id for face in theirs])
    silenced = consent.silenced([face.id for face in theirs], kinds={account.kind for account in own})
    moment = now()
    found = [
        (max((voice.id for voice in said), default=0), route)
        for account in own
        for face in theirs
        for said in [heard.get((account.id, face.id), [])]
        for route in _routes(account, face, said, moment, is_silenced=(face.id, account.kind) in silenced)
    ]
    return [route for _, route in sorted(found, key=lambda pair: -pair[0])]


def next_best(found: Iterable[Route], *, than: Route | None, in_private: bool = False) -> Route | None:
    """Another way that takes free words now: over the same account before another, the safest before the more open."""
    others = [route for route in found if route.may_send and route != than]
    if in_private:
        others = [route for route in others if route.visibility == "private"]
    own = than.account_id if than else None
    return min(others, key=lambda route: (OPENNESS.index(route.visibility), route.account_id != own), default=None)


def why_not_in_private(found: Iterable[Route], *, than: Route) -> str:
    """Why nothing private can be offered in the place of a public way."""
    shut = [route for route in found if route.visibility == "private" and not route.may_send]
    if not shut:
        return f"{than.account_name} has nothing private, and no other address of theirs is known."
    return " ".join(f"{route.account_name}: {route.why_not}." for route in shut)


def utterances_of(viewer: Viewer, conversation_id: int) -> list[Said]:
    check_sees(viewer, conversation_id)
    return utterances_in(conversation_id)


def utterances_in(conversation_id: int, *, since: datetime = EVER) -> list[Said]:
    """Those of replies from `since` on, for callers that have asked already whether the viewer sees the conversation."""
    return [_said(_Row(*row)) for row in _utterances(conversation=conversation_id, since=since)]


class _Row(NamedTuple):
    """An utterance with its reply, as it is stored."""

    id: int
    reply_id: int
    number: int
    total: int
    part: dict
    state: str
    error: str
    external_id: str
    interaction_id: int | None
    sent_at: datetime | None
    reply__written_at: datetime
    reply__visibility: str
    reply__member__name: str
    reply__account__name: str
    reply__account__kind: str
    reply__account__team_id: int | None
    reply__member_id: int
    reply__text: str
    amended_at: datetime | None


@prepared
def _utterances() -> QuerySet:
    rows = Utterance.objects.filter(reply__conversation_id=given("conversation"), reply__written_at__gte=given_moment("since"))
    return rows.order_by("reply_id", "number").values_list(*_Row._fields)


def with_amendments(viewer: Viewer, said: Sequence[Said], conversation_id: int) -> list[Said]:
    """What was changed of these words, and what the viewer may still change. One query, and none where nothing ever was."""
    found = amended.of_conversation(conversation_id) if any(s.was_amended for s in said) else {}
    return [replace(s, amended=found.get(s.id, ()), chances=_chances(viewer, s)) for s in said]


def _chances(viewer: Viewer, said: Said) -> Chances:
    """Nothing without the permission. No queries."""
    if not (viewer.may("conversation.reply") and viewer.sees_team(said.team_id) and amended.may_amend(viewer, said.member_id)):
        return NO_CHANCES
    return amended.chances_at(said.kind, said.state, said.external_id, said.visibility, said.sent_at)


def loose_ends(viewer: Viewer) -> list[LooseEnd]:
    """Our words that failed, came back, or may have gone out, and changes of them: only a person can settle them. Oldest first."""
    stuck = Q(state__in=states.STUCK) | Q(id__in=amended.stuck().values("utterance_id"))
    rows = Utterance.objects.filter(stuck, reply__conversation__in=routing.visible_conversations(viewer))
    rows = rows.select_related("reply__member", "reply__account").order_by("reply_id", "number")[:MOST_LOOSE_ENDS]
    words = [_loose_end(u) for u in rows if u.state in states.STUCK]
    changes = amended.loose_ends([u.pk for u in rows if u.amended_at])
    return sorted([*words, *changes], key=lambda end: end.since) if changes else words


def _loose_end(utterance: Utterance) -> LooseEnd:
    reply = utterance.reply
    what = f"{reply.member.name}'s answer by {reply.account.name}: {utterance.get_state_display()}"
    return LooseEnd(reply.conversation_id, what, utterance.error, reply.written_at)


def notes_of(viewer: Viewer, conversation_id: int) -> list[Note]:
    check_sees(viewer, conversation_id)
    return notes_in(conversation_id)


def notes_in(conversation_id: int, *, since: datetime = EVER) -> list[Note]:
    """Those from `since` on, for callers that have asked already whether the viewer sees the conversation."""
    return [Note(*row) for row in _notes(conversation=conversation_id, since=since)]


@prepared
def _notes() -> QuerySet:
    notes = InternalNote.objects.filter(conversation_id=given("conversation"), written_at__gte=given_moment("since"))
    return notes.order_by("written_at", "id").values_list("id", "member__name", "text", "written_at")


def draft_of(viewer: Viewer, conversation_id: int, *, mode: str = "reply") -> KeptDraft:
    """The viewer's own draft; an empty one with version 0 when there is none."""
    check_sees(viewer, conversation_id)
    return drafts_in(viewer, conversation_id)[mode]


def drafts_in(viewer: Viewer, conversation_id: int) -> dict[str, KeptDraft]:
    """The viewer's drafts by mode, for callers that have asked already whether the viewer sees the conversation. One query."""
    found = {mode: KeptDraft(mode=mode, text="", account_id=None, version=0, saved_at=None) for mode in ("reply", "note")}
    for mode, text, account_id, version, saved_at in _drafts(conversation=conversation_id, member=viewer.member_id or 0):
        found[mode] = KeptDraft(mode, text, account_id, version, saved_at)
    return found


@prepared
def _drafts() -> QuerySet:
    drafts = Draft.objects.filter(conversation_id=given("conversation"), member_id=given("member"))
    return drafts.values_list("mode", "text", "account_id", "version", "saved_at")


def files_of_draft(viewer: Viewer, conversation_id: int, *, with_removed: bool = False) -> list[KeptFile]:
    """Of the viewer's own draft of a reply, first added first. One query."""
    mine = {"draft__conversation_id": conversation_id, "draft__member_id": viewer.member_id, "draft__mode": "reply"}
    found = DraftFile.objects.filter(**mine).order_by("id").values_list(*KeptFile._fields)
    return [file for file in map(KeptFile._make, found) if with_removed or file.removed_at is None]


def file_of_utterance(viewer: Viewer, utterance_id: int, number: int) -> tuple[str, str]:
    """(name, sha256) of the file of that number, from 1, that went out. Raises DoesNotExist where the viewer sees none."""
    utterance = Utterance.objects.select_related("reply").get(pk=utterance_id)
    check_sees(viewer, utterance.reply.conversation_id)
    files = utterance.part.get("attachments", [])
    if not 1 <= number <= len(files) or not files[number - 1].get("url", "").startswith(KEPT):
        raise Utterance.DoesNotExist
    return files[number - 1]["name"], files[number - 1]["url"].removeprefix(KEPT)


def access(viewer: Viewer, conversation_id: int):
    """The conversation. Raises DoesNotExist when there is none that this viewer sees."""
    return routing.visible_conversations(viewer).get(id=conversation_id)


def check_sees(viewer: Viewer, conversation_id: int) -> None:
    """Raises DoesNotExist for a conversation that this viewer does not see."""
    routing.visible_conversations(viewer).values_list("id").get(id=conversation_id)


def may_be_hidden(voice: Heard) -> bool:
    """What others wrote in public, on a network that can hide it."""
    if voice.is_ours or voice.visibility == "private" or voice.is_withdrawn or voice.account_kind not in accounts.adapters():
        return False
    return accounts.adapter_of(voice.account_kind).capabilities.hide


class Hidden(NamedTuple):
    is_hidden: bool
    member: str
    at: datetime


def hidings(interaction_ids: Iterable[int]) -> dict[int, Hidden]:
    """What was done last to those that were ever hidden, for callers that have asked already what the viewer sees. One query."""
    return {id_: Hidden(*done) for id_, *done in _hidings(ids=interaction_ids)}


@prepared
def _hidings() -> QuerySet:
    found = Hiding.objects.filter(interaction_id__in=given_ids("ids"))
    return found.values_list("interaction_id", "is_hidden", "member__name", "at")


def _speaker(account: OwnAccount, *, is_silenced: bool = False) -> tuple[reach.Speaker, Capabilities]:
    can = accounts.adapter_of(account.kind).capabilities
    speaker = reach.Speaker(
        kind=account.kind,
        state=account.state,
        outbound=can.outbound,
        address_kind=can.address_kind,
        who_may_initiate=can.who_may_initiate,
        visibilities=can.visibilities,
        private_reply=can.private_reply,
        reply_window_seconds=can.reply_window_seconds,
        templates=can.templates,
        is_silenced=is_silenced,
    )
    return speaker, can


def _routes(account: OwnAccount, face: Known, said: list[Voice], moment: datetime, *, is_silenced: bool) -> list[Route]:
    if account.kind not in accounts.adapters():
        return []
    speaker, can = _speaker(account, is_silenced=is_silenced)
    if not reach.is_on_network(speaker, network=face.network, was_heard_here=bool(said)):
        return []
    heard = [reach.Heard(voice.id, voice.visibility, voice.occurred_at) for voice in said]
    return [_route(account, face, way, can) for way in reach.ways(speaker, heard, now=moment)]


def _route(account: OwnAccount, face: Known, way: reach.Way, can: Capabilities) -> Route:
    return Route(
        account_id=account.id,
        kind=account.kind,
        account_name=account.name,
        identity_id=face.id,
        address=face.handle or face.external_id,
        visibility=way.visibility,
        max_length=can.max_length,
        length_unit=can.length_unit,
        may_send=not way.why_not,
        why_not=way.why_not,
        in_reply_to=way.answers,
        overflow=can.overflow,
        closed_at=way.closed_at,
        takes_templates=way.takes_templates,
        max_attachment_bytes=can.max_attachment_bytes if can.attachments else 0,
    )


def _said(row: _Row) -> Said:
    return Said(
        id=row.id,
        reply_id=row.reply_id,
        number=row.number,
        total=row.total,
        text=row.part["text"],
        member=row.reply__member__name,
        account_name=row.reply__account__name,
        kind=row.reply__account__kind,
        visibility=row.reply__visibility,
        state=row.state,
        state_words=str(Utterance.State(row.state).label),
        error=row.error,
        interaction_id=row.interaction_id,
        written_at=row.reply__written_at,
        sent_at=row.sent_at,
        may_retry=row.state == "failed" and not row.external_id,
        may_cancel=states.may_become(row.state, "cancelled") and not row.external_id,
        files=[file["name"] for file in row.part.get("attachments", ())],
        own_text=row.reply__text if row.total == 1 else row.part["text"],
        external_id=row.external_id,
        member_id=row.reply__member_id,
        team_id=row.reply__account__team_id,
        was_amended=row.amended_at is not None,
    )


def written_in(conversation_ids: Iterable[int]) -> set[int]:
    """Those of these conversations in which a member has written anything, sent or not."""
    ids = list(conversation_ids)
    return {id_ for model in (Draft, InternalNote, Reply) for (id_,) in _written_in(model, ids=ids)}


@prepared
def _written_in(model: type[Draft | InternalNote | Reply]) -> QuerySet:
    return model.objects.filter(conversation_id__in=given_ids("ids")).order_by().values_list("conversation_id")
