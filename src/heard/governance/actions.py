"""Verbs about people: founding the house, inviting, changing and ending membership, teams, the company itself."""

import hashlib
import secrets
import zoneinfo
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction

from heard.governance import audit
from heard.governance.models import Company, Invitation, Member, Team
from heard.governance.permissions import Viewer, viewer_of
from heard.governance.rules import masking
from heard.governance.rules.roles import Role
from heard.kernel import clock, stream
from heard.kernel.bulk import one_writer

INVITATION_LIFE = timedelta(days=7)
THEMES = ("system", "light", "dark")


class Refused(Exception):
    """What was asked cannot be done as things stand. The text is for the person who asked; nothing was written."""


class AlreadyFounded(Refused):
    """Somebody else finished the first run before."""


class InvitationOver(Refused):
    """The link was used, withdrawn, has expired, or never was. Which of them is nobody's business who holds a wrong link."""

    def __init__(self) -> None:
        super().__init__("This link is no longer good. Ask an administrator for a new one.")


def found_company(company: str, *, timezone: str, name: str, email: str, password: str) -> Member:
    """The house exists with its first administrator. Of two first runs at once one wins and the other raises AlreadyFounded."""
    _check_timezone(timezone)
    with one_writer():
        if Member.objects.filter(is_active=True).exists():
            raise AlreadyFounded("This house has an administrator already. Sign in, or ask for an invitation.")
        founded = Company.objects.create(name=company, timezone=timezone)
        member = Member.objects.create_user(email, password, name=name, role=Role.ADMINISTRATOR.value)
        audit.note(viewer_of(member), "company.found", "company", founded.pk, name=company)
    return member


def change_masking(viewer: Viewer, policy: Mapping[str, str]) -> None:
    """Which personal data is made unreadable from now on, {kind: when}. What was stored before stays as it is."""
    viewer.check("company.manage")
    if set(policy) - set(masking.KINDS) or set(policy.values()) - set(masking.WHEN):
        raise Refused("There is no such kind of personal data, or no such rule for it.")
    with transaction.atomic():
        company = Company.objects.select_for_update().first() or Company()
        before, company.masking = company.masking, dict(policy)
        company.save()
        audit.note(viewer, "company.mask", "company", company.pk, before=before, now=dict(policy))


def change_company(viewer: Viewer, *, name: str, timezone: str) -> None:
    viewer.check("company.manage")
    _check_timezone(timezone)
    with transaction.atomic():
        company = Company.objects.select_for_update().first() or Company()
        company.name, company.timezone = name, timezone
        company.save()
        audit.note(viewer, "company.change", "company", company.pk, name=name, timezone=timezone)


def invite(viewer: Viewer, *, email: str, name: str = "", role: str = Role.AGENT.value, team_ids: Collection[int] = ()) -> str:
    """A token that lets this person in once within a week; earlier links for the same address are over. Shown once, never stored."""
    viewer.check("member.manage")
    email = email.strip().lower()
    with transaction.atomic():
        if Member.objects.filter(email=email, is_active=True).exists():
            raise Refused(f"{email} works here already.")
        invitation, token = _new_link(viewer, email=email, name=name, role=Role(role).value)
        invitation.teams.set(Team.objects.filter(id__in=team_ids))
        audit.note(viewer, "member.invite", "invitation", invitation.pk, role=role)
    return token


def offer_new_password(viewer: Viewer, member_id: int) -> str:
    """A token with which this member may choose a new password once within a week. Until then the old one stays."""
    viewer.check("member.manage")
    with transaction.atomic():
        member = _active(member_id)
        invitation, token = _new_link(viewer, email=member.email, name=member.name, role=member.role, member=member)
        audit.note(viewer, "member.offer_new_password", "member", member.pk)
    return token


def withdraw_invitation(viewer: Viewer, invitation_id: int) -> None:
    """The link is over. May be repeated."""
    viewer.check("member.manage")
    with transaction.atomic():
        if Invitation.objects.filter(id=invitation_id, used_at=None, withdrawn_at=None).update(withdrawn_at=clock.now()):
            audit.note(viewer, "member.withdraw_invitation", "invitation", invitation_id)


def invitation_of(token: str) -> Invitation:
    """The invitation behind a link that is still good. Raises InvitationOver."""
    found = (
        Invitation.objects.filter(sha256=_hash(token), used_at=None, withdrawn_at=None, expires_at__gt=clock.now())
        .select_related("invited_by", "member")
        .first()
    )
    if found is None or not _may_still_invite(found.invited_by):
        raise InvitationOver
    return found


def accept_invitation(token: str, *, name: str, password: str) -> Member:
    """The person is a member with this password, and every earlier session of theirs is over. Raises InvitationOver."""
    with one_writer():
        invitation = invitation_of(token)
        _use_up(invitation)
        member = invitation.member or Member.objects.filter(email=invitation.email).first() or Member(email=invitation.email)
        if invitation.member is None:
            member.name, member.role, member.is_active = name or invitation.name or invitation.email, invitation.role, True
        elif not member.is_active:
            raise InvitationOver
        member.set_password(password)
        member.save()
        if invitation.member is None:
            member.teams.set(invitation.teams.all())
        audit.note(viewer_of(member), "member.accept_invitation", "member", member.pk, invitation=invitation.pk)
    return member


def change_member(viewer: Viewer, member_id: int, *, role: str, team_ids: Collection[int]) -> None:
    """The member has this role and these teams from their next request on. The last administrator stays one."""
    viewer.check("member.manage")
    with one_writer():
        member = _active(member_id)
        if Role(role) is not Role.ADMINISTRATOR:
            _keep_an_administrator(without=member)
        member.role = role
        member.save(update_fields=["role"])
        member.teams.set(Team.objects.filter(id__in=team_ids))
        audit.note(viewer, "member.change", "member", member.pk, role=role, teams=sorted(team_ids))
        stream.publish(stream.News("member", {"id": member.pk}))


def deactivate(viewer: Viewer, member_id: int) -> None:
    """The member cannot sign in and all their sessions are over at once. Their words and acts keep their name."""
    viewer.check("member.manage")
    with one_writer():
        member = _active(member_id)
        _keep_an_administrator(without=member)
        member.is_active = False
        member.set_unusable_password()  # also changes what every session of theirs is checked against
        member.save(update_fields=["is_active", "password"])
        Invitation.objects.filter(member=member, used_at=None).update(withdrawn_at=clock.now())
        audit.note(viewer, "member.deactivate", "member", member.pk)
        stream.publish(stream.News("member", {"id": member.pk}))


def make_team(viewer: Viewer, name: str) -> int:
    viewer.check("member.manage")
    with transaction.atomic():
        team = _uniquely_named(Team(), name)
        audit.note(viewer, "team.make", "team", team.pk, name=name)
    return team.pk


def rename_team(viewer: Viewer, team_id: int, *, name: str) -> None:
    viewer.check("member.manage")
    with transaction.atomic():
        team = Team.objects.filter(id=team_id).first()
        if team is None:
            raise Refused("There is no such team.")
        team = _uniquely_named(team, name)
        audit.note(viewer, "team.rename", "team", team.pk, name=name)


def choose_theme(viewer: Viewer, theme: str) -> None:
    """How the pages look for this member; nobody else's."""
    if theme not in THEMES:
        raise Refused(f"{theme!r} is no theme; choose one of {', '.join(THEMES)}.")
    Member.objects.filter(id=viewer.member_id or 0).update(theme=theme)


def password_changed(member: Member) -> None:
    audit.note(viewer_of(member), "member.change_password", "member", member.pk)


def _new_link(viewer: Viewer, *, email: str, name: str, role: str, member: Member | None = None) -> tuple[Invitation, str]:
    now, token = clock.now(), secrets.token_urlsafe(32)
    Invitation.objects.filter(email=email, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    made = Invitation.objects.create(
        email=email,
        name=name,
        role=role,
        member=member,
        sha256=_hash(token),
        invited_by_id=viewer.member_id,  # type: ignore[misc]  # a viewer who manages members is one
        made_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    return made, token


def _use_up(invitation: Invitation) -> None:
    if not Invitation.objects.filter(id=invitation.pk, used_at=None, withdrawn_at=None).update(used_at=clock.now()):
        raise InvitationOver


def _may_still_invite(member: Member) -> bool:
    return member.is_active and viewer_of(member).may("member.manage")


def _active(member_id: int) -> Member:
    member = Member.objects.filter(id=member_id, is_active=True).first()
    if member is None:
        raise Refused("That colleague does not work here any more.")
    return member


def _keep_an_administrator(*, without: Member) -> None:
    others = Member.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True).exclude(id=without.pk)
    if without.role == Role.ADMINISTRATOR.value and not others.exists():
        raise Refused(f"{without.name} is the last administrator. Make somebody else one first.")


def _uniquely_named(team: Team, name: str) -> Team:
    team.name = name.strip()
    if not team.name:
        raise Refused("A team needs a name.")
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError:
        raise Refused(f"There is a team called {team.name} already.") from None
    return team


def _check_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise Refused(f"{name!r} is no time zone; use a name like Europe/Vienna.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
