"""Questions of the conversation page: its story, what is to be done about it, and who speaks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery
from msgspec import Struct

from heard.governance import selectors as people
from heard.governance.permissions import Viewer
from heard.governance.rules import roles
from heard.governance.rules.roles import Role
from heard.identity import selectors as identity
from heard.identity.selectors import Known, Reason
from heard.kernel.prepared import given, given_ids, given_moment, prepared
from heard.kernel.rules import moments
from heard.listening import selectors as listening
from heard.listening.selectors import Voice
from heard.routing.linked import Linked, linked_from
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant
from heard.routing.rules.filters import Place
from heard.routing.selectors import Settled, participants_of, settled_of, visible_conversations, visible_queues
from heard.routing.slots import Beat, Mark, Opened, beats, marks
from heard.understanding import selectors as understanding
from heard.understanding.selectors import Verdict

OTHERS = 8  # conversations of the same person that are shown beside one
LENGTH = 80  # voices shown at first; earlier ones on request
WAYS = {"call": "phone", "meeting": "meeting", "visit": "web", "letter": "letter"}  # of what happened live, by its kind


class Spoken(Struct, frozen=True):
    """One voice in the story: its words, what was made of them, and what became of it."""

    voice: Voice
    verdict: Verdict | None
    disposition: Settled | None
    sources: Sequence[Linked] = ()  # what its links lead to
    marks: Sequence[Mark] = ()  # what later rooms know of it
    why_here: str = ""  # it stands in this conversation, where that is not plain

    @property
    def is_waiting(self) -> bool:
        return self.disposition is not None and self.disposition.outcome == Disposition.Outcome.WAITING


class Step(Struct):
    """A beat in its place: with the rule of a new day or the line of a hop before it."""

    beat: Beat
    new_day: datetime | None = None
    hop_from: str = ""
    hop_gap: timedelta = timedelta(0)

    @property
    def hop_words(self) -> str:
        return moments.hop_words(self.hop_gap)


@dataclass(frozen=True)
class Story:
    steps: list[Step]
    earlier: Place | None  # where the part not shown ends
    newest: Spoken | None  # the customer's newest words


class CaseView(NamedTuple):
    id: int
    kind: str
    queue: str
    state: str
    assignee: str
    reasons: tuple[str, ...]
    due_at: datetime | None  # None: its clock has stopped
    opened_at: datetime
    resolved_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == Case.State.OPEN


class Talk(NamedTuple):
    """A conversation as the head of its page shows it."""

    id: int
    state: str
    opener_id: int
    assignee_id: int | None
    assignee: str  # a name; empty for nobody
    subject: str
    channel_kinds: Sequence[str]
    waiting_since: datetime | None
    order_reasons: Sequence[str]
    group_id: int | None  # of those that say nothing else


class Other(NamedTuple):
    """Another conversation of the same person."""

    id: int
    channel_kinds: Sequence[str]
    subject: str
    preview: str
    last_at: datetime


class Named(NamedTuple):
    """A colleague or a queue that a menu offers."""

    id: int
    name: str


@dataclass(frozen=True)
class Person:
    """The customer of a conversation with all the faces we know, and why we think that they are one person."""

    customer_id: int | None
    name: str
    faces: list[Known]  # first seen first
    reasons: list[Reason]  # those that stand

    @property
    def first_heard_at(self) -> datetime:
        return self.faces[0].first_seen_at


def conversation(viewer: Viewer, conversation_id: int) -> Conversation:
    """Raises Conversation.DoesNotExist for one that the viewer does not see."""
    return visible_conversations(viewer).select_related("opener", "assignee", "team").get(pk=conversation_id)


def talk(viewer: Viewer, conversation_id: int) -> Talk:
    """As `conversation`, for its page. Raises Conversation.DoesNotExist for one that the viewer does not see."""
    for id_, state, opener_id, assignee_id, assignee, *more in _talk(viewer, conversation=conversation_id):
        return Talk(id_, state, opener_id, assignee_id, assignee or "", *more)
    raise Conversation.DoesNotExist


@prepared
def _talk(viewer: Viewer) -> QuerySet:
    columns = ("id", "state", "opener_id", "assignee_id", "assignee__name", "subject", "channel_kinds")
    one = visible_conversations(viewer).filter(id=given("conversation"))
    return one.values_list(*columns, "waiting_since", "order_reasons", "group_id")


def opened(viewer: Viewer, conversation_id: int) -> Opened:
    """For what other rooms bring to the page. Raises Conversation.DoesNotExist for one that the viewer does not see."""
    return look_at(viewer, talk(viewer, conversation_id))


def look_at(viewer: Viewer, conversation: Talk) -> Opened:
    """The same, of a conversation that was found already. Two queries."""
    taking_part = {conversation.opener_id, *participants_of(conversation.id)}
    return Opened(conversation.id, identity.known_with(viewer, taking_part))


def story(
    viewer: Viewer, conversation_id: int, *, before: Place | None = None, length: int = LENGTH, zone: tzinfo | None = None
) -> Story:
    """What was said and noted, oldest first: the newest `length` voices before a place and everything between them.

    Days are those of `zone`; without one, the company is asked for its own. Whether the viewer sees the conversation was asked.
    """
    entries = _entries(conversation_id, before, length + 1)
    earlier, shown = entries[length:], entries[:length]
    spoken = _spoken(viewer, {interaction_id: why for _, interaction_id, why in shown})
    since = shown[-1][0] if earlier and shown else datetime.min.replace(tzinfo=UTC)
    until = before.moment if before and before.moment else datetime.max.replace(tzinfo=UTC)
    added = [b for bring in beats for b in bring(viewer, conversation_id, since) if since <= b.at < until]
    covered = {b.covers for b in added}
    told = [_beat(s) for s in spoken if s.voice.id not in covered]
    inbound = [s for s in spoken if not s.voice.is_ours and not s.voice.is_withdrawn]
    return Story(
        steps=_steps(sorted([*told, *added], key=lambda b: (b.at, b.key)), zone or ZoneInfo(people.company().timezone)),
        earlier=Place(*shown[-1][:2]) if earlier and shown else None,
        newest=max(inbound, key=lambda s: s.voice.occurred_at, default=None),
    )


def one_voice(viewer: Viewer, interaction_id: int) -> Spoken:
    """Raises Entry.DoesNotExist for a voice that the viewer does not see."""
    found = _spoken(viewer, {interaction_id: ""})
    if not found:
        raise Entry.DoesNotExist
    return found[0]


def waiting_voices(viewer: Viewer, conversation_id: int) -> list[int]:
    """Ids of the voices that nobody has answered or settled, oldest first."""
    ids = Entry.objects.filter(conversation_id=conversation_id).values("interaction_id")
    waiting = Disposition.objects.filter(interaction_id__in=ids, outcome=Disposition.Outcome.WAITING)
    seen = listening.visible_interactions(viewer).filter(id__in=waiting.values("interaction_id"))
    return list(seen.order_by("occurred_at", "id").values_list("id", flat=True))


def cases(conversation: Conversation) -> list[CaseView]:
    return cases_in(conversation.pk)


def cases_in(conversation_id: int) -> list[CaseView]:
    """Open ones first, for callers that have asked already whether the viewer sees the conversation. One query."""
    return [
        CaseView(id_, kind, queue, state, assignee or "", tuple(reasons), due_at, opened_at, resolved_at)
        for id_, kind, queue, state, assignee, reasons, due_at, opened_at, resolved_at in _cases(conversation=conversation_id)
    ]


@prepared
def _cases() -> QuerySet:
    running = Clock.objects.filter(case_id=OuterRef("pk"), stopped_at=None).values("due_at")
    columns = ("id", "kind", "queue__name", "state", "assignee__name", "reasons", Subquery(running), "opened_at", "resolved_at")
    return Case.objects.filter(conversation_id=given("conversation")).order_by("state", "-id").values_list(*columns)


def person(conversation: Talk, opened: Opened) -> Person:
    """Who is behind a conversation, as far as the viewer that it was opened for may know. One query at most."""
    opener = next(face for face in opened.faces if face.id == conversation.opener_id)
    name = opener.customer_name or opener.name or opener.handle or opener.external_id
    if opener.customer_id is None:
        return Person(None, name, [opener], [])
    theirs = (face for face in opened.faces if face.customer_id == opener.customer_id)
    faces = sorted(theirs, key=lambda face: face.first_seen_at)
    return Person(opener.customer_id, name, faces, identity.reasons_among(face.id for face in faces))


def others_of(viewer: Viewer, conversation: Talk, faces: Iterable[Known]) -> list[Other]:
    """The same person's other conversations, newest first."""
    return [Other(*row) for row in _others(viewer, conversation=conversation.id, identities=[face.id for face in faces])]


@prepared
def _others(viewer: Viewer) -> QuerySet:
    theirs = Participant.objects.filter(identity_id__in=given_ids("identities")).values("conversation_id")
    others = visible_conversations(viewer).filter(id__in=theirs).exclude(id=given("conversation")).order_by("-last_at")
    return others.values_list(*Other._fields)[:OTHERS]


def colleagues(viewer: Viewer) -> list[Named]:
    """Those to whom a conversation can be given, by name."""
    return [Named(id_, name) for id_, name, role in _members(viewer) if roles.may(Role(role), "conversation.reply")]


@prepared
def _members(viewer: Viewer) -> QuerySet:
    return people.members(viewer).prefetch_related(None).filter(is_active=True).values_list("id", "name", "role")


def queues_to_move_to(viewer: Viewer) -> list[Named]:
    return [Named(*row) for row in _queues(viewer)]


@prepared
def _queues(viewer: Viewer) -> QuerySet:
    return visible_queues(viewer).values_list("id", "name")


def _entries(conversation_id: int, before: Place | None, limit: int) -> list[tuple]:
    """(moment, interaction id, why it stands here), newest first."""
    if before is None or before.moment is None:
        return _newest_entries(limit, conversation=conversation_id)
    return _entries_before(limit, conversation=conversation_id, moment=before.moment, id=before.id)


@prepared
def _newest_entries(limit: int) -> QuerySet:
    entries = Entry.objects.filter(conversation_id=given("conversation"))
    return entries.order_by("-occurred_at", "-interaction_id").values_list("occurred_at", "interaction_id", "why")[:limit]


@prepared
def _entries_before(limit: int) -> QuerySet:
    moment = given_moment("moment")
    entries = Entry.objects.filter(
        Q(occurred_at__lt=moment) | Q(occurred_at=moment, interaction_id__lt=given("id")), conversation_id=given("conversation")
    )
    return entries.order_by("-occurred_at", "-interaction_id").values_list("occurred_at", "interaction_id", "why")[:limit]


def _spoken(viewer: Viewer, whys: Mapping[int, str]) -> list[Spoken]:
    """`whys`: {interaction: why it stands here}, in the order in which they are told."""
    voices = listening.voices(viewer, whys)
    verdicts = understanding.verdicts_on(voices)  # `voices` has asked what the viewer sees
    settled = settled_of(voices)
    sources = linked_from(voices)
    known = _marks(viewer, voices)
    return [
        Spoken(voices[i], verdicts.get(i), settled.get(i), sources.get(i, ()), known.get(i, ()), why)
        for i, why in whys.items()
        if i in voices
    ]


def _marks(viewer: Viewer, voices: Mapping[int, Voice]) -> Mapping[int, Sequence[Mark]]:
    found: dict[int, list[Mark]] = {}
    for know in marks:
        for interaction_id, mark in know(viewer, list(voices.values())):
            found.setdefault(interaction_id, []).append(mark)
    return found


def _beat(spoken: Spoken) -> Beat:
    voice = spoken.voice
    template = "routing/story/live.html" if voice.kind in WAYS else "routing/story/message.html"
    return Beat(voice.occurred_at, f"voice-{voice.id}", template, spoken, "" if voice.is_ours else way_of(voice))


def way_of(voice: Voice) -> str:
    """The channel as the customer would name it: a call that a colleague logged came by phone."""
    return WAYS.get(voice.kind, voice.account_kind)


def _steps(in_order: list[Beat], zone: tzinfo) -> list[Step]:
    steps: list[Step] = []
    heard_by, heard_at = "", None
    day: date | None = None
    for beat in in_order:
        step = Step(beat)
        if (today := beat.at.astimezone(zone).date()) != day:
            step.new_day, day = beat.at, today
        if beat.channel:
            if heard_by and heard_at and heard_by != beat.channel:
                step.hop_from, step.hop_gap = heard_by, beat.at - heard_at
            heard_by, heard_at = beat.channel, beat.at
        steps.append(step)
    return steps
