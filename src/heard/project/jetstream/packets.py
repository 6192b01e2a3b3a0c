"""What lies in the broker: packets of raw posts of one account, and the part of the stream that each author belongs to.

A packet is MessagePack, so that a program in any language can bring posts without Heard:

    {"account_id": 7, "received_at": <timestamp>, "posts": [{"key": "...", "body": <bytes>, "content_type": "...", "headers": {}}]}
"""

from datetime import datetime
from zlib import crc32

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import RawEvent
from heard.listening.deliveries import Waiting
from heard.listening.storable import storable

PARTITIONS = 16  # the most workers that can share the work; a change while posts wait would part one customer's words
PACKET_POSTS = 100  # the client pays per message, about as much as for 20 posts
PACKET_BYTES = 256 * 1024  # a quarter of what a broker takes unless it was told otherwise
_LONGEST_KEY = 255


class Packet(Struct, frozen=True, gc=False):
    """Posts of one account and one partition, in the order in which they came."""

    account_id: int
    received_at: datetime
    posts: list[RawEvent]


class BadPacket(ValueError):
    """The message is no packet of ours."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Packet).decode


def partition_of(account_id: int, author_key: str) -> int:
    """0..PARTITIONS-1. Equal for all that one author says to one account, in every process and every version."""
    return crc32(f"{account_id} {author_key}".encode("utf-8", "surrogatepass")) % PARTITIONS


def sealed(account_id: int, posts: list[RawEvent], *, received_at: datetime) -> bytes:
    return _encode(Packet(account_id, received_at, posts))


def opened(message: bytes) -> list[Waiting]:
    """Its posts as the walk takes them. They have no row, hence no id. Raises BadPacket."""
    try:
        packet = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadPacket(str(error)) from error
    return [
        Waiting(
            id=None,
            account_id=packet.account_id,
            delivery_key=post.key[:_LONGEST_KEY].replace("\0", "\ufffd"),  # all else that no store takes, MessagePack refuses
            received_at=post.received_at or packet.received_at,
            content_type=post.content_type[:120],
            headers=storable(post.headers) if post.headers else {},
            body=post.body,
            attempts=0,
        )
        for post in packet.posts
    ]


def raw_of(post: Waiting) -> RawEvent:
    """The post as it came."""
    return RawEvent(
        key=post.delivery_key,
        body=post.body,
        content_type=post.content_type,
        headers=post.headers,
        received_at=post.received_at,
    )
