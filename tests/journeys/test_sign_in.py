"""Ada connects accounts by signing in at the network: yes, no, the wrong person, and those who come back with nothing of ours."""

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from heard.kernel.clock import now
from heard.kernel.secrets import unseal
from heard.listening.models import ChannelAccount
from tests.support.closed.x import CLIENT_ID, CLIENT_SECRET, x  # noqa: F401
from tests.support.closed.youtube import OTHER, US, tube  # noqa: F401
from tests.support.servers.mastodon_mock import mastodon, mastodon_server  # noqa: F401

pytestmark = pytest.mark.django_db
BACK = "/channels/signed-in/"


@pytest.fixture
def browser(client, ada, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.PUBLIC_URL = "https://heard.acme.example"
    client.force_login(ada)
    return client


def leave(browser, path, **entered) -> str:
    """Where pressing the button leads; entered: fields of the form."""
    answer = browser.post(path, {"name": "Acme", "how": "sign-in", **entered})
    assert answer.status_code == 302, answer.content.decode()
    return answer["location"]


def words(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def asked_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


# ── Mastodon ────────────────────────────────────────────────────────────────────────────────────────────────────────


def says_yes(server, consent_page: str, name: str) -> dict[str, str]:
    """What the server sends back with somebody who picked this account on its consent page."""
    asked = asked_of(consent_page)
    answer = httpx.post(f"{server.base_url}/oauth/authorize", params=asked, data={**asked, "username": name})
    return {"state": asked["state"], "code": parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]}


@pytest.mark.server
def test_mastodon_is_connected_without_copying_anything(browser, mastodon):
    mastodon.add("acme")
    page = leave(browser, "/channels/connect/mastodon/", config_base_url=mastodon.base_url)
    asked = asked_of(page)
    assert page.startswith(f"{mastodon.base_url}/oauth/authorize?")
    assert asked["redirect_uri"] == f"https://heard.acme.example{BACK}"
    assert (asked["code_challenge_method"], len(asked["code_challenge"]), len(asked["state"])) == ("S256", 43, 43)
    assert not ChannelAccount.objects.exists()

    answer = browser.get(BACK, says_yes(mastodon, page, "acme"), follow=True)
    account = ChannelAccount.objects.get()
    kept = unseal(account.sealed_secrets)
    assert "Mastodon let us in." in words(answer)
    assert (account.address, account.state) == (f"@acme@{mastodon.host}", "ok")
    assert set(kept) == {"access_token", "client_secret"}
    assert kept["access_token"] not in account.sealed_secrets + str(account.config) + answer.content.decode()


@pytest.mark.server
def test_consent_is_for_one_time_for_one_browser_and_for_a_quarter_of_an_hour(browser, mastodon):
    mastodon.add("acme")
    page = leave(browser, "/channels/connect/mastodon/", config_base_url=mastodon.base_url)
    brought = says_yes(mastodon, page, "acme")
    assert browser.get(BACK, {**brought, "state": "guessed"}).status_code == 400
    assert browser.get(BACK, {"code": brought["code"]}).status_code == 400
    assert browser.get(BACK, brought).status_code == 302
    assert browser.get(BACK, brought).status_code == 400
    assert ChannelAccount.objects.count() == 1


@pytest.mark.server
def test_who_comes_back_too_late_begins_again(browser, mastodon, monkeypatch):
    mastodon.add("acme")
    page = leave(browser, "/channels/connect/mastodon/", config_base_url=mastodon.base_url)
    later = now() + timedelta(minutes=16)
    monkeypatch.setattr("heard.listening.actions.sign_in.now", lambda: later)
    answer = browser.get(BACK, says_yes(mastodon, page, "acme"))
    assert (answer.status_code, ChannelAccount.objects.count()) == (400, 0)
    assert b"took longer than a quarter of an hour" in answer.content


@pytest.mark.server
def test_who_says_no_comes_back_to_the_form_and_nothing_is_connected(browser, mastodon):
    page = leave(browser, "/channels/connect/mastodon/", config_base_url=mastodon.base_url)
    answer = browser.get(BACK, {"state": asked_of(page)["state"], "error": "access_denied"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/channels/connect/mastodon/"
    assert "the consent was refused" in words(answer)
    assert not ChannelAccount.objects.exists()


@pytest.mark.server
def test_token_that_ended_is_replaced_by_signing_in_again_as_the_same(browser, mastodon):
    mastodon.add("acme")
    mastodon.add("eve")
    page = leave(browser, "/channels/connect/mastodon/", config_base_url=mastodon.base_url)
    browser.get(BACK, says_yes(mastodon, page, "acme"))
    account = ChannelAccount.objects.get()
    before = unseal(account.sealed_secrets)
    ChannelAccount.objects.update(state="paused", failures=3)
    edit = f"/channels/{account.pk}/edit/"
    entered = {"config_base_url": mastodon.base_url, "address": account.address}

    answer = browser.get(BACK, says_yes(mastodon, leave(browser, edit, **entered), "eve"), follow=True)
    assert f"You signed in as @eve@{mastodon.host}, and this channel is @acme@{mastodon.host}." in words(answer)
    account.refresh_from_db()
    assert (unseal(account.sealed_secrets), account.state) == (before, "paused")

    browser.get(BACK, says_yes(mastodon, leave(browser, edit, **entered), "acme"))
    account.refresh_from_db()
    assert (account.state, unseal(account.sealed_secrets)["access_token"] != before["access_token"]) == ("ok", True)


def test_server_that_is_none_is_said_beside_the_form(browser):
    entered = {"name": "Acme", "how": "sign-in", "config_base_url": "http://127.0.0.1:9"}
    answer = browser.post("/channels/connect/mastodon/", entered)
    assert answer.status_code == 422
    assert "Signing in could not begin. http://127.0.0.1:9 cannot be reached" in answer.content.decode()


def test_who_pastes_and_forgets_the_token_is_told_so(browser):
    answer = browser.post("/channels/connect/mastodon/", {"name": "Acme", "config_base_url": "https://a.example"})
    assert answer.status_code == 422
    assert b"Access token is needed." in answer.content


# ── X and YouTube ───────────────────────────────────────────────────────────────────────────────────────────────────

FOR_X = {"config_client_id": CLIENT_ID, "config_client_secret": CLIENT_SECRET}


@pytest.mark.data
def test_x_is_connected_and_what_it_renewed_meanwhile_survives_an_edit(browser, x):
    entered = {**FOR_X, "config_base_url": x.url}
    page = leave(browser, "/channels/connect/x/", **entered)
    assert "offline.access" in asked_of(page)["scope"].split()
    answer = browser.get(BACK, x.says_yes(page), follow=True)
    account = ChannelAccount.objects.get()
    assert "Signed in as @acme" in words(answer)
    assert (account.address.lower(), account.state) == ("@acme", "ok")
    assert "session" in unseal(account.sealed_secrets)

    answer = browser.post(f"/channels/{account.pk}/edit/", {**entered, "name": "Acme on X", "address": account.address})
    assert answer.status_code == 302
    assert ChannelAccount.objects.get().name == "Acme on X"
    answer = browser.get(BACK, x.says_yes(leave(browser, f"/channels/{account.pk}/edit/", **entered)), follow=True)
    assert "Signed in as @acme" in words(answer)


@pytest.mark.data
@pytest.mark.parametrize(
    ("secret", "code", "said"),
    [
        ("wrong-secret", "code-of-acme", "the application may not sign people in"),
        (CLIENT_SECRET, "stolen-code", "it does not understand what was asked"),
    ],
)
def test_refusal_of_x_is_said_without_a_secret(browser, x, secret, code, said):
    page = leave(browser, "/channels/connect/x/", **{**FOR_X, "config_base_url": x.url, "config_client_secret": secret})
    answer = browser.get(BACK, {**x.says_yes(page), "code": code}, follow=True)
    assert not ChannelAccount.objects.exists()
    assert "Nothing was connected. X does not let us in: " + said in words(answer)
    assert not any(each in answer.content.decode() for each in ("wrong-secret", CLIENT_SECRET, "stolen-code"))


@pytest.mark.data
def test_youtube_is_connected_as_the_channel_that_signed_in(browser, tube):
    entered = {
        "config_client_id": tube.client_id,
        "config_client_secret": tube.client_secret,
        "config_base_url": tube.url,
        "config_sign_in_url": tube.url,
    }
    answer = browser.get(BACK, tube.says_yes(leave(browser, "/channels/connect/youtube/", **entered)), follow=True)
    account = ChannelAccount.objects.get()
    assert "Acme answers." in words(answer)
    assert (account.address, account.state) == (US, "ok")
    assert unseal(account.sealed_secrets)["refresh_token"] == "1//refresh-of-consent"

    tube.channels = [(OTHER, "Somebody else")]
    answer = browser.get(BACK, tube.says_yes(leave(browser, f"/channels/{account.pk}/edit/", **entered, address=US)), follow=True)
    assert f"You signed in as {OTHER}, and this channel is {US}." in words(answer)


def test_only_those_who_manage_channels_sign_in(client, alice):
    client.force_login(alice)
    assert client.get(BACK, {"state": "x", "code": "y"}).status_code == 403
