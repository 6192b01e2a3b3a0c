from collections.abc import Collection, Sequence

from heard.kernel.bulk import among
from heard.kernel.clock import now
from heard.listening.deliveries import Waiting
from heard.listening.models import Delivery, Payload


class LostClaim(Exception):
    """Another worker took these deliveries over because our lease ran out; our work on them is rolled back."""


def tick_off(deliveries: Sequence[Waiting], *, worker: str, let_go: Collection[int | None] = ()) -> None:
    """Mark the batch as walked, inside the walk's transaction. Raises LostClaim unless every row is still this worker's.

    The bytes of those in `let_go` are not kept: they hold what must not be stored.
    """
    ids = [d.id for d in deliveries if d.id is not None]
    if not ids:
        return
    # Only what waits is claimed. Asking for the state too would lead PostgreSQL through everything that waits, once a delivery.
    held = Delivery.objects.filter(id__in=among(ids), claimed_by=worker)
    if held.update(state=Delivery.State.WALKED, walked_at=now(), claimed_by="", lease_until=None, reason="") != len(ids):
        raise LostClaim
    if kept := [id_ for id_ in let_go if id_ is not None]:
        Payload.objects.filter(delivery_id__in=among(kept)).delete()
