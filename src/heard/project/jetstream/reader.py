"""Reading one partition of the stream, page by page and in order."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from typing import TYPE_CHECKING

from heard.listening.deliveries import Waiting
from heard.project.jetstream.broker import ANSWER_SECONDS, STREAM, SUBJECT, NoBroker, ensure_stream, refuse
from heard.project.jetstream.packets import BadPacket, opened

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription
    from nats.js.api import ConsumerInfo

log = logging.getLogger(__name__)

PAGE_PACKETS = 500
PAGE_BYTES = 1024 * 1024  # or one packet, if the broker allows larger ones
IDLE_SECONDS = 2.0  # how long one question for news stays open at the broker
LOST_SECONDS = 2.0  # more, and the question went down with a broker; what comes later than that is not lost, only asked for anew
PAUSE_SECONDS = 0.5
ACK_SECONDS = 60.0  # after that the broker takes an unacknowledged packet for lost; only a lost acknowledgement comes to this
MOST_DEATHS = 6  # in a row, of workers that had the oldest packet in hand; they may have died of something else they had there


class LostPlace(Exception):
    """The broker's book of what it gave us and ours differ; we begin again at the oldest packet that nobody has walked."""


class Page:
    """What a reader brings at once. It brings no more before `done` was called."""

    def __init__(self, packets: list[Msg], posts: list[Waiting], *, is_suspect: bool) -> None:
        self.posts = posts
        self.is_suspect = is_suspect  # so many workers died with it in hand that it is looked at post by post
        self._packets = packets
        self._done = asyncio.Event()

    async def done(self) -> None:
        """The posts are in the store: the broker may forget them. Should it not hear so, they come again and change nothing."""
        for packet in self._packets:
            await packet.ack()
        self._done.set()

    async def wait(self) -> None:
        await self._done.wait()


class Reader:
    """Fills `pages` with the pages of one partition, until it is to leave.

    It is the only one there: the broker keeps one consumer for each partition of a work queue, and a reader that comes sends
    away whoever was there before. It starts at the oldest packet that is not acknowledged, whoever had it in hand. The broker
    numbers what it gives to one consumer; where a number is missing, something was lost on the way, and the reader starts anew.
    """

    def __init__(self, broker: Client, partition: int, pages: asyncio.Queue[Page]) -> None:
        self._broker = broker
        self._js = broker.jetstream(timeout=ANSWER_SECONDS)
        self._partition = partition
        self._pages = pages
        self._page_bytes = max(PAGE_BYTES, broker.max_payload) + 16 * 1024
        self._consumer = ""
        self._deaths = 0
        self._given = 0
        self._inbox: Subscription | None = None
        self._page: Page | None = None
        self._leaving = False
        self._task = asyncio.create_task(self._run())

    async def leave(self) -> bool:
        """Whether it has left: not while a page is in hand. Ask again when that is done."""
        self._leaving = True
        if self._page:
            return False
        await self.stop()
        return True

    async def stop(self) -> None:
        """Leave at once; what is in hand stays with the broker for whoever comes next."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._consumer and self._broker.is_connected:
            await asyncio.gather(self._js.delete_consumer(STREAM, self._consumer), return_exceptions=True)

    async def _run(self) -> None:
        from nats import errors
        from nats.js import errors as js_errors

        while not self._leaving:
            try:
                await self._begin()
                while not self._leaving:
                    await self._bring(await self._next())
            except LostPlace as lost:
                log.info("partition %d: %s", self._partition, lost)
            except (TimeoutError, NoBroker, errors.Error, js_errors.Error) as error:
                log.info("partition %d: %s", self._partition, str(error) or type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    # ── Our place ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self) -> None:
        from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

        await ensure_stream(self._broker)
        subject = f"{SUBJECT}.{self._partition}"
        for before in await self._js.consumers_info(STREAM):
            if before.config.filter_subject == subject:
                self._deaths = self._deaths if before.name == self._consumer else _deaths_after(before)
                await self._js.delete_consumer(STREAM, before.name)
        self._consumer = f"{self._partition}-{self._deaths}-{uuid.uuid4().hex[:12]}"
        self._given = 0
        if self._inbox:
            await self._inbox.unsubscribe()
        self._inbox = await self._broker.subscribe(self._broker.new_inbox())
        await self._js.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=self._consumer,
                filter_subject=subject,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_SECONDS,
                max_ack_pending=2 * PAGE_PACKETS,
            ),
        )

    # ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _next(self) -> list[Msg]:
        """What is there; when nothing is, the first that comes and whatever came with it."""
        if self._deaths >= MOST_DEATHS:
            return await self._pull({"batch": 1, "expires": int(IDLE_SECONDS * 1e9)})
        there = {"batch": PAGE_PACKETS, "max_bytes": self._page_bytes, "no_wait": True}
        packets = await self._pull(there)
        if packets:
            return packets
        packets = await self._pull({"batch": 1, "expires": int(IDLE_SECONDS * 1e9)})
        return packets + await self._pull(there) if packets else []

    async def _pull(self, request: dict[str, int | bool]) -> list[Msg]:
        """Raises LostPlace, or a time-out when the broker is away."""
        assert self._inbox
        asked = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._consumer}"
        await self._broker.publish(asked, json.dumps(request).encode(), reply=self._inbox.subject)
        packets: list[Msg] = []
        while len(packets) < request["batch"]:
            message = await self._inbox.next_msg(timeout=IDLE_SECONDS + LOST_SECONDS)
            headers = message.headers or {}
            if status := headers.get("Status"):
                if status == "503" or "Deleted" in headers.get("Description", ""):
                    raise LostPlace("our consumer is gone")
                break
            self._given += 1
            if message.metadata.sequence.consumer != self._given:
                raise LostPlace("a packet was lost on the way")
            packets.append(message)
        return packets

    async def _bring(self, packets: list[Msg]) -> None:
        if not packets:
            return
        posts: list[Waiting] = []
        for packet in packets:
            try:
                posts += opened(packet.data)
            except BadPacket as error:
                log.error("a message on %s is no packet: %s", packet.subject, error)
                await refuse(self._broker, packet.data)
        self._page = Page(packets, posts, is_suspect=self._deaths >= MOST_DEATHS)
        try:
            await self._pages.put(self._page)
            await self._page.wait()
        finally:
            self._page = None
        self._deaths = 0


def _deaths_after(before: ConsumerInfo) -> int:
    """How many workers have died over the oldest packet, as the one who had this consumer is gone without leaving."""
    deaths = int(before.name.split("-")[1])
    if before.ack_floor and before.ack_floor.consumer_seq:
        deaths = 0  # it was another packet then
    return deaths + 1 if before.num_ack_pending else deaths
