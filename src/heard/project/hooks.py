"""Inbound webhooks: /hooks/<account id>/ and what its channel takes below, kept raw and acknowledged before anything is read.
Bare ASGI beside Django.

A call is judged in the event loop, without a look into the store: what is known of its account is at most a second old, so
an account that is switched off, or a secret that is changed, counts a second later at the latest. What is to be kept waits
for the commit that is under way, and then goes into the next one together with all that came meanwhile: alone and at once
in a quiet hour, hundreds together in a flood. 202 is said after that commit, never before.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError

from heard.listening.actions import receive_together
from heard.listening.channels.contract import RawEvent, Request, Response
from heard.listening.webhook import OUT_OF_ORDER, Door, answer, door_of, judge
from heard.project.store_thread import StoreThread

log = logging.getLogger(__name__)

LARGEST_BODY = 30 * 1024 * 1024
LONG_BODY = 256 * 1024  # its signature takes a millisecond: a thread checks it, so that nobody else waits
KNOWN_SECONDS = 1.0
MOST_KNOWN = 1000  # accounts remembered at once, so that a stranger who counts upwards fills no memory
MOST_DELIVERIES = 500  # of one commit
MOST_BYTES = 8 * 1024 * 1024  # of one commit; a call that is larger goes alone

Call = tuple[int, Sequence[RawEvent]]  # account id, deliveries


class NotKept(Exception):
    """The store did not take it; the caller is told to come again."""


class Hooks:
    """The webhooks of one process. `app` is the ASGI application for /hooks/."""

    def __init__(self) -> None:
        self._doors = Doors(door_of)
        self._keeper = Keeper(receive_together)

    async def app(self, scope, receive, send) -> None:
        account_id, _, below = scope["path"].removeprefix("/hooks/").partition("/")
        body = await _body(receive)
        if not account_id.isdigit():
            answer = Response(status=404, body=b"no such channel")
        elif body is None:
            answer = Response(status=413, body=b"larger than 30 MB; nothing was kept")
        else:
            answer = await self._take(int(account_id), _request(scope, body, below))
        await _answer(send, answer)

    def close(self) -> None:
        """What is under way is kept first."""
        self._keeper.close()
        self._doors.close()

    async def _take(self, account_id: int, request: Request) -> Response:
        try:
            door = await self._doors.find(account_id)
            verdict = judge(door, request) if len(request.body) < LONG_BODY else await asyncio.to_thread(judge, door, request)
            if isinstance(verdict, Response):
                return verdict
            return answer(door, request, received=len(verdict), stored=await self._keeper.keep(account_id, verdict))
        except (NotKept, Error):
            return OUT_OF_ORDER


class Doors:
    """What the store says of an account, asked at most once in KNOWN_SECONDS however many calls come."""

    def __init__(self, look: Callable[[int], Door | None]) -> None:
        self._look = look
        self._thread = StoreThread("doors")
        self._known: OrderedDict[int, tuple[float, asyncio.Future[Door | None]]] = OrderedDict()

    async def find(self, account_id: int) -> Door | None:
        now = asyncio.get_running_loop().time()
        asked_at, door = self._known.get(account_id, (now, None))
        if door is None or now - asked_at > KNOWN_SECONDS or _failed(door):
            door = self._thread.run(self._look, account_id)
            self._known[account_id] = now, door
            self._known.move_to_end(account_id)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return door.result() if door.done() else await asyncio.shield(door)

    def close(self) -> None:
        self._thread.close()


class Keeper:
    """Group commit: one thread keeps calls, all those that wait in one transaction.

    A call that cannot be kept fails alone: a batch that fails is halved until the guilty one is by itself.
    """

    def __init__(self, keep: Callable[[Sequence[Call]], list[int]]) -> None:
        self._keep = keep
        self._waiting: deque[tuple[Call, asyncio.Future[int]]] = deque()
        self._keeping: asyncio.Task | None = None
        self._thread = StoreThread("keeper")

    async def keep(self, account_id: int, deliveries: Sequence[RawEvent]) -> int:
        """How many of them were new. When this returns they are committed. Raises NotKept."""
        kept: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(((account_id, deliveries), kept))
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_what_waits())
        return await kept

    def close(self) -> None:
        self._thread.close()

    async def _keep_what_waits(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            new = await self._thread.run(self._kept, [call for call, _ in batch])
            for (_, kept), count in zip(batch, new, strict=True):
                if kept.done():
                    continue  # whoever waited was cancelled
                if isinstance(count, Exception):
                    kept.set_exception(count)
                else:
                    kept.set_result(count)

    def _next_batch(self) -> list[tuple[Call, asyncio.Future[int]]]:
        batch: list[tuple[Call, asyncio.Future[int]]] = []
        count = size = 0
        while self._waiting:
            deliveries = self._waiting[0][0][1]
            count, size = count + len(deliveries), size + sum(len(raw.body) for raw in deliveries)
            if batch and (count > MOST_DELIVERIES or size > MOST_BYTES):
                break
            batch.append(self._waiting.popleft())
        return batch

    def _kept(self, calls: Sequence[Call]) -> list[int | NotKept]:
        try:
            return list(self._keep(calls))
        except (OperationalError, InterfaceError) as error:
            log.warning("webhooks: the store does not answer: %s", error)
            return [NotKept() for _ in calls]  # it is busy or away: not the fault of any call, and none would fare better alone
        except Exception as error:
            if len(calls) == 1:
                log.warning("webhooks: a call for account %s cannot be kept: %s", calls[0][0], error)
                return [NotKept()]
        middle = len(calls) // 2
        return self._kept(calls[:middle]) + self._kept(calls[middle:])


def _failed(door: asyncio.Future) -> bool:
    return door.done() and (door.cancelled() or door.exception() is not None)


def _request(scope, body: bytes, below: str) -> Request:
    asked = scope["query_string"]
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(asked.decode("latin-1"), keep_blank_values=True)) if asked else {},
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        remote=(scope.get("client") or ("",))[0],
        url=settings.PUBLIC_URL + scope["path"] + (f"?{asked.decode('latin-1')}" if asked else ""),
        below=below,
    )


async def _body(receive) -> bytes | None:
    """The whole body; None when it is larger than we take."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send, response: Response) -> None:
    headers = [(b"content-type", response.content_type.encode("latin-1")), (b"content-length", b"%d" % len(response.body))]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
