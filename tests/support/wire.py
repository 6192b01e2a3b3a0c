"""Wire: a channel whose deliveries are our own events as JSON, so that a test says exactly what arrived, in what order.

The walk behind it is the real one. Poison is what no adapter can read: bytes that are not JSON.
"""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heard.listening.channels.contract import (
    Account,
    Author,
    BaseAdapter,
    Capabilities,
    Edited,
    Event,
    RawEvent,
    ReachedUntil,
    Reacted,
    Said,
    StatusChanged,
    Withdrawn,
)

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[Said | Edited | Withdrawn | Reacted | StatusChanged | ReachedUntil])
_keys = itertools.count()


class WireAdapter(BaseAdapter):
    kind = "wire"
    label = "Wire"
    capabilities = Capabilities(inbound=("upload",), visibilities=("public", "private"), threading="tree")

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        return _decoder.decode(raw.body)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def person(name: str, *, network: str = "wire", **more) -> Author:
    return Author(network=network, external_id=name.lower(), handle=f"@{name.lower()}", name=name, **more)


def said(external_id: str, who: Author, text: str, *, minute: float = 0, **more) -> Said:
    return Said(external_id=external_id, author=who, text=text, occurred_at=at(minute), **more)


def delivery(*events: Event, key: str = "") -> RawEvent:
    return RawEvent(
        key=key or f"wire-{next(_keys)}", body=_encoder.encode(list(events)), content_type="application/json", received_at=at(0)
    )


def poison(key: str = "") -> RawEvent:
    return RawEvent(key=key or f"poison-{next(_keys)}", body=b"\xff not JSON", received_at=at(0))


@pytest.fixture
def wire(db):
    """A function that connects an account on the wire and returns its id."""
    from heard.listening.accounts import adapters
    from heard.listening.models import ChannelAccount

    adapters()["wire"] = WireAdapter()

    def connect(name: str = "Wire", **more) -> int:
        return ChannelAccount.objects.create(kind="wire", name=name, **more).pk

    yield connect
    adapters().pop("wire")


@pytest.fixture
def arrive(wire):
    """A function that lets deliveries arrive on an account and walks them."""
    from heard.listening.actions import receive
    from heard.project.worker import drain

    def deliver(account_id: int, *deliveries: RawEvent) -> None:
        receive(account_id, deliveries)
        drain()

    return deliver
