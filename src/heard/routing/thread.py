"""Which conversation a voice belongs to: the fourth step of the walk.

A voice goes where its network says it answers, when its author belongs there; else on with the same customer's warm
conversation on the same matter, by whatever channel that went so far; else it opens one. A stranger who quotes an id or
a subject opens a conversation of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from heard.identity import selectors as identity
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.listening.channels.contract import Said
from heard.listening.write_down import Heard
from heard.routing.models import Case, Conversation, Entry, Participant, ThreadRef
from heard.routing.rules.matter import Matter, bare_subject, same_matter
from heard.routing.rules.triage import VoiceSigns, needs_conversation
from heard.understanding.assess import Understood, is_record

LIVE_KINDS = ("call", "meeting", "visit", "letter")
NOT_LIVE = ("dropped", "missed", "voicemail", "call back")


class Beginning(NamedTuple):
    """What threading knows of a conversation that begins with this batch."""

    opener_id: int
    channel_team_id: int | None
    subject: str
    started_at: datetime
    last_at: datetime


class Threaded(Struct, frozen=True, kw_only=True, gc=False):
    """An understood event with its conversation, or None for chatter and for what is about a voice not heard yet."""

    understood: Understood
    n: int  # place in the batch
    conversation_id: int | None = None
    signs: VoiceSigns | None = None  # of a voice never heard before
    begins: Beginning | None = None  # the conversation is new, and has no row yet


class _Talk:
    """A conversation as threading sees it, stored or about to be."""

    def __init__(self, id_: int | None, *, matter: Matter, opener_id: int) -> None:
        self.id, self.matter, self.opener_id = id_, matter, opener_id
        self.customers: set[int] = set()
        self.participants: set[int] = set()
        self.started_at: datetime = matter.at
        self.title = ""
        self.channel_team_id: int | None = None
        self.begins: Beginning | None = None  # of one that is about to be

    def went_on(self, matter: Matter) -> None:
        self.matter = Matter(
            self.matter.kinds | matter.kinds, self.matter.subject or matter.subject, max(self.matter.at, matter.at)
        )


def thread(understood: Sequence[Understood]) -> list[Threaded]:
    """One `Threaded` for each of `understood`, in order. A constant number of statements whatever the size of the batch.

    Conversations that begin have everything but their own row: `route` ends with it (see summary.py).
    """
    fresh = sorted((_Voice(u) for u in understood if u.recognised.heard.is_new), key=_Voice.order)
    book = _Book(fresh)
    for voice in fresh:
        book.place(voice)
    book.write(fresh)
    new = {voice.heard.spoken.n: voice for voice in fresh}
    known = _conversations_of(u.recognised.heard.interaction_id for u in understood if not u.recognised.heard.is_new)
    return [_threaded(u, n, new.get(n), known) for n, u in enumerate(understood)]


def _threaded(u: Understood, n: int, voice: "_Voice | None", known: dict[int, int]) -> Threaded:
    if voice is not None:
        talk = voice.talk
        if talk is None:
            return Threaded(understood=u, n=n, signs=voice.signs)
        return Threaded(understood=u, n=n, conversation_id=talk.id, signs=voice.signs, begins=talk.begins)
    return Threaded(understood=u, n=n, conversation_id=known.get(u.recognised.heard.interaction_id or 0))


def _conversations_of(interaction_ids: Iterable[int | None]) -> dict[int, int]:
    wanted = {(i,) for i in interaction_ids if i}
    return {key[0]: row[0] for key, row in bulk.existing(Entry, ["interaction_id"], wanted, ["conversation_id"]).items()}


def signs_of(u: Understood) -> VoiceSigns:
    heard, reading = u.recognised.heard, u.reading
    event = heard.spoken.event
    live = event.kind in LIVE_KINDS and event.extra.get("outcome") not in NOT_LIVE and not is_record(event)
    if reading is None:
        return VoiceSigns(event.kind, event.addressed, heard.is_withdrawn, (), False, False, 0, False, live)
    return VoiceSigns(
        kind=event.kind,
        addressed=event.addressed,
        withdrawn=heard.is_withdrawn,
        kinds=tuple(reading.kinds),
        answer_due=reading.answer_due,
        operational=reading.operational,
        urgency=reading.urgency,
        has_open_case=False,
        happened_live=live,
    )


def _matter_of(u: Understood) -> Matter:
    event = u.recognised.heard.spoken.event
    kinds = frozenset(u.reading.kinds) if u.reading else frozenset()
    return Matter(kinds, bare_subject(event.subject), event.occurred_at)


def _refs_of(event: Said) -> list[str]:
    """Network ids that lead from this voice to its thread, nearest first."""
    if not event.references and not event.parent_ref and not event.thread_ref:
        return [event.external_id[:500]]
    found = [event.external_id, event.parent_ref, *reversed(event.references), event.thread_ref]
    return list(dict.fromkeys(ref[:500] for ref in found if ref))


class _Voice:
    """A voice never heard before, with what threading asks of it again and again, and its conversation once it has one."""

    __slots__ = ("customer_id", "deserves", "event", "heard", "refs", "signs", "talk", "understood")

    def __init__(self, u: Understood) -> None:
        self.understood, self.heard, self.customer_id = u, u.recognised.heard, u.recognised.customer_id
        self.event: Said = self.heard.spoken.event  # type: ignore[assignment]  # only voices are new
        account_id = self.heard.spoken.account_id
        self.refs = [(account_id, ref) for ref in _refs_of(self.event)]
        self.signs = signs_of(u)
        self.deserves = self._deserves()
        self.talk: _Talk | None = None

    def order(self) -> int:
        """Oldest first: ids were given in the order of time, so that a batch reads like a stream."""
        return self.heard.interaction_id or 0

    def matter(self) -> Matter:
        return _matter_of(self.understood)

    def _deserves(self) -> bool:
        if self.event.direction == "outbound":
            return self.customer_id is not None
        if self.event.kind in ("bounce", "auto_reply"):
            return False
        return needs_conversation(self.signs)


def _who(heard: Heard) -> int | None:
    """The identity on the other side."""
    if heard.spoken.event.direction == "inbound":  # type: ignore[union-attr]
        return heard.identity_id
    return heard.recipients[0].id if heard.recipients else None


class _Book:
    """The conversations that a batch may go on with, read once, and the new ones it opens."""

    def __init__(self, fresh: Sequence[_Voice]) -> None:
        self.talks: dict[int, _Talk] = {}
        self.by_ref: dict[tuple[int, str], list[_Talk]] = {}
        self.by_customer: dict[int, list[_Talk]] = {}
        self.new: list[_Talk] = []
        self.new_refs: dict[tuple[int, str, int], _Talk] = {}
        self.teams = listening.teams_of_accounts(v.heard.spoken.account_id for v in fresh)
        self.new_participants: list[tuple[_Talk, int]] = []
        if fresh:
            self._read(fresh)

    def _read(self, fresh: Sequence[_Voice]) -> None:
        leads = bulk.select(ThreadRef, ["account_id", "ref"], {ref for v in fresh for ref in v.refs}, ["conversation_id"])
        met_before = {v.customer_id for v in fresh if v.customer_id and not v.understood.recognised.is_stranger}
        customer_of_member = {i: c for c, members in identity.identities_of(met_before).items() for i in members}
        takes_part = bulk.select(Participant, ["identity_id"], [(i,) for i in customer_of_member], ["conversation_id"])
        ids = {row[2] for row in leads} | {row[1] for row in takes_part}
        fields = ["subject", "kinds", "last_at", "started_at", "opener_id", "channel_team_id"]
        for (id_,), (subject, kinds, last_at, started_at, opener_id, channel_team_id) in bulk.existing(
            Conversation, ["id"], [(i,) for i in ids], fields
        ).items():
            talk = _Talk(id_, matter=Matter(frozenset(kinds), bare_subject(subject), last_at), opener_id=opener_id)
            talk.started_at, talk.channel_team_id = started_at, channel_team_id
            self.talks[id_] = talk
        everyone = bulk.select(Participant, ["conversation_id"], [(i,) for i in ids], ["identity_id"])
        customers = identity.customers_of({row[1] for row in everyone})
        for conversation_id, identity_id in everyone:
            talk = self.talks[conversation_id]
            talk.participants.add(identity_id)
            if identity_id in customers:
                talk.customers.add(customers[identity_id])
        for account_id, ref, conversation_id in leads:
            self.by_ref.setdefault((account_id, ref), []).append(self.talks[conversation_id])
        for talk in self.talks.values():
            for customer_id in talk.customers:
                self.by_customer.setdefault(customer_id, []).append(talk)

    def place(self, v: _Voice) -> None:
        """Give one voice its conversation, or none. Voices come oldest first."""
        talk = self._by_reference(v) or (self._by_matter(v) if v.deserves else None)
        if talk is None:
            if not v.deserves:
                return
            talk = self._open(v)
        v.talk = talk
        talk.went_on(v.matter())
        self._let_in(talk, _who(v.heard), v.customer_id)
        for ref in v.refs:
            self._remember(ref, talk)

    def _by_reference(self, v: _Voice) -> _Talk | None:
        """What the network says this answers, if the author belongs there. Our own words belong wherever they answer."""
        ours = v.event.direction == "outbound" and v.customer_id is None
        for ref in v.refs:
            for talk in sorted(self.by_ref.get(ref, ()), key=lambda t: t.started_at):
                if v.customer_id in talk.customers or ours:
                    return talk
        return None

    def _by_matter(self, v: _Voice) -> _Talk | None:
        """The customer's newest conversation that is still warm and about the same thing.

        Only among channels of one team: what is said on a team's own channel stays with those who may hear it.
        """
        if v.customer_id is None or v.event.kind in ("bounce", "auto_reply"):
            return None
        matter, team_id = v.matter(), self.teams[v.heard.spoken.account_id]
        warm = [
            t for t in self.by_customer.get(v.customer_id, ()) if t.channel_team_id == team_id and same_matter(t.matter, matter)
        ]
        return max(warm, key=lambda t: t.matter.at, default=None)

    def _open(self, v: _Voice) -> _Talk:
        who = _who(v.heard)
        assert who is not None  # our own words open one only towards a customer
        talk = _Talk(None, matter=v.matter(), opener_id=who)
        talk.title = v.event.subject[:500]
        talk.channel_team_id = self.teams[v.heard.spoken.account_id]
        self.new.append(talk)
        return talk

    def _let_in(self, talk: _Talk, identity_id: int | None, customer_id: int | None) -> None:
        if identity_id is not None and identity_id not in talk.participants:
            talk.participants.add(identity_id)
            self.new_participants.append((talk, identity_id))
        if customer_id is not None and customer_id not in talk.customers:
            talk.customers.add(customer_id)
            self.by_customer.setdefault(customer_id, []).append(talk)

    def _remember(self, ref: tuple[int, str], talk: _Talk) -> None:
        leads = self.by_ref.setdefault(ref, [])
        if talk not in leads:
            leads.append(talk)
            self.new_refs[(*ref, id(talk))] = talk

    def write(self, fresh: Sequence[_Voice]) -> None:
        self._begin_conversations()
        since = {t.id: t.matter.at for t in [*self.new, *self.talks.values()]}
        participants = [[t.id, identity_id, since[t.id]] for t, identity_id in self.new_participants]
        bulk.insert(Participant, ["conversation_id", "identity_id", "since"], participants)
        refs = [[account_id, ref, t.id] for (account_id, ref, _), t in self.new_refs.items()]
        bulk.insert(ThreadRef, ["account_id", "ref", "conversation_id"], refs)
        entries = [[v.talk.id, v.heard.interaction_id, v.event.occurred_at] for v in fresh if v.talk]
        bulk.insert(Entry, ["conversation_id", "interaction_id", "occurred_at"], entries)

    def _begin_conversations(self) -> None:
        """They have an id now; their row is written once, at the end of the walk, when all is known that it says."""
        for talk, id_ in zip(self.new, bulk.reserve_ids(Conversation, len(self.new)), strict=True):
            talk.id = id_
            talk.begins = Beginning(talk.opener_id, talk.channel_team_id, talk.title, talk.started_at, talk.matter.at)


def open_cases(conversation_ids: Iterable[int]) -> dict[int, dict[str, tuple[int, int, int]]]:
    """{conversation: {kind: (case id, queue id, urgency)}} of cases that are open. One query."""
    found: dict[int, dict[str, tuple[int, int, int]]] = {}
    for conversation_id, id_, kind, queue_id, urgency, state in bulk.select(
        Case, ["conversation_id"], [(c,) for c in conversation_ids], ["id", "kind", "queue_id", "urgency", "state"]
    ):
        if state == Case.State.OPEN:
            found.setdefault(conversation_id, {})[kind] = (id_, queue_id, urgency)
    return found
