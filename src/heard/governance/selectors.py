"""Questions about the people and teams of this house."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from heard.governance.models import AuditLine, Company, Erasure, Invitation, Member, Team, WebhookEndpoint, WebhookMessage
from heard.governance.permissions import Viewer, viewer_of
from heard.governance.rules.roles import PERMISSIONS
from heard.kernel.prepared import prepared


def has_members() -> bool:
    """False on the very first run, when the first page creates the administrator, and when nobody is left but the demo's."""
    return Member.objects.filter(is_active=True).exists()


def company() -> Company:
    """The one company; an unsaved one before the first run is done."""
    found = _company()
    return Company.from_db(connection.alias, _OF_COMPANY, found[0]) if found else Company(name="Heard")


_OF_COMPANY = [field.attname for field in Company._meta.concrete_fields]


@prepared
def _company() -> QuerySet:
    return Company.objects.order_by("id").values_list(*_OF_COMPANY)[:1]


def masking_policy() -> dict[str, str]:
    """{kind: when}; what it does not name follows rules/masking.py. One query."""
    return Company.objects.values_list("masking", flat=True).first() or {}


def members(viewer: Viewer) -> QuerySet[Member]:
    """Everyone who works here, active first. Colleagues' names and roles are no secret to a colleague."""
    return Member.objects.prefetch_related("teams").order_by("-is_active", "name")


def teams(viewer: Viewer) -> QuerySet[Team]:
    if viewer.sees_every_team:
        return Team.objects.all()
    return Team.objects.filter(id__in=viewer.team_ids)


def names_of(member_ids: set[int]) -> dict[int, str]:
    return dict(Member.objects.filter(id__in=member_ids).values_list("id", "name"))


def members_by_email(emails: Iterable[str]) -> dict[str, int]:
    """{address in lower case: member} of those who work here."""
    found = Member.objects.filter(email__in=list(emails), is_active=True).values_list("email", "id")
    return {email.lower(): id_ for email, id_ in found}


class Colleague(NamedTuple):
    id: int
    name: str
    email: str


def who_may(verb: str) -> list[Colleague]:
    """Those who work here and whose role allows it, whatever their teams: for what Heard itself has to tell somebody."""
    roles = [role.value for role in PERMISSIONS.get(verb, ())]
    found = Member.objects.filter(is_active=True, role__in=roles).order_by("id")
    return [Colleague(*row) for row in found.values_list("id", "name", "email")]


def audit_of(viewer: Viewer, kind: str, object_id: int, *, limit: int = 100) -> list[AuditLine]:
    return list(AuditLine.objects.filter(object_kind=kind, object_id=object_id).select_related("member").order_by("-id")[:limit])


def open_invitations(viewer: Viewer, now: datetime) -> list[Invitation]:
    """Links that may still let somebody in, newest first; for those who manage members."""
    if not viewer.may("member.manage"):
        return []
    return list(
        Invitation.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)
        .select_related("invited_by")
        .prefetch_related("teams")
        .order_by("-id")
    )


def latest_audit(viewer: Viewer, *, limit: int = 200) -> list[AuditLine]:
    """The newest acts in this house; for those who manage members."""
    if not viewer.may("member.manage"):
        return []
    return list(AuditLine.objects.select_related("member").order_by("-id")[:limit])


def viewer_for(member_id: int) -> Viewer | None:
    """The member with role and teams as they are now; None for somebody who left."""
    member = Member.objects.filter(pk=member_id, is_active=True).first()
    return viewer_of(member) if member else None


def member_by_id(member_id: str | int | None) -> Member | None:
    """An active member; None for nobody and for somebody who left."""
    return Member.objects.filter(pk=member_id, is_active=True).first() if member_id else None


# ── Outward webhooks, for those who manage them ─────────────────────────────────────────────────────────────────────


def webhook_endpoints(viewer: Viewer) -> list[WebhookEndpoint]:
    viewer.check("webhook.manage")
    return list(WebhookEndpoint.objects.select_related("team"))


def webhook_endpoint(viewer: Viewer, endpoint_id: int) -> WebhookEndpoint:
    """Raises DoesNotExist."""
    viewer.check("webhook.manage")
    return WebhookEndpoint.objects.select_related("team").get(pk=endpoint_id)


def webhook_messages(viewer: Viewer, endpoint_id: int, *, limit: int = 50) -> list[WebhookMessage]:
    """The newest first."""
    viewer.check("webhook.manage")
    return list(WebhookMessage.objects.filter(endpoint_id=endpoint_id).order_by("-id")[:limit])


def dead_webhook_messages(viewer: Viewer, endpoint_id: int) -> int:
    """How many were given up."""
    viewer.check("webhook.manage")
    return WebhookMessage.objects.filter(endpoint_id=endpoint_id, state=WebhookMessage.State.DEAD).count()


# ── Receipts of erasures, for those who may erase ───────────────────────────────────────────────────────────────────


def erasures(viewer: Viewer, *, limit: int = 200) -> list[Erasure]:
    """The newest first."""
    viewer.check("customer.erase")
    return list(Erasure.objects.select_related("member").order_by("-id")[:limit])


def erasure(viewer: Viewer, erasure_id: int) -> Erasure:
    """Raises DoesNotExist."""
    viewer.check("customer.erase")
    return Erasure.objects.select_related("member").get(pk=erasure_id)
