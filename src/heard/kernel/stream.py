"""The event stream behind live pages: append in the verb's transaction, read without gaps.

Sequence numbers are handed out before commit, so on PostgreSQL event 7 can become visible after event 8. A reader that
remembers "8" would never see 7. Each event therefore carries its transaction id, and readers see only events older than
the oldest transaction still running (`pg_snapshot_xmin`), in the order (xid, id). SQLite has one writer, so commit order
is id order and xid stays 0. A position is written "xid-id" and travels as the SSE event id.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection

from heard.kernel.models import StreamEvent

KEEP = 200_000  # events a page may catch up on; older positions get a "reset"


@dataclass(frozen=True, order=True)
class Position:
    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Raises ValueError on anything but "xid-id"."""
        xid, _, id_ = text.partition("-")
        return cls(int(xid), int(id_))


@dataclass(frozen=True)
class Event:
    position: Position
    topic: str
    payload: dict
    team_id: int | None


@dataclass(frozen=True)
class News:
    """What a verb wants live pages to know."""

    topic: str
    payload: dict
    team_id: int | None = None


def publish(*news: News) -> None:
    """Append to the stream inside the caller's transaction; pages see it when that commits."""
    if not news:
        return
    xid = "pg_current_xact_id()::text::bigint" if connection.vendor == "postgresql" else "0"
    at = "now()" if connection.vendor == "postgresql" else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO kernel_streamevent (xid, topic, payload, team_id, at) VALUES ({xid}, %s, %s, %s, {at})",
            [(n.topic, msgspec.json.encode(n.payload).decode(), n.team_id) for n in news],
        )


def head() -> Position:
    """The newest position a reader may have seen now. A page renders with it, then listens from it."""
    row = _readable().order_by("-xid", "-id").values_list("xid", "id").first()
    return Position(*row) if row else Position()


def since(position: Position, *, limit: int = 500) -> list[Event]:
    """Events after `position`, oldest first, every one of them sooner or later and none twice."""
    rows = (
        _readable()
        .extra(where=["(xid, id) > (%s, %s)"], params=[position.xid, position.id])
        .order_by("xid", "id")
        .values_list("xid", "id", "topic", "payload", "team_id")[:limit]
    )
    return [Event(Position(xid, id_), topic, payload, team_id) for xid, id_, topic, payload, team_id in rows]


def is_too_old(position: Position) -> bool:
    """Whether events after `position` have been cleared away already, so that a page must load anew."""
    oldest = StreamEvent.objects.order_by("xid", "id").values_list("xid", "id").first()
    return bool(oldest) and position != Position() and position < Position(*oldest)


def clear(before: datetime) -> int:
    """Drop events older than `before`; pages that were away longer are told to load anew."""
    newest_id = StreamEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return StreamEvent.objects.filter(at__lt=before, id__lt=newest_id).delete()[0]


def _readable():
    events = StreamEvent.objects.all()
    if connection.vendor == "postgresql":
        events = events.extra(where=["xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
    return events
