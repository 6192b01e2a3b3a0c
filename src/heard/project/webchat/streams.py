"""What we say, live into the visitor's page, as server-sent events.

The rows are the truth, and news only wakes: whenever the stream of events speaks of a conversation that an open page takes
part in, the page's lines are read again and those that it has not got are written. The event id is the id of the newest line
written, so a page that was away says where it stopped. Ids may be committed out of order, so a page that comes back is given
the last minute again, and knows by their ids what it has (listening/visitors.py).
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Collection
from typing import Any

import msgspec

from heard.engagement.said_to import said_to
from heard.identity.rules.certain import certain_key
from heard.identity.selectors import vouched_for
from heard.kernel import stream
from heard.listening import visitors
from heard.listening.channels.contract import Account
from heard.listening.channels.webchat.payloads import NETWORK, Visitor, visitor_id
from heard.listening.channels.webchat.read import author_of
from heard.listening.visitors import MOST_LINES, Line
from heard.project.store_thread import StoreThread
from heard.project.webchat.calls import Call, Refused
from heard.routing.selectors import taking_part

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.1  # for what other processes did
REST_SECONDS = 0.02
PING_EVERY_SECONDS = 15
MOST_OPEN = 20_000
MOST_OF_A_VISITOR = 6
MOST_OF_AN_ADDRESS = 200


class _Page:
    """One open stream."""

    __slots__ = ("account", "identities", "news", "remote", "visitor")

    def __init__(self, account: Account, visitor: Visitor, remote: str) -> None:
        self.account, self.visitor, self.remote = account, visitor, remote
        self.identities: frozenset[int] = frozenset()
        self.news = asyncio.Event()

    @property
    def who(self) -> tuple[int, str]:
        return self.account.id, self.visitor.key

    @property
    def addresses(self) -> list[tuple[str, str]]:
        return addresses_of(self.account.id, self.visitor)


class Streams:
    """The open pages of visitors in one process."""

    def __init__(self) -> None:
        self._pages: set[_Page] = set()
        self._events = StoreThread("chat-events")
        self._lines = StoreThread("chat-lines")
        self._reader: asyncio.Task | None = None
        self._reading: asyncio.Future[None] | None = None

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        await asyncio.to_thread(self._events.close)
        await asyncio.to_thread(self._lines.close)

    async def run(
        self, call: Call, account: Account, visitor: Visitor, send: Any, headers: list[tuple[bytes, bytes]], still_known: Any
    ) -> None:
        """Until the page is closed, or `still_known()` says that the visitor may not be here any more. Raises Refused."""
        page = _Page(account, visitor, call.remote)
        self._let_in(page)
        left = asyncio.ensure_future(call.has_left())
        try:
            await self._is_read()
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            serving = asyncio.ensure_future(self._serve(page, call.last_event_id, send, still_known))
            try:
                await asyncio.wait({left, serving}, return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    serving.result()
                    await send({"type": "http.response.body", "body": b""})
            finally:
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await serving
        finally:
            left.cancel()
            self._pages.discard(page)

    def _let_in(self, page: _Page) -> None:
        of = Counter(kind for p in self._pages for kind in (("who", p.who), ("remote", p.remote)))
        full = len(self._pages) >= MOST_OPEN or of["who", page.who] >= MOST_OF_A_VISITOR
        if full or of["remote", page.remote] >= MOST_OF_AN_ADDRESS:
            raise Refused(429, "too_many", after_seconds=30)
        self._pages.add(page)

    async def _serve(self, page: _Page, after: int, send: Any, still_known: Any) -> None:
        written: set[int] = set()
        await _write(send, b": welcome\n\n")
        page.news.set()
        while True:
            try:
                await asyncio.wait_for(page.news.wait(), PING_EVERY_SECONDS)
            except TimeoutError:
                if not await still_known():
                    await _write(send, b"event: over\ndata: {}\n\n")
                    return
                await _write(send, b": ping\n\n")
                continue
            page.news.clear()
            page.identities, lines = await self._lines.run(lines_of, page.account, page.visitor, after)
            new = [line for line in lines if line.id not in written]
            if new:
                written.update(line.id for line in new)
                after = max(after, *(line.id for line in new))
                await _write(send, b"".join(encoded(line, after) for line in new))

    async def _is_read(self) -> None:
        """When this returns, whatever is published from here on wakes the pages it concerns."""
        if self._reading is None or self._reader is None or self._reader.done():
            self._reading = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._read(self._reading))
        await asyncio.shield(self._reading)

    async def _read(self, reading: asyncio.Future[None]) -> None:
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
        open_ = {page: page.identities for page in self._pages}
        strangers = [address for page, ids in open_.items() if len(ids) < len(page.visitor.keys) for address in page.addresses]
        try:
            position, concerned = await self._events.run(_concerned, position, frozenset().union(*open_.values()), strangers)
        except Exception:
            log.exception("webchat: the stream cannot be read; trying again")
            await asyncio.sleep(1)
            return position
        for page in self._pages:
            if not concerned.isdisjoint(page.identities) or not concerned.isdisjoint(page.addresses):
                page.news.set()
        await asyncio.sleep(REST_SECONDS)
        return position


def addresses_of(account_id: int, visitor: Visitor) -> list[tuple[str, str]]:
    return [(NETWORK, visitor_id(account_id, key)) for key in visitor.keys]


def lines_of(account: Account, visitor: Visitor, after: int) -> tuple[frozenset[int], list[Line]]:
    """(their identities, the lines that their page may not have). The one place that says what a visitor may read (threat 35)."""
    identities = frozenset(_identities(account, visitor))
    if not identities:
        return identities, []
    return identities, visitors.lines(account.id, identities, said_to(account.id, identities, limit=MOST_LINES), after=after)


def file_of(account: Account, visitor: Visitor, attachment_id: int) -> visitors.StoredFile | None:
    identities = _identities(account, visitor)
    return visitors.file_of(account.id, identities, said_to(account.id, identities, limit=MOST_LINES), attachment_id)


def _identities(account: Account, visitor: Visitor) -> set[int]:
    """Theirs, and of a customer whom the site vouches for those whom it has vouched for alike: what they wrote on another
    device before they signed in there. Evidence of the site alone: what a colleague takes for one person widens nothing."""
    theirs = set(visitors.identities_of(addresses_of(account.id, visitor)).values())
    if not visitor.is_vouched_for:
        return theirs
    author = author_of(visitor, account)
    evidence = certain_key(network=NETWORK, external_id=author.external_id, verified=True, handle=author.handle)
    return theirs.union(vouched_for(evidence, network=NETWORK))


def _concerned(
    position: int, identity_ids: Collection[int], strangers: Collection[tuple[str, str]]
) -> tuple[int, set[int | tuple[str, str]]]:
    """(how far the stream was read, whom it was about: identities, and addresses that have one only since)."""
    events = stream.since(position)
    conversations = {int(event.payload["id"]) for event in events if event.topic == "conversation" and "id" in event.payload}
    about: set[int | tuple[str, str]] = set()
    if conversations:
        found = visitors.identities_of(strangers) if strangers else {}
        present = taking_part(conversations, {*identity_ids, *found.values()})
        about = present | {address for address, id_ in found.items() if id_ in present}
    return (events[-1].position if events else position), about


def encoded(line: Line, at: int) -> bytes:
    """The visitor's own words by the id that their page gave them; ours by a number that opens nothing."""
    shown = {
        "id": f"h{line.id}" if line.is_ours else line.external_id.rpartition("/")[2],
        "ours": line.is_ours,
        "name": line.name,
        "text": line.text,
        "at": line.at,
        "files": line.files,
    }
    return b"id: %d\nevent: line\ndata: %s\n\n" % (at, msgspec.json.encode(shown))


async def _write(send: Any, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})
