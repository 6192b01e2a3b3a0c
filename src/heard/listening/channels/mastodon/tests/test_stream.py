"""Against mastodon-mock: what is said while we listen."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Queue

import msgspec
import pytest

from heard.listening.channels.contract import (
    Edited,
    Rejected,
    Said,
    Withdrawn,
)
from heard.listening.channels.mastodon.tests.desk import adapter
from heard.listening.channels.mastodon.tests.people import alice, brand, desk, statuses_of  # noqa: F401
from tests.support.servers.mastodon_mock import mastodon, mastodon_server  # noqa: F401

pytestmark = pytest.mark.server
STATUSES = "/api/v1/statuses"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def live(desk, brand) -> Iterator[Queue]:
    """Events of the stream as they come, after it is known to be open."""
    heard: Queue = Queue()
    stopping = threading.Event()
    ctx = msgspec.structs.replace(desk.ctx, stopping=stopping.is_set)

    def listen() -> None:
        for page in adapter.stream(ctx, {}):
            heard.put([event for raw in page.deliveries for event in adapter.normalise(raw, desk.account)])

    listener = threading.Thread(target=listen)
    listener.start()
    assert heard.get(timeout=20) == []  # the first heartbeat
    yield heard
    stopping.set()
    brand.post("good night")  # whatever comes next, the listener looks up and leaves
    listener.join(timeout=20)
    assert not listener.is_alive()


def next_of(live: Queue, kind: type):
    """The next event of this kind; heartbeats and a few others pass."""
    events = (event for _ in range(20) for event in live.get(timeout=10))
    return next(event for event in events if isinstance(event, kind))


def test_mention_edit_and_deletion_arrive_while_they_happen(live, alice, brand):
    own = brand.post("@alice hello")
    assert next_of(live, Said).direction == "outbound"
    alice.post("@brand my parcel is late", visibility="direct")
    assert next_of(live, Said).text == "@brand my parcel is late"
    brand.api("PUT", f"{STATUSES}/{own['id']}", status="@alice hello again")
    assert next_of(live, Edited).text == "@alice hello again"
    brand.api("DELETE", f"{STATUSES}/{own['id']}")
    assert next_of(live, Withdrawn).target == own["id"]


def test_words_of_people_we_merely_follow_are_none_of_our_business(live, alice, brand):
    brand.api("POST", f"/api/v1/accounts/{alice.api('GET', '/api/v1/accounts/verify_credentials')['id']}/follow")
    alice.post("my dinner")
    alice.post("slow again #help")
    assert next_of(live, Said).text == "slow again #help"


def test_what_was_said_while_the_stream_was_down_is_heard_when_it_opens(desk, alice):
    alice.post("@brand anybody there?")
    stream = adapter.stream(desk.ctx, desk.cursor)
    page = next(stream)
    stream.close()
    assert [adapter.normalise(raw, desk.account)[0].text for raw in page.deliveries] == ["@brand anybody there?"]
    assert page.cursor["streams"]["notifications"]


def test_monitors_are_asked_every_minute_while_the_stream_runs(desk, alice, brand):
    moment = datetime.now(UTC)
    clock = iter([moment, moment, *[moment + timedelta(minutes=2)] * 50])
    stream = adapter.stream(msgspec.structs.replace(desk.ctx, now=lambda: next(clock)), {})
    next(stream)
    alice.post("down again #help")
    brand.post("good morning")
    pages = (page for _ in range(20) for page in [next(stream)])
    found = next(raw for page in pages for raw in page.deliveries if raw.headers.get("found-by"))
    stream.close()
    assert adapter.normalise(found, desk.account)[0].text == "down again #help"


@pytest.mark.parametrize("status", [400, 404, 502])
def test_server_whose_streaming_is_down_is_polled(desk, mastodon, status):
    mastodon.fails("GET", "/api/v1/streaming/user", type="status", status=status)
    with pytest.raises(Rejected, match="it is polled"):
        next(adapter.stream(desk.ctx, {}))


def test_streamed_and_polled_are_the_same_delivery(desk, live, alice):
    alice.post("@brand hello")
    next_of(live, Said)
    polled = {raw.key for raw in desk.pull().deliveries}
    assert len(polled) == 1
