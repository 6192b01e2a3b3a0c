"""The demo world in this house: whether it is here, what it consists of, and its people leaving with it."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import ProtectedError, Q

from heard.governance import audit
from heard.governance.models import AuditLine, Company, Invitation, Member, Team
from heard.governance.permissions import Viewer

BUILT = "demo.build"


def opened(viewer: Viewer, **made: Collection[int]) -> None:
    """The demo world is here. `made` says what it consists of, as {kind: ids}; `contents` gives it back."""
    with transaction.atomic():
        company = Company.objects.get()
        company.has_demo_world = True
        company.save(update_fields=["has_demo_world"])
        audit.note(viewer, BUILT, "company", company.pk, **{kind: sorted(ids) for kind, ids in made.items()})


def contents() -> dict[str, list[int]]:
    """What the demo world that is here now was built from; empty without one."""
    if not Company.objects.filter(has_demo_world=True).exists():
        return {}
    return AuditLine.objects.filter(verb=BUILT).order_by("-id").values_list("detail", flat=True)[0]


def closed(viewer: Viewer, *, member_ids: Collection[int], team_ids: Collection[int], kept_channel_ids: Collection[int]) -> None:
    """The demo's people and teams are gone. Whoever of them left words or channels in what stays remains, unable to sign in."""
    viewer.check("company.manage")
    with transaction.atomic():
        leaving = viewer.member_id in set(member_ids)
        Company.objects.update(has_demo_world=False)
        for member in Member.objects.filter(id__in=member_ids):
            _leave(member, kept_channel_ids)
        for team in Team.objects.filter(id__in=team_ids):
            _delete(team)
        if not Member.objects.filter(is_active=True).exists():
            Company.objects.all().delete()  # an empty house: the next visitor founds it
        else:
            AuditLine.objects.create(member_id=None if leaving else viewer.member_id, verb="demo.remove", object_kind="company")


def _leave(member: Member, kept_channel_ids: Collection[int]) -> None:
    acts = AuditLine.objects.filter(member=member)
    if not acts.filter(object_kind="channel", object_id__in=kept_channel_ids).exists() and _delete(member):
        return
    member.is_active = False
    member.set_unusable_password()
    member.save(update_fields=["is_active", "password"])


def _delete(row: Member | Team) -> bool:
    """Whether nothing that stays points to it, so that it could go."""
    try:
        with transaction.atomic():
            if isinstance(row, Member):
                AuditLine.objects.filter(member=row).delete()
                Invitation.objects.filter(Q(invited_by=row) | Q(email=row.email)).delete()
            row.delete()
    except ProtectedError:
        return False
    return True
