"""Our side of the conversation in these tests: an account as the administrator connected it, and the adapter at work."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from heard.kernel import http
from heard.listening.channels.bluesky.adapter import Adapter
from heard.listening.channels.contract import Account, Context, Event, Outgoing, PullPage, Said, Sent
from tests.support.servers.bluesky import Person
from tests.support.servers.waiting import wait_for

adapter = Adapter()


def account_of(person: Person, **config: object) -> Account:
    return Account(
        id=1,
        kind="bluesky",
        name="Acme",
        address=f"@{person.handle}",
        config={"base_url": person.base_url, **config},
        secrets={"app_password": person.app_password()},
    )


@dataclass
class Desk:
    """Pulls from where it was, as the worker does; what the adapter wants to keep is kept."""

    account: Account
    cursor: dict = field(default_factory=dict)

    @property
    def ctx(self) -> Context:
        return Context(
            account=msgspec.structs.replace(self.account, secrets=dict(self.account.secrets)),
            http=http.client(allow_private=True, timeout_seconds=30),
            now=lambda: datetime.now(UTC),
            keep=self.account.secrets.update,
        )

    def pull(self, **limits: int) -> PullPage:
        page = adapter.pull(self.ctx, self.cursor, **limits)
        self.cursor = msgspec.json.decode(msgspec.json.encode(page.cursor))  # as it comes back from the store
        return page

    def hear(self, **limits: int) -> list[Event]:
        return [event for raw in self.pull(**limits).deliveries for event in adapter.normalise(raw, self.account)]

    def hears(self, type_: type[Event], **is_so: object) -> Event:
        """The first event of this type with these values, once it has come; a str is looked for within the value."""
        return wait_for(lambda: next((e for e in self.hear() if isinstance(e, type_) and fits(e, is_so)), None), every=0.2)

    def said(self, words: str) -> Said:
        return self.hears(Said, text=words)

    def answer(self, said: Said, text: str, *, idem: str, **more: object) -> list[Sent]:
        message = Outgoing(text=text, to=said.author, visibility="public", in_reply_to=said.external_id, **more)
        return self.send(message, idem=idem)

    def send(self, message: Outgoing, *, idem: str) -> list[Sent]:
        """Part after part, as the sender does it."""
        sent: list[Sent] = []
        for part in adapter.render(message, self.account):
            above = {"in_reply_to": sent[-1].external_id} if sent else {}
            sent.append(adapter.send(self.ctx, msgspec.structs.replace(part, **above), idem=f"{idem}-{part.number}"))
        return sent


def fits(event: Event, is_so: dict[str, object]) -> bool:
    return all(
        wanted in getattr(event, name) if isinstance(wanted, str) else getattr(event, name) == wanted
        for name, wanted in is_so.items()
    )
