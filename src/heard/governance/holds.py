"""Legal holds: what somebody said is evidence, and stays until the hold is lifted."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from heard.governance.models import LegalHold
from heard.governance.permissions import Viewer


class Hold(NamedTuple):
    reason: str
    placed_by: str
    placed_at: datetime


class Held(Exception):
    """Nothing may be erased of them. The text says why, and by whose word; nothing was changed."""


def held() -> frozenset[int]:
    """Every identity under a hold."""
    return frozenset(LegalHold.objects.filter(lifted_at=None).values_list("identity", flat=True))


def holds_on(viewer: Viewer, identity_ids: Collection[int]) -> list[Hold]:
    """Those in force, each once. Who may place one may read it."""
    viewer.check("customer.hold")
    rows = LegalHold.objects.filter(identity__in=identity_ids, lifted_at=None).order_by("placed_at")
    return list(dict.fromkeys(Hold(*row) for row in rows.values_list("reason", "placed_by__name", "placed_at")))


def check_free(identity_ids: Collection[int]) -> None:
    """Raises Held. Whoever asks stands in the middle of erasing."""
    hold = LegalHold.objects.filter(identity__in=identity_ids, lifted_at=None).select_related("placed_by").first()
    if hold:
        raise Held(f"{hold.placed_by.name} placed a legal hold on {hold.placed_at:%d %B %Y}: {hold.reason} Nothing was erased.")
