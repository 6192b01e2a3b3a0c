"""Walking what lies in the stream. Start as many workers as you like: they share the partitions out among themselves."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import OperationalError, close_old_connections, connections

from heard.kernel import claims, crew
from heard.kernel.clock import now
from heard.listening.accounts import existing
from heard.listening.actions import receive_together
from heard.listening.deliveries import Waiting
from heard.project import environment
from heard.project.jetstream.broker import NoBroker, connected, ensure_stream, refuse
from heard.project.jetstream.packets import PARTITIONS, raw_of, sealed
from heard.project.jetstream.reader import Page, Reader
from heard.project.worker import get_ready_to_walk, walk_or_halve

log = logging.getLogger(__name__)

DUTY = "jetstream"
LEASE = timedelta(seconds=15)  # how long the partitions of a killed worker lie still
SIGN_IN_EVERY_SECONDS = 2.0
BATCH = 2000  # posts; a page more may come along
GATHER_SECONDS = 0.03  # a live post waits no longer for company
LOOK_EVERY_SECONDS = 0.5
PAUSE_SECONDS = 1.0


def work(stopping: Callable[[], bool]) -> None:
    """Walk what the broker of HEARD_NATS_URL holds for us until `stopping`. Goes on after every failure of broker or store."""
    url = environment.read("HEARD_NATS_URL")
    while not stopping():
        try:
            asyncio.run(_Shift(url, stopping).work())
            continue
        except NoBroker as error:
            log.warning("%s", error)
        except OperationalError as error:
            log.warning("the store does not answer: %s", error)
        except Exception:
            log.exception("the intake through the broker met what nobody foresaw; it goes on")
        time.sleep(PAUSE_SECONDS)


class _Shift:
    """One worker on one connection. The store is used from one thread of its own, while the loop reads ahead."""

    def __init__(self, url: str, stopping: Callable[[], bool]) -> None:
        self._url = url
        self._stopping = stopping
        self._worker = claims.new_worker_name()
        self._pages: asyncio.Queue[Page] = asyncio.Queue()
        self._readers: dict[int, Reader] = {}
        self._sign_in_at = 0.0

    async def work(self) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="jetstream-walk") as self._thread:
            try:
                await self._in_store(get_ready_to_walk)
                async with connected(self._url, name=f"heard worker {self._worker}") as self._broker:
                    await ensure_stream(self._broker)
                    try:
                        while not self._stopping():
                            if self._broker.is_closed:
                                raise NoBroker("The broker closed the connection for good; trying anew")
                            await self._sign_in()
                            if pages := await self._gather():
                                await self._walk(pages)
                    finally:
                        await asyncio.gather(*(reader.stop() for reader in self._readers.values()))
            finally:
                await self._in_store(_leave, self._worker)

    async def _in_store(self, action: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, action, *given)

    # ── Partitions ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _sign_in(self) -> None:
        """Read what is ours by our share of the duty, and stop reading what is not."""
        if time.monotonic() < self._sign_in_at:
            return
        self._sign_in_at = time.monotonic() + SIGN_IN_EVERY_SECONDS
        mine, too_many = await self._in_store(_share, self._worker)
        for partition in sorted(mine - self._readers.keys()):
            self._readers[partition] = Reader(self._broker, partition, self._pages)
        for partition in self._readers.keys() - mine - too_many:  # we were away for longer than a lease
            await self._readers.pop(partition).stop()
        for partition in too_many:
            reader = self._readers.get(partition)
            if reader is None or await reader.leave():
                self._readers.pop(partition, None)
                await self._in_store(_let_go, partition, self._worker)

    # ── Posts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _gather(self) -> list[Page]:
        """The next batch; empty when nothing came for a while."""
        pages: list[Page] = []
        until = time.monotonic() + LOOK_EVERY_SECONDS
        while sum(len(page.posts) for page in pages) < BATCH:
            try:
                page = await asyncio.wait_for(self._pages.get(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                break
            if not pages:
                until = time.monotonic() + GATHER_SECONDS
            pages.append(page)
        return pages

    async def _walk(self, pages: list[Page]) -> None:
        """Keeps at it while the store is away. What it has in hand when it is to stop stays with the broker."""
        suspects = [post for page in pages if page.is_suspect for post in page.posts]
        posts = [post for page in pages if not page.is_suspect for post in page.posts]
        while True:
            try:
                homeless = await self._in_store(_walk, posts, suspects, self._worker)
                break
            except OperationalError as error:
                log.warning("the store does not answer: %s", error)
            if self._stopping():
                return
            await asyncio.sleep(PAUSE_SECONDS)
        for post in homeless:
            await refuse(self._broker, sealed(post.account_id, [raw_of(post)], received_at=post.received_at))
        for page in pages:
            await page.done()


def _share(worker: str) -> tuple[set[int], set[int]]:
    close_old_connections()
    return crew.share(DUTY, PARTITIONS, worker=worker, now=now(), lease=LEASE)


def _let_go(partition: int, worker: str) -> None:
    crew.let_go(DUTY, partition, worker=worker)


def _leave(worker: str) -> None:
    try:
        crew.leave(DUTY, worker=worker)
    except OperationalError:
        pass  # the leases run out by themselves
    finally:
        connections.close_all()


def _walk(posts: list[Waiting], suspects: list[Waiting], worker: str) -> list[Waiting]:
    """Returns those that are for no account of ours.

    Suspects become rows of the store, where each has its attempts counted and is set aside alone when they are used up. That
    may cost a customer's order, for any worker may claim any row.
    """
    close_old_connections()
    ours = existing(post.account_id for post in (*posts, *suspects))
    if at_home := [post for post in posts if post.account_id in ours]:
        walk_or_halve(at_home, worker=worker)
    receive_together([(post.account_id, [raw_of(post)]) for post in suspects if post.account_id in ours])
    return [post for post in (*posts, *suspects) if post.account_id not in ours]
