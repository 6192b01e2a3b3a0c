"""Which conversation a voice belongs to: the fourth step of the walk.

A voice goes where its network says it answers, when its author belongs there; else on with the same customer's warm
conversation on the same matter, by whatever channel that went so far; else it opens one. A stranger who quotes an id or
a subject opens a conversation of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from heard.identity import selectors as identity
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.listening.channels.contract import Said
from heard.routing.models import Case, Conversation, Entry, Participant, ThreadRef
from heard.routing.rules.matter import Matter, bare_subject, same_matter
from heard.routing.rules.triage import VoiceSigns, needs_conversation
from heard.understanding.assess import Understood

# What summary.py fills in at the end of the walk, for conversations that begin.
_BLANK = {
    "state": "open",
    "preview": "",
    "channel_kinds": [],
    "kinds": [],
    "sentiment": "neutral",
    "language": "",
    "is_public": False,
    "urgency": 0,
    "order_reasons": [],
    "message_count": 0,
}
LIVE_KINDS = ("call", "meeting", "visit", "letter")


class Threaded(Struct, frozen=True, kw_only=True, gc=False):
    """An understood event with its conversation, or None for chatter and for what is about a voice not heard yet."""

    understood: Understood
    conversation_id: int | None = None


class _Talk:
    """A conversation as threading sees it, stored or about to be."""

    def __init__(self, id_: int | None, *, matter: Matter, opener_id: int) -> None:
        self.id, self.matter, self.opener_id = id_, matter, opener_id
        self.customers: set[int] = set()
        self.participants: set[int] = set()
        self.started_at: datetime = matter.at
        self.title = ""
        self.channel_team_id: int | None = None

    def went_on(self, matter: Matter) -> None:
        self.matter = Matter(
            self.matter.kinds | matter.kinds, self.matter.subject or matter.subject, max(self.matter.at, matter.at)
        )


def thread(understood: Sequence[Understood]) -> list[Threaded]:
    """One `Threaded` for each of `understood`, in order. A constant number of statements whatever the size of the batch."""
    fresh = [u for u in understood if u.recognised.heard.is_new]
    book = _Book(fresh)
    placed: dict[int, _Talk] = {}
    for u in sorted(fresh, key=lambda u: (u.recognised.heard.spoken.event.occurred_at, u.recognised.heard.interaction_id)):
        if talk := book.place(u):
            placed[u.recognised.heard.spoken.n] = talk
    book.write(fresh, placed)
    known = _conversations_of(u.recognised.heard.interaction_id for u in understood if not u.recognised.heard.is_new)
    return [Threaded(understood=u, conversation_id=_where(u, placed, known)) for u in understood]


def _where(u: Understood, placed: dict[int, _Talk], known: dict[int, int]) -> int | None:
    heard = u.recognised.heard
    if heard.is_new:
        talk = placed.get(heard.spoken.n)
        return talk.id if talk else None
    return known.get(heard.interaction_id) if heard.interaction_id else None


def _conversations_of(interaction_ids: Iterable[int | None]) -> dict[int, int]:
    wanted = {(i,) for i in interaction_ids if i}
    return {key[0]: row[0] for key, row in bulk.existing(Entry, ["interaction_id"], wanted, ["conversation_id"]).items()}


def signs_of(u: Understood, *, has_open_case: bool = False) -> VoiceSigns:
    heard, reading = u.recognised.heard, u.reading
    event = heard.spoken.event
    return VoiceSigns(
        kind=event.kind,
        addressed=event.addressed,
        withdrawn=heard.is_withdrawn,
        kinds=tuple(reading.kinds) if reading else (),
        answer_due=bool(reading and reading.answer_due),
        operational=bool(reading and reading.operational),
        urgency=reading.urgency if reading else 0,
        has_open_case=has_open_case,
        happened_live=event.kind in LIVE_KINDS and event.extra.get("outcome") not in ("dropped", "missed", "voicemail"),
    )


def _matter_of(u: Understood) -> Matter:
    event = u.recognised.heard.spoken.event
    kinds = frozenset(u.reading.kinds) if u.reading else frozenset()
    return Matter(kinds, bare_subject(event.subject), event.occurred_at)


def _refs_of(event: Said) -> list[str]:
    """Network ids that lead from this voice to its thread, nearest first."""
    found = [event.external_id, event.parent_ref, *reversed(event.references), event.thread_ref]
    return list(dict.fromkeys(ref[:500] for ref in found if ref))


class _Book:
    """The conversations that a batch may go on with, read once, and the new ones it opens."""

    def __init__(self, fresh: Sequence[Understood]) -> None:
        self.talks: dict[int, _Talk] = {}
        self.by_ref: dict[tuple[int, str], list[_Talk]] = {}
        self.by_customer: dict[int, list[_Talk]] = {}
        self.new: list[_Talk] = []
        self.new_refs: dict[tuple[int, str, int], _Talk] = {}
        self.teams = listening.teams_of_accounts(u.recognised.heard.spoken.account_id for u in fresh)
        self.new_participants: list[tuple[_Talk, int]] = []
        if fresh:
            self._read(fresh)

    def _read(self, fresh: Sequence[Understood]) -> None:
        refs = {(u.recognised.heard.spoken.account_id, ref) for u in fresh for ref in _refs_of(u.recognised.heard.spoken.event)}
        leads = bulk.select(ThreadRef, ["account_id", "ref"], refs, ["conversation_id"])
        customer_of_member = {i: c for c, members in self._members(fresh).items() for i in members}
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

    def _members(self, fresh: Sequence[Understood]) -> dict[int, list[int]]:
        return identity.identities_of({u.recognised.customer_id for u in fresh if u.recognised.customer_id})

    def place(self, u: Understood) -> _Talk | None:
        """The conversation of one voice; voices come oldest first, so a batch reads like a stream."""
        heard, event = u.recognised.heard, u.recognised.heard.spoken.event
        refs = [(heard.spoken.account_id, ref) for ref in _refs_of(event)]
        talk = self._by_reference(u, refs) or self._by_matter(u)
        if talk is None:
            if not self._deserves(u):
                return None
            talk = self._open(u)
        talk.went_on(_matter_of(u))
        who = heard.identity_id if event.direction == "inbound" else next(iter(heard.recipient_ids), None)
        self._let_in(talk, who, u.recognised.customer_id)
        for ref in refs:
            self._remember(ref, talk)
        return talk

    def _by_reference(self, u: Understood, refs: list[tuple[int, str]]) -> _Talk | None:
        """What the network says this answers, if the author belongs there. Our own words belong wherever they answer."""
        outbound = u.recognised.heard.spoken.event.direction == "outbound"
        customer_id = u.recognised.customer_id
        for ref in refs:
            for talk in sorted(self.by_ref.get(ref, ()), key=lambda t: t.started_at):
                if customer_id in talk.customers or (outbound and customer_id is None):
                    return talk
        return None

    def _by_matter(self, u: Understood) -> _Talk | None:
        """The customer's newest conversation that is still warm and about the same thing.

        Only among channels of one team: what is said on a team's own channel stays with those who may hear it.
        """
        if u.recognised.customer_id is None or not self._deserves(u):
            return None
        if u.recognised.heard.spoken.event.kind in ("bounce", "auto_reply"):
            return None
        matter, team_id = _matter_of(u), self.teams[u.recognised.heard.spoken.account_id]
        warm = [
            t
            for t in self.by_customer.get(u.recognised.customer_id, ())
            if t.channel_team_id == team_id and same_matter(t.matter, matter)
        ]
        return max(warm, key=lambda t: t.matter.at, default=None)

    def _deserves(self, u: Understood) -> bool:
        event = u.recognised.heard.spoken.event
        if event.direction == "outbound":
            return u.recognised.customer_id is not None
        if event.kind in ("bounce", "auto_reply"):
            return False
        return needs_conversation(signs_of(u))

    def _open(self, u: Understood) -> _Talk:
        heard, event = u.recognised.heard, u.recognised.heard.spoken.event
        opener_id = heard.identity_id if event.direction == "inbound" else heard.recipient_ids[0]
        talk = _Talk(None, matter=_matter_of(u), opener_id=opener_id)
        talk.title = event.subject[:500]
        talk.channel_team_id = self.teams[heard.spoken.account_id]
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

    def write(self, fresh: Sequence[Understood], placed: dict[int, _Talk]) -> None:
        self._write_conversations()
        since = {t.id: t.matter.at for t in [*self.new, *self.talks.values()]}
        participants = [[t.id, identity_id, since[t.id]] for t, identity_id in self.new_participants]
        bulk.insert(Participant, ["conversation_id", "identity_id", "since"], participants)
        refs = [[account_id, ref, t.id] for (account_id, ref, _), t in self.new_refs.items()]
        bulk.insert(ThreadRef, ["account_id", "ref", "conversation_id"], refs)
        heard = [u.recognised.heard for u in fresh if u.recognised.heard.spoken.n in placed]
        entries = [[placed[h.spoken.n].id, h.interaction_id, h.spoken.event.occurred_at] for h in heard]
        bulk.insert(Entry, ["conversation_id", "interaction_id", "occurred_at"], entries)

    def _write_conversations(self) -> None:
        for talk, id_ in zip(self.new, bulk.reserve_ids(Conversation, len(self.new)), strict=True):
            talk.id = id_
        fields = ["id", "opener_id", "channel_team_id", "team_id", "subject", "started_at", "last_at", *_BLANK]
        rows = [
            [t.id, t.opener_id, t.channel_team_id, t.channel_team_id, t.title, t.started_at, t.matter.at, *_BLANK.values()]
            for t in self.new
        ]
        bulk.insert(Conversation, fields, rows)


def open_cases(conversation_ids: Iterable[int]) -> dict[int, dict[str, tuple[int, int, int]]]:
    """{conversation: {kind: (case id, queue id, urgency)}} of cases that are open. One query."""
    found: dict[int, dict[str, tuple[int, int, int]]] = {}
    for conversation_id, id_, kind, queue_id, urgency, state in bulk.select(
        Case, ["conversation_id"], [(c,) for c in conversation_ids], ["id", "kind", "queue_id", "urgency", "state"]
    ):
        if state == Case.State.OPEN:
            found.setdefault(conversation_id, {})[kind] = (id_, queue_id, urgency)
    return found
