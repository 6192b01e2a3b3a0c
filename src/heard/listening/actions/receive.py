from collections.abc import Sequence

from django.db import transaction

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import JSON, RawEvent
from heard.listening.models import Cursor, Delivery
from heard.listening.storable import storable
from heard.listening.wake import wake

_FIELDS = [
    "account_id",
    "delivery_key",
    "received_at",
    "content_type",
    "headers",
    "body",
    "state",
    "claimed_by",
    "attempts",
    "reason",
]


def receive(account_id: int, deliveries: Sequence[RawEvent], *, cursor: JSON | None = None, stream: str = "main") -> int:
    """Keep raw deliveries, each key once, and move the cursor, in one transaction. Returns how many were new.

    When this returns they are safe: whoever brought them may be told so. May be repeated. Workers walk them afterwards.
    """
    first: dict[str, RawEvent] = {}
    for raw in deliveries:
        first.setdefault(storable(raw.key)[:255], raw)
    with transaction.atomic():
        known = bulk.existing(Delivery, ["account_id", "delivery_key"], [(account_id, key) for key in first], ["id"])
        rows = [_row(account_id, key, raw) for key, raw in first.items() if (account_id, key) not in known]
        # Two pollers may bring the same page at once; whoever comes second adds nothing.
        bulk.insert(Delivery, _FIELDS, rows, ignore_conflicts=True)
        if cursor is not None:
            Cursor.objects.update_or_create(account_id=account_id, stream=stream, defaults={"value": cursor})
        if rows:
            transaction.on_commit(wake)
    return len(rows)


def cursor_of(account_id: int, *, stream: str = "main") -> JSON:
    return Cursor.objects.filter(account_id=account_id, stream=stream).values_list("value", flat=True).first() or {}


def _row(account_id: int, key: str, raw: RawEvent) -> list:
    return [
        account_id,
        key,
        raw.received_at or now(),
        raw.content_type[:120],
        storable(raw.headers),
        raw.body,
        Delivery.State.WAITING.value,
        "",
        0,
        "",
    ]
