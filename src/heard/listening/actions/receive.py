from collections import Counter
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
    with transaction.atomic():
        [new] = _keep([(account_id, deliveries)])
        if cursor is not None:
            Cursor.objects.update_or_create(account_id=account_id, stream=stream, defaults={"value": cursor})
    return new


def receive_together(calls: Sequence[tuple[int, Sequence[RawEvent]]]) -> list[int]:
    """`receive` for calls of (account id, deliveries) from many sides at once: one commit keeps them all, or none.

    Returns how many were new of each. A key that two calls bring counts for the first.
    """
    with transaction.atomic():
        return _keep(calls)


def _keep(calls: Sequence[tuple[int, Sequence[RawEvent]]]) -> list[int]:
    first: dict[tuple[int, str], tuple[int, RawEvent]] = {}
    for number, (account_id, deliveries) in enumerate(calls):
        for raw in deliveries:
            first.setdefault((account_id, storable(raw.key)[:255]), (number, raw))
    known = bulk.existing(Delivery, ["account_id", "delivery_key"], first, ["id"])
    fresh = {key: brought for key, brought in first.items() if key not in known}
    rows = [_row(account_id, key, raw) for (account_id, key), (_, raw) in fresh.items()]
    # Two pollers may bring the same page at once; whoever comes second adds nothing.
    bulk.insert(Delivery, _FIELDS, rows, ignore_conflicts=True)
    if rows:
        transaction.on_commit(wake)
    new = Counter(number for number, _ in fresh.values())
    return [new[number] for number in range(len(calls))]


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
