"""Raw deliveries and their keys: equal keys are one delivery, whether it was polled, streamed or found twice.

A key names the thing and its version, so that an edit is another delivery than the words before it.
"""

from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import RawEvent
from heard.listening.channels.mastodon.payloads import decode

LONGEST_KEY = 200


class StatusMarks(Struct, frozen=True):
    id: str
    edited_at: str | None = None


class Marks(Struct, frozen=True):
    """What tells one status or notification from another, without the rest of it."""

    id: str
    type: str = ""
    edited_at: str | None = None
    status: StatusMarks | None = None


def marks_of(body: bytes) -> Marks:
    """A thing without a readable id is known by its bytes: it is delivered like any other and quarantined alone."""
    try:
        return decode(body, Marks)
    except ValueError:
        return Marks(id=sha256(body).hexdigest())


def id_of(body: msgspec.Raw) -> str:
    return marks_of(bytes(body)).id


def notification(body: bytes, *, software: str, now: datetime) -> RawEvent:
    marks = marks_of(body)
    version = (marks.status and marks.status.edited_at) or ""
    return _delivery(f"notification:{marks.id}:{version}", body, now=now, event="notification", software=software)


def status(body: bytes, *, software: str, now: datetime, found_by: str = "", event: str = "status") -> RawEvent:
    marks = marks_of(body)
    key = f"{event}:{marks.id}:{marks.edited_at or ''}"
    return _delivery(key, body, now=now, event=event, software=software, **({"found-by": found_by} if found_by else {}))


def gone(external_id: str, *, now: datetime) -> RawEvent:
    """The status cannot be read any more, or the stream says that it was deleted."""
    return _delivery(f"gone:{external_id}", external_id.encode(), now=now, event="gone")


def _delivery(key: str, body: bytes, *, now: datetime, **headers: str) -> RawEvent:
    return RawEvent(
        key=key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest(),
        body=body,
        content_type="application/json",
        headers=headers,
        received_at=now,
    )
