from datetime import UTC, datetime

import msgspec
import pytest

from heard.listening.channels.contract import Account, Author, RawEvent
from heard.listening.channels.log.adapter import Adapter, Logged
from heard.listening.channels.log.who import author_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOG = Account(id=5, kind="log", name="By hand", address="", config={"country": "gb"})
DANA = Author(network="phone", external_id="+442079460958", name="Dana")


def _said(**changes):
    entry = Logged(**{"kind": "call", "who": DANA, "occurred_at": NOON, "text": "Line is down", "by": "Alice", **changes})
    [said] = Adapter().normalise(RawEvent(key="k1", body=msgspec.json.encode(entry)), LOG)
    return said


def test_a_call_that_alice_took_is_danas_voice_and_says_who_wrote_it_down():
    said = _said(extra={"duration_seconds": 240})
    assert (said.author, said.kind, said.direction, said.text) == (DANA, "call", "inbound", "Line is down")
    assert said.extra == {"duration_seconds": 240, "logged_by": "Alice"}


def test_a_call_that_alice_made_is_ours_and_reaches_dana():
    said = _said(direction="outbound")
    assert said.author.network == "own:log"
    assert said.recipients == (DANA,)


def test_a_typed_number_is_read_in_the_accounts_country():
    assert _said(who="020 7946 0958").author.external_id == "+442079460958"


@pytest.mark.parametrize(
    ("typed", "network", "id_", "name"),
    [
        ("+43 1 58858 0", "phone", "+431588580", ""),
        ("Mrs Smith, 020 7946 0958", "phone", "+442079460958", "Mrs Smith"),
        ("Dana@Example.org", "email", "dana@example.org", ""),
        ("Dana Doe <dana@example.org>", "email", "dana@example.org", "Dana Doe"),
        ("  Mrs   Smith ", "name", "entry-1", "Mrs Smith"),
        ("Smith 12", "name", "entry-1", "Smith 12"),
    ],
)
def test_who_it_was_is_understood_as_typed(typed, network, id_, name):
    author = author_of(typed, country="GB", otherwise_id="entry-1")
    assert (author.network, author.external_id, author.name) == (network, id_, name)


def test_two_people_of_one_name_are_not_taken_for_one():
    one, other = (author_of("Mrs Smith", country="", otherwise_id=entry) for entry in ("entry-1", "entry-2"))
    assert one.external_id != other.external_id
