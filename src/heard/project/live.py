"""Live pages: the event stream as server-sent events, as bare ASGI beside Django.

One reader a process looks at the stream; each open page gets the events of its teams. The event id is the position in
the stream, so a browser that was away says where it stopped and misses nothing. Membership is read again every minute
and whenever a member changes, so a stream ends with the role.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.utils.crypto import constant_time_compare

from heard.governance.permissions import Viewer, viewer_of
from heard.governance.selectors import member_by_id
from heard.kernel import stream
from heard.kernel.stream import Event

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.1
PING_EVERY_SECONDS = 15
CHECK_EVERY_SECONDS = 60
MOST_QUEUED = 1000  # events a slow page may be behind before it is told to load anew


@dataclass(eq=False)
class _Page:
    """One open browser page."""

    viewer: Viewer
    queue: asyncio.Queue = field(default_factory=lambda: asyncio.Queue(MOST_QUEUED))


class Live:
    """The hub of one process. `app` is the ASGI application for /live."""

    def __init__(self) -> None:
        self._pages: set[_Page] = set()
        self._reader: asyncio.Task | None = None
        self._position = 0

    async def app(self, scope, receive, send) -> None:
        session_key = _session_key(scope)
        viewer = await _in_thread(_viewer_of_session, session_key)
        if viewer is None:
            await _answer(send, 401, b"sign in first")
            return
        since = _since(scope)
        page = _Page(viewer)
        await self._ensure_reader()
        self._pages.add(page)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._serve(page, since, session_key, receive, send)
        finally:
            self._pages.discard(page)

    async def _serve(self, page: _Page, since: int | None, session_key: str, receive, send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            last = await self._catch_up(page, since, send)
            checked = asyncio.get_running_loop().time()
            while not gone.done():
                getting = asyncio.ensure_future(page.queue.get())
                await asyncio.wait({getting, gone}, timeout=PING_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    getting.cancel()
                    return
                if getting.done():
                    event = getting.result()
                    if event is None:
                        await _write(send, b"event: reset\ndata: {}\n\n")
                        return
                    if last is None or event.position > last:
                        await _write(send, _encoded(event))
                        last = event.position
                else:
                    getting.cancel()
                    await _write(send, b": ping\n\n")
                if asyncio.get_running_loop().time() - checked > CHECK_EVERY_SECONDS:
                    viewer = await _in_thread(_viewer_of_session, session_key)
                    if viewer is None:
                        return
                    page.viewer, checked = viewer, asyncio.get_running_loop().time()
        finally:
            gone.cancel()

    async def _catch_up(self, page: _Page, since: int | None, send) -> int | None:
        """Everything after `since`, from the store; live events that arrive meanwhile queue up and are not sent twice."""
        if since is None:
            await _write(send, b": welcome\n\n")
            return None
        if await _in_thread(stream.is_too_old, since):
            await _write(send, b"event: reset\ndata: {}\n\n")
            return None
        await _write(send, b": welcome back\n\n")
        while events := await _in_thread(stream.since, since):
            for event in events:
                since = event.position
                if page.viewer.sees_team(event.team_id):
                    await _write(send, _encoded(event))
        return since

    async def _ensure_reader(self) -> None:
        if self._reader is None or self._reader.done():
            self._position = await _in_thread(stream.head)
            self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Look at the stream for all pages of this process at once; stops when the last page is closed."""
        while self._pages:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                events = await _in_thread(stream.since, self._position)
            except Exception:
                log.exception("live: the stream cannot be read; trying again")
                await asyncio.sleep(1)
                continue
            for event in events:
                self._position = event.position
                if event.topic == "member":
                    await self._recheck(event.payload.get("id"))
                for page in list(self._pages):
                    if page.viewer.sees_team(event.team_id):
                        _offer(page, event)

    async def _recheck(self, member_id: int | None) -> None:
        """A member's role, teams or account changed: their pages end now and open again with what is true."""
        for page in list(self._pages):
            if page.viewer.member_id == member_id:
                _offer(page, None)


def _offer(page: _Page, event: Event | None) -> None:
    with contextlib.suppress(asyncio.QueueFull):
        page.queue.put_nowait(event)
        return
    while not page.queue.empty():
        page.queue.get_nowait()
    page.queue.put_nowait(None)  # too slow: load anew rather than miss something


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def _encoded(event: Event) -> bytes:
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


async def _in_thread(function, *args):
    def call():
        close_old_connections()
        return function(*args)

    return await sync_to_async(call, thread_sensitive=False)()


async def _disconnected(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _answer(send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
