from collections.abc import Sequence

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer, within_teams
from heard.kernel import stream
from heard.listening.actions.receive import receive
from heard.listening.channels.contract import RawEvent
from heard.listening.deliveries import Waiting
from heard.listening.models import Delivery
from heard.listening.storable import storable
from heard.listening.wake import wake

State = Delivery.State


def replay(viewer: Viewer, delivery_ids: Sequence[int]) -> int:
    """Let quarantined deliveries walk again, after a fix. Returns how many went back."""
    viewer.check("quarantine.replay")
    with transaction.atomic():
        held = Delivery.objects.filter(within_teams(viewer, "account__team"), id__in=delivery_ids, state=State.QUARANTINED)
        count = Delivery.objects.filter(id__in=list(held.values_list("id", flat=True)), state=State.QUARANTINED).update(
            state=State.WAITING, attempts=0, claimed_by="", lease_until=None
        )
        audit.note(viewer, "quarantine.replay", "delivery", None, ids=list(delivery_ids), count=count)
        stream.publish(stream.News("quarantine", {}))
        transaction.on_commit(wake)
    return count


def dismiss(viewer: Viewer, delivery_id: int, *, why: str) -> None:
    """Leave a delivery out for good, with the reason; its bytes are kept."""
    viewer.check("quarantine.replay")
    with transaction.atomic():
        Delivery.objects.filter(within_teams(viewer, "account__team"), pk=delivery_id, state=State.QUARANTINED).update(
            state=State.DISMISSED, reason=why.strip()[:1000] or "dismissed"
        )
        audit.note(viewer, "quarantine.dismiss", "delivery", delivery_id, why=why)
        stream.publish(stream.News("quarantine", {}))


def quarantine(delivery: Waiting, *, worker: str, reason: str) -> None:
    """Put one delivery that cannot be walked aside, alone, with its reason and its bytes. The rest goes on."""
    with transaction.atomic():
        delivery_id = delivery.id if delivery.id is not None else _keep(delivery, worker=worker)
        if delivery_id is None:
            return
        Delivery.objects.filter(pk=delivery_id, claimed_by=worker, state=State.WAITING).update(
            state=State.QUARANTINED, reason=storable(reason)[:2000], claimed_by="", lease_until=None
        )
        stream.publish(stream.News("quarantine", {}))


def _keep(delivery: Waiting, *, worker: str) -> int | None:
    """The row of what came without one. None when one of that key is here already: it was set aside before."""
    raw = RawEvent(
        key=delivery.delivery_key,
        body=delivery.body,
        content_type=delivery.content_type,
        headers=delivery.headers,
        received_at=delivery.received_at,
    )
    if not receive(delivery.account_id, [raw]):
        return None
    row = Delivery.objects.filter(account_id=delivery.account_id, delivery_key=storable(delivery.delivery_key)[:255])
    row.update(claimed_by=worker, attempts=delivery.attempts)
    return row.values_list("id", flat=True).get()
