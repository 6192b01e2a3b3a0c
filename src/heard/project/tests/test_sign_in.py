import pytest
from django.core.cache import cache

from heard.governance import actions as governance
from heard.kernel import clock
from tests.support.cast import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_tried_yet():
    cache.clear()


def sign_in(client, email, password):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_a_member_signs_in_and_out(alice, browser):
    client = browser()
    assert sign_in(client, "Alice@acme.example", PASSWORD)["Location"] == "/"
    assert client.get("/channels/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/channels/").status_code == 302


def test_signing_in_puts_no_message_over_the_work(alice, browser):
    client = browser()
    sign_in(client, alice.email, PASSWORD)
    page = client.get("/")
    assert page.status_code == 200
    assert b"Successfully" not in page.content


def test_looking_at_the_sign_out_page_signs_nobody_out(alice, browser):
    """Threat 32."""
    client = browser(alice)
    client.get("/accounts/logout/")
    assert client.get("/channels/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(alice, browser):
    """Threat 28."""
    wrong = sign_in(browser(), "alice@acme.example", "not the password")
    unknown = sign_in(browser(), "nobody@acme.example", "not the password")
    said = [answer.context["form"].errors.as_text() for answer in (wrong, unknown)]
    assert said[0] == said[1]
    assert "correct" in said[0]


def test_after_many_wrong_tries_even_the_right_password_waits(alice, browser):
    """Threat 28."""
    for _ in range(6):
        sign_in(browser(), "alice@acme.example", "a guess")
    assert sign_in(browser(), "alice@acme.example", PASSWORD).status_code != 302


def test_a_flood_from_one_address_is_stopped(company, ada, browser):
    statuses = [sign_in(browser(), f"guess{n}@acme.example", "a guess").status_code for n in range(40)]
    assert statuses[-1] == 429


def test_changing_the_password_ends_the_other_sessions(alice, browser):
    """Threat 31."""
    here, elsewhere = browser(), browser()
    sign_in(here, "alice@acme.example", PASSWORD)
    sign_in(elsewhere, "alice@acme.example", PASSWORD)
    changed = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "a brand new password", "password2": "a brand new password"},
    )
    assert changed.status_code == 302
    assert here.get("/channels/").status_code == 200
    assert elsewhere.get("/channels/").status_code == 302


def test_nobody_signs_themselves_up(company, ada, browser):
    answer = browser().post("/accounts/signup/", {"email": "eve@evil.example", "password1": "a long enough password"})
    assert answer["Location"] == "/accounts/password/reset/"


def test_a_lost_password_page_takes_no_address_that_could_be_tried_out(ada, browser):
    """Threat 28."""
    page = browser().get("/accounts/password/reset/")
    assert b"<input" not in page.content


def test_somebody_who_left_cannot_sign_in(ada, alice, seen_by, browser):
    governance.deactivate(seen_by(ada), alice.pk)
    assert sign_in(browser(), "alice@acme.example", PASSWORD).status_code == 200


def test_sign_in_leads_only_to_our_own_pages(alice, browser):
    answer = browser().post(
        "/accounts/login/", {"login": "alice@acme.example", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer["Location"] == "/"


def test_a_role_and_a_team_that_are_taken_away_are_gone_with_the_next_click(ada, alice, care, browser, seen_by):
    client = browser(alice)
    governance.change_member(seen_by(ada), alice.pk, role="administrator", team_ids=[care.pk])
    assert client.get("/settings/company/").status_code == 200
    governance.change_member(seen_by(ada), alice.pk, role="agent", team_ids=[])
    refused = client.get("/settings/company/")
    assert (refused.status_code, refused.wsgi_request.viewer) == (403, seen_by(alice))
    assert refused.wsgi_request.viewer.team_ids == frozenset()


def test_a_member_of_several_teams_has_them_all(alice, care, sales, browser):
    alice.teams.add(sales)
    assert browser(alice).get("/channels/").wsgi_request.viewer.team_ids == {care.pk, sales.pk}


def test_who_left_is_out_with_the_next_click(ada, alice, browser, seen_by):
    client = browser(alice)
    governance.deactivate(seen_by(ada), alice.pk)
    assert client.get("/channels/").status_code == 302


def test_who_is_inactive_is_out_although_the_session_is_theirs(alice, browser):
    client = browser(alice)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/channels/").status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old_one(alice, browser):
    client = browser(alice)
    alice.set_password("another long password")
    alice.save()
    assert client.get("/channels/").status_code == 302


def test_a_session_over_its_time_is_over(alice, browser):
    from django.contrib.sessions.models import Session

    client = browser(alice)
    Session.objects.update(expire_date=clock.now())
    assert client.get("/channels/").status_code == 302


def test_a_session_of_an_earlier_secret_key_goes_on(alice, browser, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "an earlier secret key of this house", []
    client = browser(alice)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the secret key of this house now on", [settings.SECRET_KEY]
    assert client.get("/channels/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/channels/").status_code == 200  # renewed meanwhile
