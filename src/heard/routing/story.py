"""Questions of the conversation page: its story, what is to be done about it, and who speaks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from heard.governance import selectors as people
from heard.governance.permissions import Viewer
from heard.identity import selectors as identity
from heard.kernel.rules import moments
from heard.listening import selectors as listening
from heard.listening.selectors import Voice
from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant
from heard.routing.rules.filters import Place
from heard.routing.selectors import Settled, settled_of, visible_conversations
from heard.routing.slots import Beat, beats
from heard.understanding import selectors as understanding
from heard.understanding.selectors import Verdict

LENGTH = 80  # voices shown at first; earlier ones on request
LIVE_KINDS = ("call", "meeting", "visit", "letter")


@dataclass(frozen=True)
class Spoken:
    """One voice in the story: its words, what was made of them, and what became of it."""

    voice: Voice
    verdict: Verdict | None
    disposition: Settled | None

    @property
    def is_waiting(self) -> bool:
        return self.disposition is not None and self.disposition.outcome == Disposition.Outcome.WAITING


@dataclass
class Step:
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


@dataclass(frozen=True)
class CaseView:
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


@dataclass(frozen=True)
class Person:
    """The customer of a conversation with all the faces we know, and why we think that they are one person."""

    customer_id: int | None
    name: str
    faces: list = field(default_factory=list)  # Identity
    reasons: list = field(default_factory=list)  # IdentityLink, those that stand

    @property
    def first_heard_at(self) -> datetime:
        return min(face.first_seen_at for face in self.faces)


def conversation(viewer: Viewer, conversation_id: int) -> Conversation:
    """Raises Conversation.DoesNotExist for one that the viewer does not see."""
    return visible_conversations(viewer).select_related("opener", "assignee", "team").get(pk=conversation_id)


def story(viewer: Viewer, conversation_id: int, *, before: Place | None = None, length: int = LENGTH) -> Story:
    """What was said and noted, oldest first: the newest `length` voices before a place and everything between them."""
    entries = _entries(conversation_id, before, length + 1)
    earlier, shown = entries[length:], entries[:length]
    spoken = _spoken(viewer, [interaction_id for _, interaction_id in shown])
    since = shown[-1][0] if earlier and shown else datetime.min.replace(tzinfo=UTC)
    until = before.moment if before and before.moment else datetime.max.replace(tzinfo=UTC)
    added = [b for bring in beats for b in bring(viewer, conversation_id, since) if since <= b.at < until]
    covered = {b.covers for b in added}
    told = [_beat(s) for s in spoken if s.voice.id not in covered]
    inbound = [s for s in spoken if not s.voice.is_ours and not s.voice.is_withdrawn]
    return Story(
        steps=_steps(sorted([*told, *added], key=lambda b: (b.at, b.key)), ZoneInfo(people.company().timezone)),
        earlier=Place(*shown[-1]) if earlier and shown else None,
        newest=max(inbound, key=lambda s: s.voice.occurred_at, default=None),
    )


def one_voice(viewer: Viewer, interaction_id: int) -> Spoken:
    """Raises Entry.DoesNotExist for a voice that the viewer does not see."""
    found = _spoken(viewer, [interaction_id])
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
    """Open ones first. Two queries."""
    rows = list(Case.objects.filter(conversation=conversation).select_related("queue", "assignee").order_by("state", "-id"))
    due = dict(Clock.objects.filter(case__in=[c.pk for c in rows], stopped_at=None).values_list("case_id", "due_at"))
    return [
        CaseView(
            id=c.pk,
            kind=c.kind,
            queue=c.queue.name,
            state=c.state,
            assignee=c.assignee.name if c.assignee else "",
            reasons=tuple(c.reasons),
            due_at=due.get(c.pk),
            opened_at=c.opened_at,
            resolved_at=c.resolved_at,
        )
        for c in rows
    ]


def person(viewer: Viewer, conversation: Conversation) -> Person:
    """Who is behind a conversation, as far as the viewer may know. Four queries."""
    customer_id = identity.customers_of([conversation.opener_id]).get(conversation.opener_id)
    if customer_id is None:
        return Person(None, conversation.opener.name or conversation.opener.handle, [conversation.opener])
    ids = {conversation.opener_id, *identity.identities_seen(viewer, [customer_id]).get(customer_id, [])}
    faces = sorted(listening.identities(ids).values(), key=lambda i: i.first_seen_at)
    reasons = [r for r in identity.reasons_about(ids) if r.withdrawn_at is None and {r.left_id, r.right_id} <= ids]
    name = identity.names_of([customer_id]).get(customer_id) or conversation.opener.name or conversation.opener.handle
    return Person(customer_id, name or conversation.opener.external_id, faces, reasons)


def others_of(viewer: Viewer, conversation: Conversation, faces: Iterable, *, limit: int = 8) -> list[Conversation]:
    """The same person's other conversations, newest first."""
    ids = Participant.objects.filter(identity_id__in=[f.pk for f in faces]).values("conversation_id")
    return list(visible_conversations(viewer).filter(id__in=ids).exclude(pk=conversation.pk).order_by("-last_at")[:limit])


def _entries(conversation_id: int, before: Place | None, limit: int) -> list[tuple[datetime, int]]:
    entries = Entry.objects.filter(conversation_id=conversation_id)
    if before is not None and before.moment is not None:
        entries = entries.filter(occurred_at__lt=before.moment) | entries.filter(
            occurred_at=before.moment, interaction_id__lt=before.id
        )
    return list(entries.order_by("-occurred_at", "-interaction_id").values_list("occurred_at", "interaction_id")[:limit])


def _spoken(viewer: Viewer, interaction_ids: list[int]) -> list[Spoken]:
    voices = listening.voices(viewer, interaction_ids)
    verdicts = understanding.verdicts_on(voices)  # `voices` has asked what the viewer sees
    settled = settled_of(voices)
    return [Spoken(voices[i], verdicts.get(i), settled.get(i)) for i in interaction_ids if i in voices]


def _beat(spoken: Spoken) -> Beat:
    voice = spoken.voice
    template = "routing/story/live.html" if voice.kind in LIVE_KINDS else "routing/story/message.html"
    return Beat(voice.occurred_at, f"voice-{voice.id}", template, spoken, "" if voice.is_ours else _way_of(voice))


def _way_of(voice: Voice) -> str:
    """The channel as the customer would name it: a call that a colleague logged came by phone."""
    return {"call": "phone", "meeting": "meeting", "visit": "web", "letter": "letter"}.get(voice.kind, voice.account_kind)


def _steps(in_order: list[Beat], zone: tzinfo) -> list[Step]:
    steps: list[Step] = []
    heard_by, heard_at = "", None
    for beat in in_order:
        step = Step(beat)
        if not steps or steps[-1].beat.at.astimezone(zone).date() != beat.at.astimezone(zone).date():
            step.new_day = beat.at
        if beat.channel:
            if heard_by and heard_at and heard_by != beat.channel:
                step.hop_from, step.hop_gap = heard_by, beat.at - heard_at
            heard_by, heard_at = beat.channel, beat.at
        steps.append(step)
    return steps
