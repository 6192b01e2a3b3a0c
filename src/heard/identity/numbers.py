"""The numbers that records hold of somebody: of orders, parcels and devices. So that nobody is asked for what the shop knows."""

from collections.abc import Iterable

from django.db.models import F, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import Order, OrderLine, Shipment
from heard.identity.selectors import Told, visible_faces
from heard.kernel.prepared import given_ids, prepared

MOST = 20  # of each kind, the newest


def numbers_seen(viewer: Viewer, identity_ids: Iterable[int]) -> list[Told]:
    """Of those of these identities that the viewer may know of, the newest first. The field is a kind of fact. Three queries."""
    ids = set(identity_ids)
    asked = (("order", _orders), ("tracking", _parcels), ("serial", _devices))
    found = [
        Told(identity_id, field, value, source, at)
        for field, ask in asked
        for identity_id, value, source, at in ask(viewer, identities=ids)
    ]
    return sorted(found, key=lambda told: told.seen_at, reverse=True)


@prepared
def _orders(viewer: Viewer) -> QuerySet:
    return _numbers(viewer, Order.objects.all(), "number", "placed_at")


@prepared
def _parcels(viewer: Viewer) -> QuerySet:
    return _numbers(viewer, Shipment.objects.exclude(tracking=""), "tracking", "told_at")


@prepared
def _devices(viewer: Viewer) -> QuerySet:
    return _numbers(viewer, OrderLine.objects.exclude(serial=""), "serial", "told_at")


def _numbers(viewer: Viewer, rows: QuerySet, number: str, moment: str) -> QuerySet:
    seen = visible_faces(viewer).filter(identity_id__in=given_ids("identities")).values("identity_id")
    theirs = rows.filter(identity_id__in=seen).order_by(f"-{moment}", "-pk")
    return theirs.values_list("identity_id", F(number), "source", F(moment))[:MOST]
