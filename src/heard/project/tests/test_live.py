"""The hub behind live pages, inside its process; tests/journeys/test_live.py meets it from outside."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from heard.governance.permissions import HEARD
from heard.kernel import stream
from heard.kernel.stream import News
from heard.project import live
from heard.project.live import NO_EVENT, PING, RESET, Live, _Page
from tests.support import event_loop

PATIENCE_SECONDS = 60


def _page() -> _Page:
    return _Page(HEARD, "", now_seconds=0)


def test_what_waits_is_written_in_one_piece_and_nothing_a_second_time():
    page = _page()
    for told in [(7, b"seven "), (8, b"eight "), (NO_EVENT, PING), (9, b"nine ")]:
        page.offer(told)
    assert event_loop.run(page.next(7)) == (9, b"eight " + PING + b"nine ")


def test_a_page_that_is_too_slow_is_told_to_load_anew_and_nothing_more(monkeypatch):
    monkeypatch.setattr(live, "MOST_QUEUED", 3)
    page = _page()
    for position in range(1, 10):
        page.offer((position, b"event "))
    assert event_loop.run(page.next(0)) == (0, RESET)
    assert event_loop.run(page.next(0)) == (0, b"")


def test_a_page_that_is_over_waits_for_nothing():
    page = _page()
    page.offer((1, b"event "))
    page.end()
    assert event_loop.run(page.next(0)) == (0, b"")


class _Browser:
    """One open page at the ASGI door."""

    def __init__(self, hub: Live, session_key: str, *, since: int | None = None) -> None:
        query = b"" if since is None else b"since=%d" % since
        scope = {"query_string": query, "headers": [(b"cookie", b"sessionid=" + session_key.encode())]}
        self._closed = asyncio.Event()
        self._told: asyncio.Queue[bytes] = asyncio.Queue()
        self.page = asyncio.create_task(hub.app(scope, self._receive, self._send))

    async def told(self) -> bytes:
        return await asyncio.wait_for(self._told.get(), PATIENCE_SECONDS)

    async def close(self) -> None:
        self._closed.set()
        await self.has_ended()

    async def has_ended(self) -> None:
        await asyncio.wait_for(self.page, PATIENCE_SECONDS)

    async def _receive(self) -> dict:
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict) -> None:
        if message["type"] == "http.response.body":
            self._told.put_nowait(message["body"])


@asynccontextmanager
async def _hub() -> AsyncIterator[Live]:
    hub = Live()
    try:
        yield hub
    finally:
        await hub.close()


async def _elsewhere(do: Callable[[], object]) -> None:
    """In another thread of this process, as the worker is."""

    def done() -> None:
        do()
        connection.close()

    await asyncio.to_thread(done)


def _publish(number: int) -> Callable[[], None]:
    return lambda: stream.publish(News("conversation", {"id": number}))


def _run(story: Callable[[], Coroutine]) -> object:
    return event_loop.run(story())


@pytest.fixture
def session_key(transactional_db, alice) -> str:
    browser = Client()
    browser.force_login(alice)
    return browser.cookies["sessionid"].value


def test_what_this_process_publishes_is_told_without_looking(session_key, monkeypatch):
    monkeypatch.setattr(live, "LOOK_EVERY_SECONDS", 3600)

    async def story() -> list[bytes]:
        async with _hub() as hub:
            pages = [_Browser(hub, session_key) for _ in range(2)]
            welcomes = [await page.told() for page in pages]
            await _elsewhere(_publish(1))
            events = [await page.told() for page in pages]
            for page in pages:
                await page.close()
        return welcomes + events

    told = _run(story)
    assert told[:2] == [b": welcome\n\n"] * 2
    assert [event.partition(b"\n")[2] for event in told[2:]] == [b'event: conversation\ndata: {"id":1}\n\n'] * 2


def test_between_two_pages_nothing_is_lost_though_nobody_was_reading(session_key):
    async def story() -> list[bytes]:
        async with _hub() as hub:
            first = _Browser(hub, session_key, since=0)
            await first.told()
            await first.close()
            await _elsewhere(_publish(1))
            second = _Browser(hub, session_key, since=0)
            told = [await second.told(), await second.told()]
            await _elsewhere(_publish(2))
            told.append(await second.told())
            await second.close()
        return told

    welcome, missed, live_event = _run(story)
    assert welcome == b": welcome back\n\n"
    assert b'{"id":1}' in missed
    assert b'{"id":2}' in live_event and b'{"id":1}' not in live_event


def test_a_page_ends_soon_after_its_session(session_key, monkeypatch):
    monkeypatch.setattr(live, "CHECK_EVERY_SECONDS", 0)
    monkeypatch.setattr(live, "MIND_EVERY_SECONDS", 0.01)

    async def story() -> None:
        async with _hub() as hub:
            page = _Browser(hub, session_key)
            await page.told()
            await _elsewhere(lambda: Session.objects.all().delete())
            await page.has_ended()

    _run(story)


def test_quiet_pages_are_kept_open_by_pings(session_key, monkeypatch):
    monkeypatch.setattr(live, "PING_EVERY_SECONDS", 0)
    monkeypatch.setattr(live, "MIND_EVERY_SECONDS", 0.01)

    async def story() -> list[bytes]:
        async with _hub() as hub:
            page = _Browser(hub, session_key)
            told = [await page.told(), await page.told()]
            await page.close()
        return told

    welcome, then = _run(story)
    assert welcome == b": welcome\n\n"
    assert then.startswith(PING)
