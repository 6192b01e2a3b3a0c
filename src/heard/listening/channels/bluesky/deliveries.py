"""Raw deliveries and their keys: equal keys are one delivery, whether it was notified, searched or seen in the firehose.

A post is delivered as its view (author, words, addresses of pictures) wherever we learned of it. Its key has the CID, which is
a hash of the words; the counts of likes around them change all the time and do not make another delivery.
"""

from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from heard.listening.channels.bluesky.payloads import decode
from heard.listening.channels.bluesky.uris import author_in
from heard.listening.channels.contract import RawEvent

LONGEST_KEY = 200


class Marks(Struct, frozen=True, gc=False):
    """What tells one post or notification from another; the rest is skipped, not decoded."""

    uri: str
    cid: str = ""
    reason: str = ""

    @property
    def short(self) -> str:
        """For cursors, which remember many."""
        return sha256(f"{self.uri} {self.cid} {self.reason}".encode()).hexdigest()[:16]


_decode = msgspec.json.Decoder(Marks).decode


def marks_of(body: bytes) -> Marks:
    """A thing without an address is known by its bytes: it is delivered like any other and quarantined alone."""
    try:
        return decode(body, Marks)
    except ValueError:
        return Marks(uri=sha256(body).hexdigest())


def author_key(raw: RawEvent) -> str:
    """The DID of whoever made the record; empty where it cannot be told."""
    if raw.headers.get("event") == "gone":
        return author_in(raw.body.decode("ascii", "replace"))
    try:
        return author_in(_decode(raw.body).uri)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def post(body: bytes, *, us: str, now: datetime, found_by: str = "") -> RawEvent:
    marks = marks_of(body)
    more = {"found-by": found_by} if found_by else {}
    return _delivery(f"post:{marks.uri}:{marks.cid}", body, now=now, event="post", us=us, **more)


def notification(body: bytes, *, us: str, now: datetime) -> RawEvent:
    marks = marks_of(body)
    return _delivery(f"{marks.reason or 'notification'}:{marks.uri}", body, now=now, event="notification", us=us)


def gone(uri: str, *, us: str, now: datetime) -> RawEvent:
    """The post cannot be read any more, or the firehose says that it was deleted."""
    return _delivery(f"gone:{uri}", uri.encode(), now=now, event="gone", us=us)


def _delivery(key: str, body: bytes, *, now: datetime, **headers: str) -> RawEvent:
    return RawEvent(
        key=key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest(),
        body=body,
        content_type="application/json",
        headers=headers,
        received_at=now,
    )
