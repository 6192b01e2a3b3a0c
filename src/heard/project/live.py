"""Live pages: the event stream as server-sent events, as bare ASGI beside Django.

One reader a process looks at the stream for all open pages: at once when this process has published, and every
LOOK_EVERY_SECONDS for what other processes did. An event is written out once, and every page that may see it gets the same
bytes. The event id is the position in the stream, so a browser that was away says where it stopped and misses nothing.
Membership is read again every minute and whenever a member changes, so a stream ends with the role.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from heard.governance.permissions import Viewer, viewer_of
from heard.governance.selectors import member_by_id
from heard.kernel import stream
from heard.kernel.stream import Event
from heard.project.store_thread import StoreThread

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.05
REST_SECONDS = 0.02  # after telling: in a flood, many events are written to a page at once
MIND_EVERY_SECONDS = 1
PING_EVERY_SECONDS = 15
CHECK_EVERY_SECONDS = 60
MOST_QUEUED = 1000  # events a slow page may be behind before it is told to load anew
RESET = b"event: reset\ndata: {}\n\n"
PING = b": ping\n\n"
NO_EVENT = 0  # the position of what is written whatever was written before

Told = tuple[int, bytes]  # position, and the event as it is written; one for all pages


class _Page:
    """One open browser page. Thousands are open at once: it holds no more than it must."""

    __slots__ = ("_nudge", "_waiting", "checked_at", "over", "session_key", "viewer")

    def __init__(self, viewer: Viewer, session_key: str, *, now_seconds: float) -> None:
        self.viewer = viewer
        self.session_key = session_key
        self.checked_at = now_seconds
        self.over = False
        self._waiting: list[Told] = []
        self._nudge: asyncio.Future[None] | None = None

    def offer(self, told: Told) -> None:
        if self.over:
            return
        if len(self._waiting) < MOST_QUEUED:
            self._waiting.append(told)
            self._wake()
        else:
            self.end(RESET)  # too slow: load anew rather than miss something

    def end(self, last_words: bytes = b"") -> None:
        self.over = True
        self._waiting = [(NO_EVENT, last_words)] if last_words else []
        self._wake()

    async def next(self, after: int) -> Told:
        """All that waits behind position `after`, in one piece, and how far it goes. Nothing at all when the page is over."""
        while True:
            waiting, self._waiting = self._waiting, []
            new = [told for told in waiting if told[0] > after or told[0] == NO_EVENT]
            if new:
                return max(after, *(position for position, _ in new)), b"".join(data for _, data in new)
            if self.over:
                return after, b""
            self._nudge = asyncio.get_running_loop().create_future()
            await self._nudge

    def _wake(self) -> None:
        if self._nudge is not None and not self._nudge.done():
            self._nudge.set_result(None)


class Live:
    """The hub of one process. `app` is the ASGI application for /live."""

    def __init__(self) -> None:
        self._pages: set[_Page] = set()
        self._events = StoreThread("live-events")  # never waits for a crowd that signs in
        self._people = StoreThread("live-people")
        self._reader: asyncio.Task | None = None
        self._reading: asyncio.Future[None] | None = None  # done when the reader knows where it begins
        self._minder: asyncio.Task | None = None

    async def close(self) -> None:
        """When the pages are closed: the reader and the threads end."""
        for duty in filter(None, (self._reader, self._minder)):
            duty.cancel()
        await asyncio.to_thread(self._events.close)
        await asyncio.to_thread(self._people.close)

    def is_watched(self) -> bool:
        """Whether somebody who may answer customers has a page open, in this process."""
        return any(page.viewer.may("conversation.reply") for page in self._pages)

    async def app(self, scope, receive, send) -> None:
        session_key = _session_key(scope)
        viewer = await self._people.run(_viewer_of_session, session_key)
        if viewer is None:
            await _answer(send, 401, b"sign in first")
            return
        page = _Page(viewer, session_key, now_seconds=_now())
        self._pages.add(page)
        gone = asyncio.ensure_future(_disconnected(receive, page.end))
        try:
            await self._is_read()
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._serve(page, _since(scope), send)
        finally:
            gone.cancel()
            self._pages.discard(page)

    async def _serve(self, page: _Page, since: int | None, send) -> None:
        last = await self._catch_up(page, since, send)
        while True:
            last, data = await page.next(last)
            if not data:
                return
            await _write(send, data)

    async def _catch_up(self, page: _Page, since: int | None, send) -> int:
        """Everything after `since`, from the store; live events that arrive meanwhile queue up and are not sent twice."""
        if since is None:
            await _write(send, b": welcome\n\n")
            return 0
        if await self._people.run(stream.is_too_old, since):
            await _write(send, RESET)
            return 0
        await _write(send, b": welcome back\n\n")
        while events := await self._people.run(stream.since, since):
            since = events[-1].position
            if data := b"".join(encoded(event) for event in events if page.viewer.sees_team(event.team_id)):
                await _write(send, data)
        return since

    async def _is_read(self) -> None:
        """When this returns, the reader brings whatever is published from here on."""
        if self._reading is None or self._reader is None or self._reader.done():
            self._reading = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._read(self._reading))
        if self._minder is None or self._minder.done():
            self._minder = asyncio.create_task(self._mind())
        await asyncio.shield(self._reading)

    async def _read(self, reading: asyncio.Future[None]) -> None:
        """Look at the stream for all pages of this process at once; stops when the last page is closed."""
        try:
            position = await self._events.run(stream.head)
        except Exception as error:
            reading.set_exception(error)
            return
        reading.set_result(None)
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        stop_listening = stream.listen(lambda: loop.call_soon_threadsafe(news.set))
        try:
            while self._pages:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), LOOK_EVERY_SECONDS)
                news.clear()
                position = await self._look(position)
        finally:
            stop_listening()

    async def _look(self, position: int) -> int:
        """Offer what is new behind `position` to the pages. Returns how far that goes."""
        try:
            events = await self._events.run(stream.since, position)
        except Exception:
            log.exception("live: the stream cannot be read; trying again")
            await asyncio.sleep(1)
            return position
        if not events:
            return position
        for event in events:
            if event.topic == "member":
                self._open_anew(event.payload.get("id"))
            told = event.position, encoded(event)
            for page in self._pages:
                if page.viewer.sees_team(event.team_id):
                    page.offer(told)
        began = _now()
        await asyncio.sleep(0)  # the pages write now
        await asyncio.sleep(max(REST_SECONDS, _now() - began))  # in a flood, half of the time is for everything else
        return events[-1].position

    def _open_anew(self, member_id: int | None) -> None:
        """A member's role, teams or account changed: their pages end now and open again with what is true."""
        for page in self._pages:
            if page.viewer.member_id == member_id:
                page.end(RESET)

    async def _mind(self) -> None:
        """Pings, and a look at whether everybody may still be here; stops when the last page is closed."""
        pinged_at = _now()
        while self._pages:
            await asyncio.sleep(MIND_EVERY_SECONDS)
            if _now() - pinged_at > PING_EVERY_SECONDS:
                pinged_at = _now()
                for page in self._pages:
                    page.offer((NO_EVENT, PING))
            await self._check_members()

    async def _check_members(self) -> None:
        due = defaultdict(list)
        for page in self._pages:
            if _now() - page.checked_at > CHECK_EVERY_SECONDS:
                due[page.session_key].append(page)
        for session_key, pages in due.items():
            try:
                viewer = await self._people.run(_viewer_of_session, session_key)
            except Exception:
                log.exception("live: the members cannot be read; trying again")
                return
            for page in pages:
                page.checked_at = _now()
                if viewer is None:
                    page.end()
                else:
                    page.viewer = viewer


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def encoded(event: Event) -> bytes:
    return f"id: {event.position}\nevent: {event.topic}\ndata: {msgspec.json.encode(event.payload).decode()}\n\n".encode()


def _since(scope) -> int | None:
    """Where the page stopped: what the browser says on a reconnect, else what the page was rendered with."""
    headers = dict(scope["headers"])
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("since", [""])[0]
    for text in (headers.get(b"last-event-id", b"").decode("latin-1"), asked):
        with contextlib.suppress(ValueError):
            return int(text)
    return None


def _session_key(scope) -> str:
    raw = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    cookies: SimpleCookie = SimpleCookie()
    with contextlib.suppress(Exception):
        cookies.load(raw)
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def _viewer_of_session(session_key: str) -> Viewer | None:
    """The member behind a session, with role and teams as they are now; the same checks as Django's own sign-in."""
    if not session_key:
        return None
    session = SessionStore(session_key)
    member = member_by_id(session.get(SESSION_KEY))
    if member is None or not session.get(BACKEND_SESSION_KEY):
        return None
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), member.get_session_auth_hash()):
        return None
    return viewer_of(member)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _disconnected(receive, end: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end()


async def _write(send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _answer(send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
