"""What waits to be walked, as workers handle it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from msgspec import Struct

from heard.kernel import bulk, claims
from heard.listening.models import Delivery, Payload


class Waiting(Struct, frozen=True, gc=False):
    """A claimed delivery, as the walk needs it: thousands a second are not worth a model instance each.

    `id` is None for what a source keeps for us until we have walked it (a broker): it has no row, and needs none.
    """

    id: int | None
    account_id: int
    delivery_key: str
    received_at: datetime
    content_type: str
    headers: dict[str, str]
    body: bytes
    attempts: int


def claim_waiting(*, worker: str, now: datetime, lease: timedelta, limit: int) -> list[Waiting]:
    """At most `limit` deliveries, oldest first, that are this worker's for the length of the lease.

    One that has killed several workers is claimed alone, so that it takes no other with it.
    """
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    ids = claims.claim(waiting.filter(attempts__lt=2), worker=worker, now=now, lease=lease, limit=limit)
    if not ids:
        ids = claims.claim(waiting.filter(attempts__gte=2), worker=worker, now=now, lease=lease, limit=1)
    keys = [(i,) for i in ids]
    rows = bulk.select(Delivery, ["id"], keys, ["account_id", "delivery_key", "received_at", "attempts"])
    payloads = bulk.select(Payload, ["delivery_id"], keys, ["content_type", "headers", "body"])
    return [
        Waiting(id_, account_id, key, received_at, content_type, headers, body, attempts)
        for (id_, account_id, key, received_at, attempts), (_, content_type, headers, body) in zip(rows, payloads, strict=True)
    ]


def give_back(delivery_ids: Sequence[int], *, worker: str) -> None:
    """Let go of claimed deliveries without having walked them; it does not count as an attempt."""
    held = Delivery.objects.filter(id__in=bulk.among(delivery_ids), claimed_by=worker)
    held.update(claimed_by="", lease_until=None, attempts=F("attempts") - 1)


def free_the_dead() -> int:
    """Let go of what killed workers of this machine had claimed."""
    return claims.free_the_dead(Delivery.objects.filter(state=Delivery.State.WAITING))


def waiting_count() -> int:
    return Delivery.objects.filter(state=Delivery.State.WAITING).count()
