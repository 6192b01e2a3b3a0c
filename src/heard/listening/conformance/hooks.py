"""What a suite cannot know about a network. Override what fits yours; each default is right for a plain HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Literal

from msgspec.structs import replace

from heard.listening.channels.contract import (
    JSON,
    Account,
    Author,
    BaseAdapter,
    ConfigField,
    Context,
    Outgoing,
    Part,
    Request,
    Response,
)
from heard.listening.channels.lengths import length_of
from heard.listening.conformance.fixtures import ADDRESSES, account_of
from heard.listening.conformance.loopback import Answer, Asked, Loopback

WAIT_SECONDS = 17


@dataclass(frozen=True)
class Signing:
    """How far a network's signature reaches."""

    over_body: bool = True  # False: a call proves itself by a shared word alone, and so by any body
    window_seconds: int | None = None  # how old a signed call may be; None: the signature has no time


@dataclass(frozen=True)
class LostPlace:
    """A cursor that the network has forgotten, and how it says so."""

    cursor: JSON
    answer: Answer


class Hooks:
    """`adapter` must be given; everything else when the default does not fit."""

    adapter: ClassVar[BaseAdapter]

    # What the adapter talks to: "http" by `ctx.http`, "other" by sockets of its own, "none" when it talks to nobody.
    wire: ClassVar[Literal["http", "other", "none"]] = "http"
    # Somebody whom the network can reach; empty: an address of the declared `address_kind`.
    address: ClassVar[str] = ""
    # How the network says that a sign-in is over, and that it has had enough: with a wait of WAIT_SECONDS.
    signed_out: ClassVar[Answer] = Answer(status=401, body=b'{"error": "unauthorized"}')
    too_many: ClassVar[Answer] = Answer(
        status=429,
        body=b'{"error": "too many requests"}',
        headers={"content-type": "application/json", "retry-after": str(WAIT_SECONDS)},
    )
    lost_place: ClassVar[LostPlace | None] = None
    begins_at: ClassVar[dict] = {}  # the cursor from which the network of `answers` has something new
    signing: ClassVar[Signing] = Signing()

    def account(self, base_url: str) -> Account:
        """The account, connected to a network that answers at `base_url`.

        Every field of kind "url" is set to it; an adapter whose hosts are fixed needs nothing, for its requests end up there too.
        """
        given = account_of(self.adapter)
        urls = {field.name: base_url for field in self.adapter.config_fields if field.kind == "url"}
        secrets = {field.name: self.secret(field) for field in self.adapter.config_fields if field.secret}
        return replace(given, config={**given.config, **urls}, secrets=secrets)

    def secret(self, field: ConfigField) -> str:
        """A secret in the form that this field wants. It must never be seen again."""
        return f"canary-{field.name.replace('_', '-')}-8c1f3e77d2"

    def message(self, text: str) -> Outgoing:
        """What a member says to a customer who wrote before."""
        address = self.address or ADDRESSES[self.adapter.capabilities.address_kind]
        dana = Author(network=self.adapter.kind, external_id=address, handle=address, name="Dana")
        return Outgoing(text=text, to=dana, subject="Your question", visibility=self.adapter.capabilities.visibilities[0])

    def length(self, text: str) -> int:
        """As the network counts; override it where links or names count in a way of their own."""
        return length_of(text, self.adapter.capabilities.length_unit)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        """How the network answers when all is well; None: it knows nothing of the kind (404).

        `taken` are the requests that carried words of ours and arrived, so that you can show them again to `reconcile`.
        Overridden, it adds the checks of sending, of finding what went out, and of pulling the same page twice.
        """
        return None

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        """A call of the network's webhook with this body, signed at `at` with the secrets of `account`."""
        raise NotImplementedError

    def handshake(self, account: Account) -> tuple[Request, Response] | None:
        """The call by which the network asks whether a webhook is ours, and the right answer. None: it asks nothing."""
        return None

    # ── Made of these ───────────────────────────────────────────────────────────────────────────────────────────────

    def context(self, network: Loopback, url: str = "") -> Context:
        return Context(
            account=self.account(url or network.url),
            http=network.client(),
            now=lambda: datetime.now(UTC),
            permits=lambda address: True,
            hook_url="https://heard.example/hooks/1/",
        )

    def parts(self, text: str) -> list[Part]:
        return self.adapter.render(self.message(text), account_of(self.adapter))

    @classmethod
    def overrides(cls, hook: str) -> bool:
        return getattr(cls, hook) is not getattr(Hooks, hook)


def implements(adapter: BaseAdapter, verb: str) -> bool:
    return getattr(type(adapter), verb) is not getattr(BaseAdapter, verb)
