import re

import pytest

from heard.governance import actions
from heard.governance.models import Invitation, Member, Team

pytestmark = pytest.mark.django_db
INVITED = {"email": "bob@acme.example", "name": "Bob", "role": "agent"}


def link_in(page) -> str:
    return re.search(r"/join/[\w-]+/", page.content.decode())[0]


def test_an_invited_colleague_follows_the_link_and_is_in(ada, browser):
    page = browser(ada).post("/settings/members/invite/", INVITED)
    bob = browser()
    assert b"Join Acme" in bob.get(link_in(page)).content
    bob.post(link_in(page), {"name": "Bob", "password": "a long enough password"})
    assert bob.get("/channels/").status_code == 200
    assert Member.objects.get(email="bob@acme.example").role == "agent"


def test_a_preview_of_the_link_does_not_use_it_up(ada, browser):
    page = browser(ada).post("/settings/members/invite/", INVITED)
    browser().get(link_in(page))
    assert browser().get(link_in(page)).status_code == 200


def test_a_used_link_says_so_and_lets_nobody_in(ada, browser):
    """Threat 27."""
    page = browser(ada).post("/settings/members/invite/", INVITED)
    browser().post(link_in(page), {"name": "Bob", "password": "a long enough password"})
    again = browser()
    assert again.post(link_in(page), {"name": "Eve", "password": "another long password"}).status_code == 404
    assert again.get("/channels/").status_code == 302


def test_the_link_is_shown_once_and_is_kept_by_no_cache(ada, browser):
    client = browser(ada)
    page = client.post("/settings/members/invite/", INVITED)
    assert page["Cache-Control"] == "no-store"
    assert b"/join/" not in client.get("/settings/members/").content


def test_extra_parameters_make_nobody_an_administrator(ada, browser):
    """Threats 21 and 23: the role is the one of the invitation, whatever the form says."""
    page = browser(ada).post("/settings/members/invite/", INVITED)
    browser().post(
        link_in(page), {"name": "Bob", "password": "a long enough password", "role": "administrator", "is_active": "1"}
    )
    assert Member.objects.get(email="bob@acme.example").role == "agent"


def test_a_weak_password_keeps_the_link_good(ada, browser):
    page = browser(ada).post("/settings/members/invite/", INVITED)
    assert browser().post(link_in(page), {"name": "Bob", "password": "short"}).status_code == 422
    assert browser().get(link_in(page)).status_code == 200


def test_a_link_for_a_new_password_works_without_a_name(ada, alice, browser):
    page = browser(ada).post(f"/settings/members/{alice.pk}/new-password/")
    client = browser()
    client.post(link_in(page), {"password": "a brand new password"})
    assert client.get("/channels/").status_code == 200


def test_role_and_teams_change_with_the_next_click(ada, vera, sales, browser):
    """Threat 31."""
    client = browser(vera)
    assert client.get("/log/").status_code == 403
    browser(ada).post(f"/settings/members/{vera.pk}/", {"role": "agent", "teams": [sales.pk]})
    assert client.get("/log/").status_code == 200
    assert list(vera.teams.all()) == [sales]


def test_the_last_administrator_is_told_why_not(ada, browser):
    client = browser(ada)
    page = client.post(f"/settings/members/{ada.pk}/deactivate/", follow=True)
    assert b"last administrator" in page.content
    assert client.get("/channels/").status_code == 200


@pytest.mark.parametrize("who", ["sam", "alice", "vera"])
@pytest.mark.parametrize(
    "path",
    ["members/invite/", "members/{ada}/", "members/{ada}/deactivate/", "members/{ada}/new-password/", "teams/", "company/"],
)
def test_only_administrators_change_the_house(who, path, ada, browser, request):
    client = browser(request.getfixturevalue(who))
    teams = Team.objects.count()
    answer = client.post("/settings/" + path.format(ada=ada.pk), {**INVITED, "timezone": "UTC"})
    assert answer.status_code == 403
    assert (Invitation.objects.count(), Team.objects.count()) == (0, teams)


def test_the_company_changes_its_name_and_time_zone(ada, browser):
    browser(ada).post("/settings/company/", {"name": "Acme Media", "timezone": "Asia/Tokyo"})
    page = browser(ada).get("/settings/company/")
    assert b"Acme Media" in page.content


def test_a_team_that_is_not_there_is_told_not_a_broken_page(ada, browser):
    page = browser(ada).post("/settings/teams/99999/", {"name": "Ghosts"}, follow=True)
    assert b"no such team" in page.content


def test_every_act_stands_in_the_audit(ada, alice, seen_by, browser):
    actions.make_team(seen_by(ada), "Returns")
    assert b"team.make" in browser(ada).get("/settings/audit/").content


def test_members_page_takes_the_same_queries_for_many_members(ada, care, browser, django_assert_max_num_queries):
    for n in range(40):
        Member.objects.create_user(f"m{n}@acme.example", "x", name=f"M {n}").teams.add(care)
    client = browser(ada)
    with django_assert_max_num_queries(14):
        client.get("/settings/members/")
