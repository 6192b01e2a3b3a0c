"""Our side of the conversation in these tests: an account as the administrator connected it, and the adapter at work."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from heard.kernel import http
from heard.listening.channels.contract import Account, Author, Context, Event, Outgoing, PullPage, Said, Sent
from heard.listening.channels.mastodon.adapter import Adapter
from tests.support.servers.fediverse import Person

adapter = Adapter()


def account_of(person: Person, **config) -> Account:
    return Account(
        id=1,
        kind="mastodon",
        name="Acme",
        address=f"@{person.handle}",
        config={"base_url": person.base_url, **config},
        secrets={"access_token": person.token},
    )


@dataclass
class Desk:
    """Pulls from where it was, as the worker does."""

    account: Account
    cursor: dict = field(default_factory=dict)

    @property
    def ctx(self) -> Context:
        return Context(
            account=self.account, http=http.client(allow_private=True, timeout_seconds=30), now=lambda: datetime.now(UTC)
        )

    def pull(self, **limits) -> PullPage:
        page = adapter.pull(self.ctx, self.cursor, **limits)
        self.cursor = msgspec.json.decode(msgspec.json.encode(page.cursor))  # as it comes back from the store
        return page

    def hear(self, **limits) -> list[Event]:
        return [event for raw in self.pull(**limits).deliveries for event in adapter.normalise(raw, self.account)]

    def words(self, **limits) -> list[str]:
        return [event.text for event in self.hear(**limits) if isinstance(event, Said)]

    def answer(self, said: Said, text: str, *, idem: str = "key-1") -> list[Sent]:
        message = Outgoing(text=text, to=said.author, visibility=said.visibility, in_reply_to=said.external_id)
        return [adapter.send(self.ctx, part, idem=f"{idem}-{part.number}") for part in adapter.render(message, self.account)]


def somebody(address: str) -> Author:
    return Author(network="mastodon", external_id=address, handle=f"@{address}")
