"""What the house decides about personal data: holds, and how long each kind is kept."""

from collections.abc import Collection

from django.db import transaction

from heard.governance import audit
from heard.governance.actions import Refused
from heard.governance.models import LegalHold, RetentionRule
from heard.governance.permissions import Viewer
from heard.governance.retention import kinds
from heard.governance.rules.retention import LEAST_DAYS, MOST_DAYS
from heard.kernel.clock import now


def place_hold(viewer: Viewer, identity_ids: Collection[int], *, reason: str) -> None:
    """Nothing of these identities is erased or removed by a rule until the hold is lifted. May be repeated."""
    viewer.check("customer.hold")
    if not reason.strip():
        raise Refused("Say why it must be kept. Whoever asks for the erasure is told.")
    with transaction.atomic():
        held = set(LegalHold.objects.filter(identity__in=identity_ids, lifted_at=None).values_list("identity", flat=True))
        about = {"reason": reason.strip()[:300], "placed_by_id": viewer.member_id, "placed_at": now()}
        made = LegalHold.objects.bulk_create([LegalHold(identity=i, **about) for i in sorted(set(identity_ids) - held)])
        for hold in made:
            audit.note(viewer, "customer.hold", "hold", hold.pk)


def lift_hold(viewer: Viewer, identity_ids: Collection[int]) -> None:
    """What was held may go again. May be repeated."""
    viewer.check("customer.hold")
    with transaction.atomic():
        for hold in LegalHold.objects.filter(identity__in=identity_ids, lifted_at=None):
            LegalHold.objects.filter(pk=hold.pk).update(lifted_at=now(), lifted_by_id=viewer.member_id)
            audit.note(viewer, "customer.lift_hold", "hold", hold.pk)


def keep_for(viewer: Viewer, kind: str, *, days: int | None) -> None:
    """This kind of data is removed when it is so old, from the next run on; None: never. What it means is shown by `preview`."""
    viewer.check("company.manage")
    if kind not in kinds.names():
        raise Refused("There is no such kind of data.")
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        raise Refused(f"Choose between {LEAST_DAYS} and {MOST_DAYS} days. The rule is as it was.")
    with transaction.atomic():
        rule = RetentionRule.objects.select_for_update().filter(kind=kind).first()
        before = rule.days if rule else None
        if days is None:
            RetentionRule.objects.filter(kind=kind).delete()
        else:
            about = {"days": days, "member_id": viewer.member_id, "set_at": now(), "after": 0}
            RetentionRule.objects.update_or_create(kind=kind, defaults=about)
        audit.note(viewer, "retention.change", "company", None, kind=kind, before=before, now=days)
