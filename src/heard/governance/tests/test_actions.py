from datetime import timedelta

import pytest
from django.test import Client

from heard.governance import actions
from heard.governance.models import AuditLine, Company, Invitation, Member
from heard.governance.permissions import NotAllowed, viewer_of
from heard.kernel import clock

pytestmark = pytest.mark.django_db
HOUSE = {"timezone": "Europe/Vienna", "name": "Ada", "email": "Ada@Acme.example", "password": "correct horse battery"}


def test_the_first_run_makes_one_company_and_its_administrator():
    ada = actions.found_company("Acme", **HOUSE)
    assert (ada.email, ada.role, Company.objects.get().timezone) == ("ada@acme.example", "administrator", "Europe/Vienna")
    assert AuditLine.objects.get().verb == "company.found"


def test_a_second_first_run_is_refused_and_writes_nothing():
    actions.found_company("Acme", **HOUSE)
    with pytest.raises(actions.AlreadyFounded):
        actions.found_company("Evil", **{**HOUSE, "email": "eve@evil.example"})
    assert (Company.objects.get().name, Member.objects.count()) == ("Acme", 1)


def test_a_time_zone_that_does_not_exist_is_refused():
    with pytest.raises(actions.Refused, match="Europe/Vienna"):
        actions.found_company("Acme", **{**HOUSE, "timezone": "Mars/Olympus"})


def test_an_invited_colleague_joins_with_role_and_teams(ada, care):
    token = actions.invite(viewer_of(ada), email="Bob@Acme.example", role="supervisor", team_ids=[care.pk])
    bob = actions.accept_invitation(token, name="Bob", password="a long enough password")
    assert (bob.email, bob.role, bob.name, list(bob.teams.all())) == ("bob@acme.example", "supervisor", "Bob", [care])
    assert bob.check_password("a long enough password")


def test_an_invitation_is_single_use(ada):
    """Threat 27."""
    token = actions.invite(viewer_of(ada), email="bob@acme.example")
    actions.accept_invitation(token, name="Bob", password="a long enough password")
    with pytest.raises(actions.InvitationOver):
        actions.accept_invitation(token, name="Eve", password="another long password")
    assert Member.objects.get(email="bob@acme.example").check_password("a long enough password")


def test_an_invitation_expires(ada):
    """Threat 27."""
    token = actions.invite(viewer_of(ada), email="bob@acme.example")
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(actions.InvitationOver):
        actions.accept_invitation(token, name="Bob", password="a long enough password")


def test_a_withdrawn_invitation_lets_nobody_in(ada):
    token = actions.invite(viewer_of(ada), email="bob@acme.example")
    actions.withdraw_invitation(viewer_of(ada), Invitation.objects.get().pk)
    with pytest.raises(actions.InvitationOver):
        actions.invitation_of(token)


def test_a_new_invitation_ends_the_earlier_one(ada):
    first = actions.invite(viewer_of(ada), email="bob@acme.example")
    actions.invite(viewer_of(ada), email="bob@acme.example")
    with pytest.raises(actions.InvitationOver):
        actions.invitation_of(first)


def test_an_invitation_by_somebody_who_may_no_longer_invite_is_over(ada, sam):
    """Threat 20: delayed acts check again when they run."""
    sam.role = "administrator"
    sam.save()
    token = actions.invite(viewer_of(sam), email="eve@acme.example", role="administrator")
    actions.deactivate(viewer_of(ada), sam.pk)
    with pytest.raises(actions.InvitationOver):
        actions.accept_invitation(token, name="Eve", password="a long enough password")


def test_the_token_itself_is_not_stored(ada):
    token = actions.invite(viewer_of(ada), email="bob@acme.example")
    kept = str(Invitation.objects.values_list().get()) + str(list(AuditLine.objects.values_list()))
    assert token not in kept


def test_only_administrators_invite(sam, alice, vera):
    for member in (sam, alice, vera):
        with pytest.raises(NotAllowed):
            actions.invite(viewer_of(member), email="bob@acme.example")
    assert not Invitation.objects.exists()


def test_a_link_for_a_new_password_keeps_role_and_name(ada, alice, care):
    token = actions.offer_new_password(viewer_of(ada), alice.pk)
    actions.accept_invitation(token, name="ignored", password="a brand new password")
    alice.refresh_from_db()
    assert (alice.name, alice.role, list(alice.teams.all())) == ("Alice", "agent", [care])
    assert alice.check_password("a brand new password")


def test_sessions_of_a_deactivated_member_end_at_once(ada, alice):
    """Threat 31."""
    client = Client()
    client.force_login(alice)
    assert client.session["_auth_user_id"]
    actions.deactivate(viewer_of(ada), alice.pk)
    answer = client.get("/settings/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_an_old_session_stays_over_when_the_member_comes_back(ada, alice):
    client = Client()
    client.force_login(alice)
    actions.deactivate(viewer_of(ada), alice.pk)
    token = actions.invite(viewer_of(ada), email=alice.email)
    actions.accept_invitation(token, name="Alice", password="a brand new password")
    assert client.get("/settings/").status_code == 302


def test_the_last_administrator_cannot_be_removed_or_demoted(ada):
    with pytest.raises(actions.Refused, match="last administrator"):
        actions.deactivate(viewer_of(ada), ada.pk)
    with pytest.raises(actions.Refused, match="last administrator"):
        actions.change_member(viewer_of(ada), ada.pk, role="agent", team_ids=[])
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == ("administrator", True)


def test_two_teams_cannot_share_a_name(ada):
    actions.make_team(viewer_of(ada), "Care")
    with pytest.raises(actions.Refused, match="Care"):
        actions.make_team(viewer_of(ada), " Care ")


def test_every_verb_about_people_leaves_an_audit_line(ada, alice, care):
    viewer = viewer_of(ada)
    actions.change_company(viewer, name="Acme 2", timezone="UTC")
    actions.change_member(viewer, alice.pk, role="viewer", team_ids=[care.pk])
    actions.rename_team(viewer, care.pk, name="Kindness")
    actions.deactivate(viewer, alice.pk)
    assert list(AuditLine.objects.order_by("id").values_list("verb", "member_id")) == [
        ("company.change", ada.pk),
        ("member.change", ada.pk),
        ("team.rename", ada.pk),
        ("member.deactivate", ada.pk),
    ]
