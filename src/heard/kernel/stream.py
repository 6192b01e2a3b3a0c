"""The event stream behind live pages: append in the verb's transaction, read without gaps.

Ids are handed out before commit, so on PostgreSQL event 7 can become visible after event 8, and a reader that remembers
"8" would never see 7. Each publisher therefore announces, by a shared advisory lock that lasts as long as its
transaction, the highest id that was taken before its own. A reader first asks how far ids go, then who is still
publishing, and only then reads: whatever had an id by then is either announced, and the reader stops short of it, or
finished, and visible. Publishers never wait for each other or for a reader. SQLite has one writer: ids are in order.

A position is the id of the last event seen, and travels as the SSE event id.

Whoever listens in the same process is nudged when a publisher commits; in another process it finds the events by looking.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from heard.kernel.models import StreamEvent
from heard.kernel.prepared import given, prepared

_ANNOUNCED = 0x4845 << 48  # our part of the space of advisory locks; the lower 48 bits are an event id
_SEQUENCE = "pg_get_serial_sequence('kernel_streamevent', 'id')"


@dataclass(frozen=True)
class Event:
    position: int
    topic: str
    payload: dict
    team_id: int | None


@dataclass(frozen=True)
class News:
    """What a verb wants live pages to know. `team_id` says who may be told; None is every member."""

    topic: str
    payload: dict
    team_id: int | None = None


_listeners: set[Callable[[], object]] = set()


def listen(nudge: Callable[[], object]) -> Callable[[], None]:
    """Call `nudge`, which must not wait, whenever this process has committed events, in the thread that did. Returns what ends it."""
    _listeners.add(nudge)
    return lambda: _listeners.discard(nudge)


def publish(*news: News) -> None:
    """Append to the stream inside the caller's transaction; pages see it when that commits."""
    if not news:
        return
    rows = [(n.topic, msgspec.json.encode(n.payload).decode(), n.team_id) for n in news]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT pg_advisory_xact_lock_shared({_ANNOUNCED} + coalesce(pg_sequence_last_value({_SEQUENCE}), 0))"
            )
            cursor.execute(
                "INSERT INTO kernel_streamevent (topic, payload, team_id, at) "
                "SELECT topic, payload::jsonb, team_id, now() "
                "FROM unnest(%s::text[], %s::text[], %s::bigint[]) WITH ORDINALITY AS w(topic, payload, team_id, n) ORDER BY n",
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            at = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
            cursor.executemany(f"INSERT INTO kernel_streamevent (topic, payload, team_id, at) VALUES (%s, %s, %s, {at})", rows)
    transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    for nudge in list(_listeners):
        nudge()


def head() -> int:
    """The newest position a reader may have seen now. A page renders with it, then listens from it."""
    horizon = _horizon()
    newest = _newest() if horizon is None else _newest_up_to(horizon=horizon)
    return newest[0][0] if newest else 0


@prepared
def _newest() -> QuerySet:
    return StreamEvent.objects.order_by("-id").values_list("id")[:1]


@prepared
def _newest_up_to() -> QuerySet:
    return StreamEvent.objects.filter(id__lte=given("horizon")).order_by("-id").values_list("id")[:1]


def since(position: int, *, limit: int = 500) -> list[Event]:
    """Events after `position`, oldest first, every one of them sooner or later and none twice."""
    horizon = _horizon()
    events = StreamEvent.objects.filter(id__gt=position).order_by("id")
    if horizon is not None:
        events = events.filter(id__lte=horizon)
    return [Event(*row) for row in events.values_list("id", "topic", "payload", "team_id")[:limit]]


def is_too_old(position: int) -> bool:
    """Whether events after `position` have been cleared away already, so that a page must load anew."""
    oldest = StreamEvent.objects.order_by("id").values_list("id", flat=True).first()
    return oldest is not None and 0 < position < oldest - 1


def clear(before: datetime) -> int:
    """Drop events older than `before`, always keeping the newest; pages that were away longer are told to load anew."""
    newest = StreamEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return StreamEvent.objects.filter(at__lt=before, id__lt=newest).delete()[0]


def _horizon() -> int | None:
    """The highest id that may be read now; None when all may. The two questions must be asked in this order."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(pg_sequence_last_value({_SEQUENCE}), 0)")
        last = cursor.fetchone()[0]
        cursor.execute(
            "SELECT min(((classid::bigint << 32) | objid::bigint) - %s) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid::bigint >> 16 = %s AND pid <> pg_backend_pid()",
            [_ANNOUNCED, _ANNOUNCED >> 48],
        )
        announced = cursor.fetchone()[0]
    return last if announced is None else min(last, announced)
