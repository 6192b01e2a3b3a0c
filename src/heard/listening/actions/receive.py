from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.channels.contract import JSON, RawEvent
from heard.listening.models import Cursor, Delivery, Payload
from heard.listening.storable import storable
from heard.listening.wake import wake

_FIELDS = ["id", "account_id", "delivery_key", "received_at", "state", "claimed_by", "attempts", "reason"]


def receive(account_id: int, deliveries: Sequence[RawEvent], *, cursor: JSON | None = None, stream: str = "main") -> int:
    """Keep raw deliveries, each key once, and move the cursor, in one transaction. Returns how many were new.

    When this returns they are safe: whoever brought them may be told so. May be repeated. Workers walk them afterwards.
    """
    with bulk.one_writer(bulk.RECEIVER_LOCK):
        [new] = _keep([(account_id, deliveries)])
        if cursor is not None:
            Cursor.objects.update_or_create(account_id=account_id, stream=stream, defaults={"value": cursor})
    return new


def receive_together(calls: Sequence[tuple[int, Sequence[RawEvent]]]) -> list[int]:
    """`receive` for calls of (account id, deliveries) from many sides at once: one commit keeps them all, or none.

    Returns how many were new of each. A key that two calls bring counts for the first.
    """
    with bulk.one_writer(bulk.RECEIVER_LOCK):
        return _keep(calls)


def _keep(calls: Sequence[tuple[int, Sequence[RawEvent]]]) -> list[int]:
    first: dict[tuple[int, str], tuple[int, RawEvent]] = {}
    for number, (account_id, deliveries) in enumerate(calls):
        for raw in deliveries:
            first.setdefault((account_id, storable(raw.key)[:255]), (number, raw))
    known = bulk.existing(Delivery, ["account_id", "delivery_key"], first, ["id"])
    fresh = {key: brought for key, brought in first.items() if key not in known}
    ids, moment = bulk.reserve_ids(Delivery, len(fresh)), now()
    bulk.insert(Delivery, _FIELDS, [_row(id_, key, raw, moment) for id_, (key, (_, raw)) in zip(ids, fresh.items(), strict=True)])
    payloads = [
        [id_, raw.content_type[:120], storable(raw.headers), raw.body] for id_, (_, raw) in zip(ids, fresh.values(), strict=True)
    ]
    bulk.insert(Payload, ["delivery_id", "content_type", "headers", "body"], payloads)
    if fresh:
        transaction.on_commit(wake)
    new = Counter(number for number, _ in fresh.values())
    return [new[number] for number in range(len(calls))]


def cursor_of(account_id: int, *, stream: str = "main") -> JSON:
    return Cursor.objects.filter(account_id=account_id, stream=stream).values_list("value", flat=True).first() or {}


def _row(id_: int, key: tuple[int, str], raw: RawEvent, moment: datetime) -> list:
    return [id_, *key, raw.received_at or moment, Delivery.State.WAITING.value, "", 0, ""]
