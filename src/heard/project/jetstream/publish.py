"""Bringing posts into the stream, so that they are safe before anybody has walked them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from heard.kernel.clock import now
from heard.listening.actions import receive
from heard.listening.author_keys import author_keys
from heard.listening.channels.contract import RawEvent
from heard.project.jetstream.broker import ANSWER_SECONDS, STREAM, SUBJECT, NoBroker, connected, ensure_stream
from heard.project.jetstream.packets import PACKET_BYTES, PACKET_POSTS, PARTITIONS, partition_of, sealed

if TYPE_CHECKING:
    from nats.aio.client import Client

PATIENCE_SECONDS = 60.0  # for a broker that is away, before whoever brings the posts is told
AROUND_A_POST = 200  # bytes beside key, body and headers: times, type, names of fields


class Publisher:
    """An open door to the stream. Use it as a context manager, from one thread.

    `publish` brings posts of one account; when it returns, the broker has each of them on disk. After NoBroker some may have
    been taken and some not: bring them again, the walk knows them.
    """

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._patience_seconds = patience_seconds
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()

    def __enter__(self) -> Publisher:
        try:
            self._broker = self._runner.run(self._enter())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._open.aclose())
        self._runner.close()

    async def _enter(self) -> Client:
        broker = await self._open.enter_async_context(connected(self._url, name="heard publisher"))
        try:
            await ensure_stream(broker)
        except NoBroker:
            await self._open.aclose()
            raise
        return broker

    def publish(self, account_id: int, posts: Iterable[RawEvent]) -> int:
        """Returns how many there were. Those too large for the broker are kept in the store, as any delivery."""
        bringing = _Bringing(self._broker, account_id, self._patience_seconds)
        count = self._runner.run(bringing.bring(posts))
        if bringing.too_large:
            receive(account_id, bringing.too_large)
        return count


class _Bringing:
    """One call of `publish`. Of each partition one packet is on its way at a time, so that a retry overtakes nothing."""

    def __init__(self, broker: Client, account_id: int, patience_seconds: float) -> None:
        self._js = broker.jetstream(timeout=ANSWER_SECONDS)
        self._largest = broker.max_payload - AROUND_A_POST
        self._most_bytes = min(PACKET_BYTES, self._largest)
        self._account_id = account_id
        self._author_key = author_keys(account_id)
        self._patience_seconds = patience_seconds
        self._filling: list[list[RawEvent]] = [[] for _ in range(PARTITIONS)]
        self._bytes = [0] * PARTITIONS
        self._on_its_way: list[asyncio.Task | None] = [None] * PARTITIONS
        self.too_large: list[RawEvent] = []

    async def bring(self, posts: Iterable[RawEvent]) -> int:
        count = 0
        try:
            for post in posts:
                count += 1
                if (size := _size(post)) > self._largest:
                    self.too_large.append(post)
                    continue
                partition = partition_of(self._account_id, self._author_key(post))
                if self._bytes[partition] + size > self._most_bytes:
                    await self._send(partition)
                self._filling[partition].append(post)
                self._bytes[partition] += size
                if len(self._filling[partition]) == PACKET_POSTS:
                    await self._send(partition)
            for partition in range(PARTITIONS):
                await self._send(partition)
            await asyncio.gather(*(task for task in self._on_its_way if task))
        finally:
            for task in self._on_its_way:
                if task:
                    task.cancel()
        return count

    async def _send(self, partition: int) -> None:
        """Waits until the packet before has arrived, not until this one has."""
        posts = self._filling[partition]
        if not posts:
            return
        packet = sealed(self._account_id, posts, received_at=now())
        self._filling[partition], self._bytes[partition] = [], 0
        if before := self._on_its_way[partition]:
            await before
        self._on_its_way[partition] = asyncio.create_task(self._deliver(f"{SUBJECT}.{partition}", packet))

    async def _deliver(self, subject: str, packet: bytes) -> None:
        """Again and again until the broker says that it has it; by its id it knows one that it took without our hearing so."""
        from nats import errors
        from nats.js import errors as js_errors

        id_ = uuid.uuid4().hex
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                await self._js.publish(subject, packet, stream=STREAM, headers={"Nats-Msg-Id": id_})
                return
            except (TimeoutError, errors.Error, js_errors.Error) as error:
                if time.monotonic() > until:
                    raise NoBroker(f"The broker did not take a packet: {str(error) or type(error).__name__}") from error
            await asyncio.sleep(0.1)


def _size(post: RawEvent) -> int:
    """Bytes it takes in a packet, at most."""
    size = len(post.body) + 4 * len(post.key) + AROUND_A_POST
    return size + sum(4 * len(name) + 4 * len(value) for name, value in post.headers.items()) if post.headers else size
