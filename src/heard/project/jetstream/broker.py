"""The broker: how it is reached, the one stream we keep there, and what it can say about itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from heard.project.jetstream.packets import PARTITIONS

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

STREAM = "HEARD_INTAKE"
SUBJECT = "heard.intake"
REFUSED = f"{SUBJECT}.refused"  # messages that are no packets of ours lie here until somebody looks
ANSWER_SECONDS = 5.0
UNSENT_BYTES = 32 * 1024 * 1024  # what may wait in this process while the broker is away


class NoBroker(Exception):
    """The broker cannot be used. The text says why and what to do; what it took before is safe with it."""


@asynccontextmanager
async def connected(url: str, *, name: str) -> AsyncIterator[Client]:
    """A connection that mends itself. Raises NoBroker when there is none to be had now, or no JetStream behind it."""
    try:
        import nats
    except ImportError as error:
        raise NoBroker("HEARD_NATS_URL is set, and the client is not installed. Run: pip install 'heard[nats]'") from error
    closing = False

    async def lost() -> None:
        if not closing:
            log.warning("the broker is away; what it took is safe there, and we go on when it is back")

    try:
        connecting = nats.connect(
            url,
            name=name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,
            pending_size=UNSENT_BYTES,
            error_cb=_told,
            disconnected_cb=lost,
            reconnected_cb=_found,
        )
        broker = await asyncio.wait_for(connecting, ANSWER_SECONDS)
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise NoBroker(f"The broker of HEARD_NATS_URL does not answer: {str(error) or type(error).__name__}") from error
    try:
        yield broker
    finally:
        closing = True
        await broker.close()


async def ensure_stream(broker: Client) -> None:
    """Our stream is there: on disk, each message gone once it is walked, nothing thrown away when it is full.

    One that the operator made (with replicas, with a limit) is taken as it is, if it can serve. Raises NoBroker.
    """
    from nats.js import errors
    from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

    js = broker.jetstream(timeout=ANSWER_SECONDS)
    wanted = StreamConfig(
        name=STREAM,
        subjects=[f"{SUBJECT}.*"],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        duplicate_window=120,
    )
    try:
        try:
            found = (await js.stream_info(STREAM)).config
        except errors.NotFoundError:
            found = (await js.add_stream(wanted)).config
    except errors.ServiceUnavailableError as error:
        raise NoBroker("The broker has no JetStream. Start it with: nats-server --jetstream --store_dir FOLDER") from error
    except (TimeoutError, errors.Error) as error:
        raise NoBroker(f"The broker does not give us our stream {STREAM}: {str(error) or 'no answer'}") from error
    if found.retention != RetentionPolicy.WORK_QUEUE or found.subjects != wanted.subjects or found.discard != DiscardPolicy.NEW:
        raise NoBroker(
            f"The stream {STREAM} was made otherwise: it must have the subject {SUBJECT}.*, keep messages as a work queue, "
            "and refuse new ones when it is full"
        )


async def refuse(broker: Client, message: bytes) -> None:
    """Lay aside what cannot be walked and has no account under which a person would find it. Raises when it is not kept."""
    log.error("a message at the broker is not for us; it lies on %s now", REFUSED)
    await broker.jetstream(timeout=ANSWER_SECONDS).publish(REFUSED, message, stream=STREAM)


class Standing(Struct, frozen=True):
    """How the broker is doing: packets that wait, messages that were no packets, and how many workers hold partitions."""

    waiting: int
    refused: int
    held: int


def standing(url: str) -> Standing:
    """Raises NoBroker."""
    return asyncio.run(_standing(url))


async def _standing(url: str) -> Standing:
    async with connected(url, name="heard doctor") as broker:
        await ensure_stream(broker)
        js = broker.jetstream(timeout=ANSWER_SECONDS)
        state = (await js.stream_info(STREAM, subjects_filter=REFUSED)).state
        refused = (state.subjects or {}).get(REFUSED, 0)
        return Standing(waiting=state.messages - refused, refused=refused, held=min(state.consumer_count, PARTITIONS))


async def _told(error: Exception) -> None:
    log.info("broker: %s", str(error) or type(error).__name__)


async def _found() -> None:
    log.warning("the broker is back")
