"""Testnet: a network in memory that can be slow, rude, forgetful or cut off, and the adapter that talks to it.

It takes the place of a network, not of our code: the sender, the tables and the states around it are the real ones.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pytest
from msgspec import structs

from heard.listening.channels.contract import (
    Account,
    BaseAdapter,
    Capabilities,
    Context,
    Event,
    Outgoing,
    Part,
    RawEvent,
    Rejected,
    Sent,
)


class PulledPlug(BaseException):
    """The process dies here: nothing catches it, and no line after it runs."""


@dataclass
class Testnet:
    """`taken` is everything the network has accepted, in order. `plans` are what the next sends meet, one each."""

    __test__ = False
    taken: list[tuple[str, Part]] = field(default_factory=list)
    plans: deque = field(default_factory=deque)
    remembers_idem: bool = True  # the same key twice is one message
    shows_sent: bool = True  # reconcile finds what was taken

    def post(self, part: Part, idem: str) -> str:
        known = [n for n, (key, _) in enumerate(self.taken) if key == idem]
        if known and self.remembers_idem:
            return f"net-{known[0] + 1}"
        self.taken.append((idem, part))
        return f"net-{len(self.taken)}"

    def find(self, idem: str) -> str | None:
        return next((f"net-{n + 1}" for n, (key, _) in enumerate(self.taken) if key == idem), None)

    def texts(self) -> list[str]:
        return [part.text for _, part in self.taken]

    def before_it_hears(self, error: BaseException) -> None:
        """The next send fails on the way there."""
        self.plans.append(("before", error))

    def after_it_heard(self, error: BaseException) -> None:
        """The next send is taken, and fails on the way back."""
        self.plans.append(("after", error))

    def send(self, part: Part, idem: str) -> Sent:
        when, error = self.plans.popleft() if self.plans else ("never", None)
        if when == "before":
            raise error
        external_id = self.post(part, idem)
        if when == "after":
            raise error
        return Sent(external_id=external_id, permalink=f"https://testnet.example/{external_id}", sent_at=datetime.now(UTC))


class TestnetAdapter(BaseAdapter):
    __test__ = False
    kind = "testnet"
    label = "Testnet"
    capabilities = Capabilities(
        outbound=True,
        visibilities=("public", "private"),
        threading="tree",
        max_length=80,
        length_unit="characters",
        overflow="split",
        idempotent_send="native",
        can_reconcile=True,
        who_may_initiate="only_reply",
        private_reply=True,
        address_kind="handle",
        delivery_status=True,
    )

    def __init__(self, network: Testnet) -> None:
        self.network = network

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return msgspec.json.decode(raw.body, type=list[Event])

    def render(self, message: Outgoing, account: Account) -> list[Part]:
        limit = self.capabilities.max_length or len(message.text)
        texts = [message.text[i : i + limit] for i in range(0, len(message.text), limit)]
        if len(texts) > 1 and self.capabilities.overflow == "reject":
            raise Rejected("too long")
        return [
            Part(
                text=text,
                to=message.to,
                number=n,
                total=len(texts),
                visibility=message.visibility,
                in_reply_to=message.in_reply_to,
                thread_ref=message.thread_ref,
                references=message.references,
                from_name=message.from_name,
            )
            for n, text in enumerate(texts, start=1)
        ]

    def send(self, ctx: Context, part: Part, *, idem: str) -> Sent:
        return self.network.send(part, idem)

    def reconcile(self, ctx: Context, part: Part, *, idem: str) -> Sent | None:
        if not self.capabilities.can_reconcile or not self.network.shows_sent:
            return super().reconcile(ctx, part, idem=idem)
        found = self.network.find(idem)
        return Sent(external_id=found) if found else None


class ForgetfulAdapter(TestnetAdapter):
    """A network that cannot say what it took and takes the same key twice: e.g. a plain web hook."""

    kind = "forgetful"
    label = "Forgetful"
    capabilities = Capabilities(
        outbound=True, visibilities=("private",), max_length=20, overflow="reject", who_may_initiate="any", address_kind="email"
    )


class SlateAdapter(TestnetAdapter):
    """A network on which words can be changed and wiped off. `shows` is what stands there, `asked` every act it heard."""

    kind = "slate"
    label = "Slate"
    capabilities = structs.replace(TestnetAdapter.capabilities, edit=True, delete=True, delete_within_seconds=48 * 3600)

    def __init__(self, network):
        super().__init__(network)
        self.changed, self.asked, self.plans = {}, [], []

    def edit(self, ctx, external_id, part):
        self._hear(external_id, part.text)

    def delete(self, ctx, external_id):
        self._hear(external_id, None)

    def _hear(self, external_id, text):
        when, error = self.plans.pop(0) if self.plans else ("never", None)
        if when == "before":
            raise error
        self.asked.append((external_id, text))
        self.changed[external_id] = text
        if when == "after":
            raise error


@pytest.fixture
def testnet(monkeypatch):
    """The network, with both adapters installed as entry points would install them."""
    from heard.listening import accounts

    network = Testnet()
    for adapter in (TestnetAdapter(network), ForgetfulAdapter(network)):
        monkeypatch.setitem(accounts.adapters(), adapter.kind, adapter)
    return network


@pytest.fixture
def slate(testnet, monkeypatch):
    from heard.listening import accounts

    adapter = SlateAdapter(testnet)
    monkeypatch.setitem(accounts.adapters(), "slate", adapter)
    return adapter


@dataclass
class Talk:
    """Dana has written to us; ids of all that came of it."""

    account_id: int
    identity_id: int
    interaction_id: int
    conversation_id: int
    case_id: int


@pytest.fixture
def dana_writes(testnet, care):
    """A function: Dana says `text` on an account of `kind`, and it stands in a conversation of team Care, waiting."""
    from django.utils import timezone

    from heard.governance.permissions import HEARD
    from heard.identity.models import Customer, Face
    from heard.listening import actions as listening
    from heard.listening.models import Identity, Interaction
    from heard.routing.models import Case, Clock, Conversation, Disposition, Entry, Participant, Queue

    def write(
        text="My broadband is down.", *, kind="testnet", visibility="private", network="", handle="dana", address="", voice_id=""
    ) -> Talk:
        moment = timezone.now()
        account_id = listening.connect(
            HEARD, kind=kind, name=f"Our {kind}", address=f"us@{kind}.example", team_id=care.pk, **filled_in(kind)
        )
        identity, _ = Identity.objects.get_or_create(
            network=network or kind,
            external_id=address or f"{handle}@{kind}.example",
            defaults={"handle": f"@{handle}", "name": handle.title(), "first_seen_at": moment, "profile_at": moment},
        )
        if not Face.objects.filter(identity=identity).exists():
            customer = Customer.objects.create(name=identity.name, created_at=moment)
            Face.objects.create(identity=identity, customer=customer, home=customer)
        voice = Interaction.objects.create(
            account_id=account_id,
            external_id=voice_id or f"in-{account_id}-{handle}",
            identity=identity,
            direction="inbound",
            kind="message",
            visibility=visibility,
            occurred_at=moment,
            received_at=moment,
            text=text,
            thread_ref=f"thread-{account_id}",
        )
        queue, _ = Queue.objects.get_or_create(name="Care", defaults={"team": care})
        talk = Conversation.objects.create(
            opener=identity, team=care, started_at=moment, last_at=moment, last_inbound_at=moment, waiting_since=moment
        )
        Participant.objects.create(conversation=talk, identity=identity, since=moment)
        Entry.objects.create(conversation=talk, interaction=voice, occurred_at=moment)
        case = Case.objects.create(conversation=talk, kind="support", queue=queue, opened_at=moment)
        Clock.objects.create(case=case, started_at=moment, due_at=moment)
        Disposition.objects.create(interaction=voice, outcome="waiting", why="needs an answer", case=case, decided_at=moment)
        return Talk(account_id, identity.pk, voice.pk, talk.pk, case.pk)

    return write


VALUES = {"url": "https://server.example", "number": "25", "boolean": "yes", "list": "one"}


def filled_in(kind: str) -> dict:
    """`config` and `secrets` as an administrator would fill them in for an adapter of that kind."""
    from heard.listening.accounts import adapter_of

    fields = adapter_of(kind).config_fields
    value = {f.name: f.default or (f.choices[0] if f.choices else VALUES.get(f.kind, "something")) for f in fields}
    return {
        "config": {f.name: value[f.name] for f in fields if not f.secret},
        "secrets": {f.name: value[f.name] for f in fields if f.secret},
    }
