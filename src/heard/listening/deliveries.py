"""What waits to be walked, as workers handle it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from heard.kernel import claims
from heard.listening.actions.quarantine import quarantine
from heard.listening.models import Delivery

__all__ = ["claim_waiting", "free_the_dead", "give_back", "quarantine", "waiting_count"]

MOST_ATTEMPTS = 5  # a delivery whose workers keep dying is poison too


def claim_waiting(*, worker: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """At most `limit` deliveries, oldest first, that are this worker's for the length of the lease.

    One that has killed several workers is claimed alone, so that it takes no other with it.
    """
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    ids = claims.claim(waiting.filter(attempts__lt=2), worker=worker, now=now, lease=lease, limit=limit)
    if not ids:
        ids = claims.claim(waiting.filter(attempts__gte=2), worker=worker, now=now, lease=lease, limit=1)
    found = list(Delivery.objects.filter(id__in=ids).order_by("id"))
    for delivery in [d for d in found if d.attempts > MOST_ATTEMPTS]:
        quarantine(
            delivery.pk, worker=worker, reason=f"Given up after {MOST_ATTEMPTS} attempts: its workers died or ran out of time."
        )
        found.remove(delivery)
    return found


def give_back(delivery_ids: Sequence[int], *, worker: str) -> None:
    """Let go of claimed deliveries without having walked them; it does not count as an attempt."""
    held = Delivery.objects.filter(id__in=delivery_ids, claimed_by=worker)
    held.update(claimed_by="", lease_until=None, attempts=F("attempts") - 1)


def free_the_dead() -> int:
    """Let go of what killed workers of this machine had claimed."""
    return claims.free_the_dead(Delivery.objects.filter(state=Delivery.State.WAITING))


def waiting_count() -> int:
    return Delivery.objects.filter(state=Delivery.State.WAITING).count()
