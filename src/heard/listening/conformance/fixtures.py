"""What a channel brings to the suite, beside its adapter:

fixtures/NAME.EXT               one delivery as it arrived: captured, or made by hand
fixtures/NAME.headers.json      optional: the headers and content type that came with it
fixtures/NAME.events.jsonl      what it means, one event a line: the snapshot
fixtures/account.json           optional: the account it was delivered to
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import msgspec

from heard.listening.channels.contract import Account, BaseAdapter, Event, RawEvent, encoded

SNAPSHOT = ".events.jsonl"
HEADERS = ".headers.json"
ARRIVED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTENT_TYPES = {".json": "application/json", ".eml": "message/rfc822", ".xml": "application/xml", ".csv": "text/csv"}
ADDRESSES = {
    "email": "dana@customer.example",
    "phone": "+491701234567",
    "handle": "dana@customer.example",
    "visitor": "visitor-1",
    "opaque": "dana-1",
}


@dataclass(frozen=True)
class Fixture:
    """One delivery of a channel, and beside it what it means."""

    adapter: BaseAdapter
    path: Path

    def __str__(self) -> str:
        return self.path.name

    @property
    def raw(self) -> RawEvent:
        beside = json.loads(self.beside(HEADERS).read_text()) if self.beside(HEADERS).exists() else {}
        content_type = beside.get("content_type") or CONTENT_TYPES.get(self.path.suffix, "application/octet-stream")
        return RawEvent(
            key=self.path.name, body=self.path.read_bytes(), content_type=content_type, headers=beside.get("headers", {})
        )

    @property
    def account(self) -> Account:
        return account_of(self.adapter)

    @property
    def events(self) -> list[Event]:
        return self.adapter.normalise(self.raw, self.account)

    @property
    def snapshot(self) -> Path:
        return self.beside(SNAPSHOT)

    def beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.stem + ending)


def folder_of(adapter: BaseAdapter) -> Path:
    return Path(str(import_module(type(adapter).__module__).__file__)).parent


def fixtures_of(adapter: BaseAdapter) -> Iterator[Fixture]:
    for path in sorted((folder_of(adapter) / "fixtures").glob("*")):
        if path.is_file() and path.name != "account.json" and not path.name.endswith((SNAPSHOT, HEADERS)):
            yield Fixture(adapter=adapter, path=path)


def account_of(adapter: BaseAdapter) -> Account:
    """The account in the channel's fixtures, else one as a new administrator would leave it: every field at its default."""
    given = folder_of(adapter) / "fixtures/account.json"
    if given.exists():
        return msgspec.json.decode(given.read_bytes(), type=Account)
    config = {field.name: field.default for field in adapter.config_fields if not field.secret}
    address = ADDRESSES[adapter.capabilities.address_kind].replace("dana", "acme").replace("customer", "acme")
    return Account(id=1, kind=adapter.kind, name="Acme", address=address, config=config)


def write_snapshots(adapter: BaseAdapter) -> list[Path]:
    """What each fixture means now, written beside it. Returns the files that changed."""
    changed = []
    for fixture in fixtures_of(adapter):
        meaning = encoded(fixture.events) + b"\n"
        if not fixture.snapshot.exists() or fixture.snapshot.read_bytes() != meaning:
            fixture.snapshot.write_bytes(meaning)
            changed.append(fixture.snapshot)
    return changed
