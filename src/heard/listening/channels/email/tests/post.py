"""What the tests of e-mail share: our account, and how a mail is read."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from heard.listening.channels.contract import Account, Context, Event, RawEvent, Said
from heard.listening.channels.email.adapter import Adapter

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECEIVED_AT = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
SUPPORT = Account(id=1, kind="email", name="Support", address="support@acme.example", config={"authserv_id": "mx.acme.example"})


def events(raw: bytes | str, account: Account = SUPPORT, **headers: str) -> list[Event]:
    body = raw.encode() if isinstance(raw, str) else raw
    return Adapter().normalise(RawEvent(key="k", body=body, headers=headers, received_at=RECEIVED_AT), account)


def said(raw: bytes | str, account: Account = SUPPORT, **headers: str) -> Said:
    return events(raw, account, **headers)[0]


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def mail(text: str = "Hello", **headers: str) -> str:
    """A plain mail; `subject="x"` makes a header, `reply_to` is Reply-To."""
    fields = {"from": "dana@home.example", "to": "support@acme.example", **headers}
    return "".join(f"{name.replace('_', '-').title()}: {value}\n" for name, value in fields.items()) + f"\n{text}\n"


def context(account: Account, *, permits=lambda address: True, stopping=lambda: False) -> Context:
    return Context(account=account, http=None, now=lambda: datetime.now(UTC), permits=permits, stopping=stopping)


def account_on(mail_server, address: str, **config) -> Account:
    """The mailbox of `address` on the test server, as an adapter sees it."""
    given = mail_server.account(address)
    account = Account(id=1, kind="email", name="Desk", address=address, **given)
    return msgspec.structs.replace(account, config={**account.config, **config})
