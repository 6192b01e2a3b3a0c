"""What every channel adapter must keep, whichever network it speaks: promises of contract.py as plain checks.

    fixtures/NAME.EXT               one delivery as it arrived: captured, or made by hand
    fixtures/NAME.headers.json      optional: the headers and content type that came with it
    fixtures/NAME.events.jsonl      what it means, one event a line: the snapshot
    fixtures/account.json           optional: the account it was delivered to

`python -m tests.support.conformance KIND` writes the snapshots of a channel anew; read the difference before you commit it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import msgspec

from heard.listening.channels.contract import Account, Author, BaseAdapter, Event, Outgoing, Part, RawEvent, encoded

SNAPSHOT = ".events.jsonl"
HEADERS = ".headers.json"
ARRIVED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTENT_TYPES = {".json": "application/json", ".eml": "message/rfc822", ".xml": "application/xml", ".csv": "text/csv"}
LENGTHS = {
    "characters": len,
    "graphemes": len,  # an upper bound: no grapheme has less than one character
    "utf16": lambda text: len(text.encode("utf-16-le")) // 2,
    "bytes": lambda text: len(text.encode()),
    "sms_segments": lambda text: -(-len(text) // 67),  # the shorter of the two alphabets, so an upper bound
}
CHECKED_ADDRESSES = {
    "email": "dana@customer.example",
    "phone": "+491701234567",
    "handle": "dana@customer.example",
    "visitor": "visitor-1",
    "opaque": "dana-1",
}
HANGS_ON = {  # verb: the capability that promises it
    "send": lambda able: able.outbound,
    "render": lambda able: able.outbound,
    "edit": lambda able: able.edit,
    "delete": lambda able: able.delete,
    "reconcile": lambda able: able.can_reconcile,
    "pull": lambda able: "poll" in able.inbound,
    "stream": lambda able: "stream" in able.inbound,
    "verify": lambda able: "webhook" in able.inbound,
}


@dataclass(frozen=True)
class Fixture:
    kind: str
    path: Path

    def __str__(self) -> str:
        return f"{self.kind}/{self.path.name}"

    @property
    def raw(self) -> RawEvent:
        beside = json.loads(self.beside(HEADERS).read_text()) if self.beside(HEADERS).exists() else {}
        content_type = beside.get("content_type") or CONTENT_TYPES.get(self.path.suffix, "application/octet-stream")
        return RawEvent(
            key=self.path.name, body=self.path.read_bytes(), content_type=content_type, headers=beside.get("headers", {})
        )

    @property
    def account(self) -> Account:
        return account_of(adapters()[self.kind])

    @property
    def events(self) -> list[Event]:
        return adapters()[self.kind].normalise(self.raw, self.account)

    @property
    def snapshot(self) -> Path:
        return self.beside(SNAPSHOT)

    def beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.stem + ending)


@cache
def adapters() -> dict[str, BaseAdapter]:
    found = [point.load()() for point in entry_points(group="heard.channels")]
    return {adapter.kind: adapter for adapter in found}


def folder_of(adapter: BaseAdapter) -> Path:
    return Path(str(import_module(type(adapter).__module__).__file__)).parent


def fixtures() -> list[Fixture]:
    return [fixture for kind in adapters() for fixture in fixtures_of(kind)]


def fixtures_of(kind: str) -> Iterator[Fixture]:
    for path in sorted((folder_of(adapters()[kind]) / "fixtures").glob("*")):
        if path.is_file() and path.name != "account.json" and not path.name.endswith((SNAPSHOT, HEADERS)):
            yield Fixture(kind=kind, path=path)


def account_of(adapter: BaseAdapter) -> Account:
    """The account in the channel's fixtures, else one as a new administrator would leave it: every field at its default."""
    given = folder_of(adapter) / "fixtures/account.json"
    if given.exists():
        return msgspec.json.decode(given.read_bytes(), type=Account)
    config = {field.name: field.default for field in adapter.config_fields if not field.secret}
    address = CHECKED_ADDRESSES[adapter.capabilities.address_kind].replace("dana", "acme").replace("customer", "acme")
    return Account(id=1, kind=adapter.kind, name="Acme", address=address, config=config)


def implements(adapter: BaseAdapter, verb: str) -> bool:
    return getattr(type(adapter), verb) is not getattr(BaseAdapter, verb)


def rendered(adapter: BaseAdapter, text: str, *, to: str | None = None, subject: str = "Your question") -> list[Part]:
    address = CHECKED_ADDRESSES[adapter.capabilities.address_kind] if to is None else to
    who = Author(network=adapter.kind, external_id=address, handle=address, name="Dana")
    visibility = adapter.capabilities.visibilities[0]
    return adapter.render(Outgoing(text=text, to=who, subject=subject, visibility=visibility), account_of(adapter))


def length_of(adapter: BaseAdapter, part: Part) -> int:
    return LENGTHS[adapter.capabilities.length_unit](part.text)


def write_snapshots(kind: str) -> None:
    for fixture in fixtures_of(kind):
        fixture.snapshot.write_bytes(encoded(fixture.events) + b"\n")
        print(fixture.snapshot)


if __name__ == "__main__":
    for kind in sys.argv[1:]:
        write_snapshots(kind)
