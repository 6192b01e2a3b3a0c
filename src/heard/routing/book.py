"""The conversations that a batch of voices may go on with, read once, and the new ones it opens."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from heard.identity import selectors as identity
from heard.kernel import bulk
from heard.listening import selectors as listening
from heard.routing.models import Conversation, Entry, LooseRef, Participant, ThreadRef
from heard.routing.rules.admission import admission, is_pretended
from heard.routing.rules.matter import Matter, bare_subject, same_matter
from heard.routing.voices import Fresh, Ref, Voice

LOOKED_AT = 60  # a conversation with more messages is about everything: its kinds tell no two matters apart
NEVER = datetime.min.replace(tzinfo=UTC)
OURS = 0  # in LooseRef.whose


class Beginning(NamedTuple):
    """What threading knows of a conversation that begins with this batch."""

    opener_id: int
    channel_team_id: int | None
    subject: str
    started_at: datetime
    last_at: datetime


class Talk:
    """A conversation as threading sees it, stored or about to be."""

    def __init__(self, id_: int | None) -> None:
        self.id = id_
        self.stored_title = ""
        self.known_until = NEVER  # when its newest message came, of those that were stored before this batch
        self.clear()

    def clear(self) -> None:
        """Nothing was said yet."""
        self.kinds: frozenset[str] = frozenset()
        self.subject = ""  # bare
        self.title = ""
        self.last_at = self.started_at = NEVER
        self.count = 0
        self.opener_id = 0
        self.owner_id: int | None = None  # the opener's customer
        self.channel_team_id: int | None = None
        self.customers: set[int] = set()
        self.participants: set[int] = set()
        self.voices: list[Any] = []  # of those that are threaded now
        self.begins: Beginning | None = None  # of one that is about to be

    @property
    def matter(self) -> Matter:
        return Matter(self.kinds if self.count <= LOOKED_AT else frozenset(), self.subject, self.last_at)

    def goes_on(self, v: Voice) -> None:
        matter = v.matter
        if matter.subject and not self.subject:
            self.subject, self.title = matter.subject, v.subject[:500]
        self.kinds |= matter.kinds
        self.last_at = max(self.last_at, matter.at)
        self.count += 1
        self.voices.append(v)


class Book:
    """`late`: {customer: since when} of those in whose past something was said that we hear only now; see retell.py."""

    def __init__(self, fresh: Sequence[Fresh], *, also: Collection[int] = ()) -> None:
        self.talks: dict[int, Talk] = {}
        self.by_ref: dict[Ref, list[Talk]] = {}
        self.by_customer: dict[int, list[Talk]] = {}
        self.new: list[Talk] = []
        self.late: dict[int, datetime] = {}
        self.new_participants: list[tuple[Talk, int, datetime, bool]] = []  # the last: in their own right
        self.new_refs: list[tuple[Ref, Talk]] = []
        self.teams = listening.teams_of_accounts(v.account_id for v in fresh)
        if fresh or also:
            self._read(fresh, also)

    def _read(self, fresh: Sequence[Fresh], also: Collection[int]) -> None:
        leads = bulk.select(ThreadRef, ["account_id", "ref"], {ref for v in fresh for ref in v.refs}, ["conversation_id"])
        met_before = {v.customer_id for v in fresh if v.customer_id and not v.understood.recognised.is_stranger}.union(also)
        customer_of_member = {i: c for c, members in identity.identities_of(met_before).items() for i in members}
        takes_part = bulk.select(Participant, ["identity_id"], [(i,) for i in customer_of_member], ["conversation_id"])
        ids = {row[2] for row in leads} | {row[1] for row in takes_part}
        fields = ["subject", "kinds", "last_at", "started_at", "opener_id", "channel_team_id", "message_count"]
        for (id_,), row in bulk.existing(Conversation, ["id"], [(i,) for i in ids], fields).items():
            self.talks[id_] = _stored(id_, row)
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
            talk.owner_id = customers.get(talk.opener_id)
            if talk.owner_id is not None:
                self.by_customer.setdefault(talk.owner_id, []).append(talk)

    def forget(self, talks: Collection[Talk]) -> None:
        """As if nothing had been said in these yet."""
        gone = set(map(id, talks))
        for leads in [*self.by_ref.values(), *self.by_customer.values()]:
            leads[:] = [t for t in leads if id(t) not in gone]
        for talk in talks:
            talk.clear()

    def place(self, v: Voice) -> None:
        """Give one voice its conversation, or none. Voices come in their order."""
        if not v.deserves and len(v.refs) == 1 and v.refs[0] not in self.by_ref and not v.is_pinned:
            return  # chatter that answers nothing, most of what a monitor finds
        talk = v.was if v.is_pinned else self._by_reference(v) or (self._by_matter(v) if v.deserves else None)
        if talk is None:
            if not v.deserves:
                return
            talk = Talk(None)
            self.new.append(talk)
        if talk.started_at is NEVER:
            self._begin(talk, v)
        v.talk = talk
        self._note_late(v)
        talk.goes_on(v)
        self._let_in(talk, v)
        for ref in v.refs:
            leads = self.by_ref.setdefault(ref, [])
            if talk not in leads:
                leads.append(talk)
                self.new_refs.append((ref, talk))

    def _by_reference(self, v: Voice) -> Talk | None:
        """What the network says this answers, if the author belongs there. Our own words belong wherever they answer."""
        claim, is_ours = v.claim, v.is_ours
        for ref in v.leads():
            for talk in sorted(self.by_ref.get(ref, ()), key=lambda t: t.started_at):
                if v.is_flat and talk.known_until >= v.at:
                    self._late(v, talk, v.at)
                takes_part = v.customer_id in talk.customers or is_ours
                if claim is None:
                    if takes_part:
                        return talk
                    continue
                admitted = admission(claim, ref=ref[1], takes_part=takes_part)
                v.why = v.why or admitted.why
                if admitted.may_enter:
                    v.why = admitted.why
                    return talk
        return None

    def _by_matter(self, v: Voice) -> Talk | None:
        """The customer's newest conversation that is still warm and about the same thing.

        Only among channels of one team: what is said on a team's own channel stays with those who may hear it.
        """
        if v.customer_id is None or not v.has_matter or (v.claim is not None and is_pretended(v.claim)):
            return None
        theirs = self.by_customer.get(v.customer_id)
        if not theirs:
            return None
        matter, team_id = v.matter, self.teams[v.account_id]
        warm = [t for t in theirs if t.channel_team_id == team_id and same_matter(t.matter, matter)]
        return max(warm, key=lambda t: (t.last_at, t.started_at), default=None)

    def _begin(self, talk: Talk, v: Voice) -> None:
        who = v.who
        assert who is not None  # our own words open one only towards a customer
        talk.opener_id, talk.started_at, talk.title = who, v.at, v.subject[:500]
        talk.owner_id, talk.channel_team_id = v.customer_id, self.teams[v.account_id]
        if v.customer_id is not None:
            self.by_customer.setdefault(v.customer_id, []).append(talk)

    def _let_in(self, talk: Talk, v: Voice) -> None:
        who = v.who
        if who is not None and who not in talk.participants:
            own = not talk.participants or v.customer_id not in talk.customers
            talk.participants.add(who)
            self.new_participants.append((talk, who, v.at, own))
        if v.customer_id is not None:
            talk.customers.add(v.customer_id)

    # ── What comes too late ──

    def _note_late(self, v: Voice) -> None:
        """Whether anything that was threaded before might stand elsewhere, had this voice come in its time."""
        for talk in self.by_ref.get(v.refs[0], ()):  # somebody answered it before it came
            self._late(v, talk, min(v.at, talk.started_at))
        for talk in self.by_customer.get(v.customer_id or 0, ()):
            if talk.known_until >= v.at:
                self._late(v, talk, v.at)
        if v.talk.known_until >= v.at:
            self._late(v, v.talk, v.at)

    def _late(self, v: Voice, talk: Talk, since: datetime) -> None:
        for customer_id in talk.customers | {v.customer_id}:
            if customer_id is not None:
                self.late[customer_id] = min(since, self.late.get(customer_id, since))

    # ── Writing ──

    def begin(self, talks: Sequence[Talk]) -> None:
        """They have an id now; their row is written once, at the end of the walk, when all is known that it says."""
        for talk, id_ in zip(talks, bulk.reserve_ids(Conversation, len(talks)), strict=True):
            talk.id = id_
            talk.begins = Beginning(talk.opener_id, talk.channel_team_id, talk.title, talk.started_at, talk.last_at)

    def write(self, *, without: Collection[Talk] = ()) -> None:
        """Who came to take part, what leads to these conversations from now on, and what they are called."""
        left_out = set(map(id, without))
        participants = [[t.id, *who] for t, *who in self.new_participants if id(t) not in left_out]
        bulk.insert(Participant, ["conversation_id", "identity_id", "since", "in_own_right"], participants)
        refs = [[*ref, t.id] for ref, t in self.new_refs if id(t) not in left_out]
        bulk.insert(ThreadRef, ["account_id", "ref", "conversation_id"], refs)
        named = [[t.id, t.title] for t in self.talks.values() if t.title != t.stored_title and t.count]
        bulk.update(Conversation, "id", ["subject"], named)


def write_entries(voices: Iterable[Voice]) -> None:
    rows = [[v.talk.id, v.interaction_id, v.at, v.towards, v.why] for v in voices if v.talk]
    bulk.insert(Entry, ["conversation_id", "interaction_id", "occurred_at", "towards_id", "why"], rows)


def write_loose(voices: Iterable[Voice]) -> None:
    """What these refer to leads to no conversation yet; it may, once something earlier comes."""
    rows = [[*ref, v.whose, v.interaction_id, v.at] for v in voices if not v.talk and len(v.refs) > 1 for ref in v.leads()[1:]]
    bulk.insert(LooseRef, ["account_id", "ref", "whose", "interaction_id", "occurred_at"], rows)


def orphans_of(voices: Iterable[Voice]) -> list[tuple[Voice, int, datetime]]:
    """(voice, interaction, when) of what was heard before without a place, and would have gone where these are.

    One query, and none where nothing has a conversation.
    """
    wanted: dict[tuple[int, str, int], Voice] = {}
    for v in voices:
        for ref in v.refs:
            wanted.setdefault((*ref, v.whose), v)
        wanted.setdefault((*v.refs[0], OURS), v)
        if v.is_flat:
            wanted.setdefault((*v.refs[-1], OURS), v)
    found = []
    for *key, interaction_id, at in bulk.select(
        LooseRef, ["account_id", "ref", "whose"], wanted, ["interaction_id", "occurred_at"]
    ):
        v = wanted[tuple(key)]
        if at >= v.at or (key[0], key[1]) == v.refs[0]:
            found.append((v, interaction_id, at))
    return found


def _stored(id_: int, row: tuple) -> Talk:
    talk = Talk(id_)
    talk.title, kinds, talk.last_at, talk.started_at, talk.opener_id, talk.channel_team_id, talk.count = row
    talk.stored_title = talk.title
    talk.kinds, talk.subject, talk.known_until = frozenset(kinds), bare_subject(talk.title), talk.last_at
    return talk
