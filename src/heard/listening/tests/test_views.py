import json

import pytest

from heard.kernel import clock
from heard.kernel.secrets import unseal
from heard.listening import actions
from heard.listening.channels.contract import Edited
from heard.listening.models import ApiToken, Attachment, ChannelAccount, Delivery, Interaction, Monitor, Payload
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db

MAIL = {
    "name": "Support mailbox",
    "address": "care@acme.example",
    "config_imap_host": "imap.acme.example",
    "config_smtp_host": "smtp.acme.example",
    "config_username": "care",
    "config_password": "s3cret-word",
    "config_imap_encryption": "tls",
    "config_smtp_encryption": "tls",
}


@pytest.fixture
def mailbox(ada, seen_by):
    account_id = actions.connect(
        seen_by(ada),
        kind="email",
        name="Support mailbox",
        address="care@acme.example",
        config={"imap_host": "imap.acme.example", "smtp_host": "smtp.acme.example", "username": "care"},
        secrets={"password": "s3cret-word"},
    )
    return ChannelAccount.objects.get(pk=account_id)


# ── Channels ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_slot_is_made_for_everything_that_an_adapter_asks_for(ada, browser):
    page = browser(ada).get("/channels/connect/email/").content.decode()
    assert 'name="config_imap_host"' in page
    assert 'type="password"' in page


def test_connecting_stores_secrets_sealed_and_leads_to_the_test_button(ada, browser):
    answer = browser(ada).post("/channels/connect/email/", MAIL)
    account = ChannelAccount.objects.get()
    assert answer["Location"] == f"/channels/{account.pk}/"
    assert account.config["imap_host"] == "imap.acme.example"
    assert "s3cret-word" not in json.dumps(account.config) + account.sealed_secrets
    assert "s3cret-word" in unseal(account.sealed_secrets).values()


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_stored(ada, browser):
    answer = browser(ada).post("/channels/connect/email/", {**MAIL, "config_imap_host": ""})
    assert answer.status_code == 422
    assert b"required" in answer.content
    assert not ChannelAccount.objects.exists()


def test_a_secret_goes_in_and_never_comes_out(mailbox, ada, browser):
    """Threat 33."""
    pages = [browser(ada).get(f"/channels/{mailbox.pk}/{end}").content for end in ("", "edit/")]
    refused = browser(ada).post(f"/channels/{mailbox.pk}/edit/", {**MAIL, "config_imap_host": ""}).content
    assert b"s3cret-word" not in b"".join([*pages, refused])


def test_an_empty_secret_keeps_the_one_that_is_stored(mailbox, ada, browser):
    browser(ada).post(f"/channels/{mailbox.pk}/edit/", {**MAIL, "name": "Care", "config_password": ""})
    mailbox.refresh_from_db()
    assert mailbox.name == "Care"
    assert unseal(mailbox.sealed_secrets)["password"] == "s3cret-word"


def test_the_test_button_says_what_does_not_work_and_keeps_it(mailbox, ada, browser):
    answer = browser(ada).post(f"/channels/{mailbox.pk}/test/", headers={"HX-Request": "true"})
    assert b"It does not work." in answer.content
    mailbox.refresh_from_db()
    assert mailbox.last_error


def test_the_test_button_works_without_javascript(wire, ada, browser):
    page = browser(ada).post(f"/channels/{wire()}/test/", follow=True)
    assert b"Nothing to connect to" in page.content


@pytest.mark.parametrize(("who", "status"), [("ada", 302), ("sam", 403), ("alice", 403), ("vera", 403)])
def test_only_an_administrator_switches_a_channel_off(who, status, wire, browser, request):
    account_id = wire()
    assert browser(request.getfixturevalue(who)).post(f"/channels/{account_id}/switch/", {"on": "no"}).status_code == status
    assert (ChannelAccount.objects.get().state == "off") is (status == 302)


def test_a_failing_channel_stands_first_with_its_cause(wire, alice, browser):
    wire("Aardvark")
    wire("Zebra", state="failing", failures=5, last_error="The server is gone.")
    page = browser(alice).get("/channels/").content.decode()
    assert page.index("Zebra") < page.index("Aardvark")
    assert "The server is gone." in page


def test_a_new_token_is_shown_once(ada, seen_by, browser):
    account_id = actions.connect(seen_by(ada), kind="api", name="Shop")
    client = browser(ada)
    made = client.post(f"/channels/{account_id}/tokens/", {"name": "web shop"})
    token = made.context["new_token"]
    assert token in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    assert token not in client.get(f"/channels/{account_id}/").content.decode()
    client.post(f"/channels/{account_id}/tokens/{ApiToken.objects.get().pk}/end/")
    assert ApiToken.objects.get().expires_at <= clock.now()


def test_the_list_takes_the_same_queries_for_many_channels(wire, ada, browser, django_assert_max_num_queries):
    for n in range(60):
        wire(f"Channel {n}")
    client = browser(ada)
    with django_assert_max_num_queries(10):
        client.get("/channels/")


# ── Monitors ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_misspellings_are_offered_and_only_the_ticked_ones_are_listened_for(sam, browser):
    client = browser(sam)
    offered = client.get("/monitors/misspellings/?pattern=acmemedia").content
    assert b'value="akmemedia"' in offered
    client.post("/monitors/watch/", {"slip": ["akmemedia"], "brand": "acmemedia"})
    assert list(Monitor.objects.values_list("kind", "pattern", "brand")) == [("misspelling", "akmemedia", "acmemedia")]


def test_a_pattern_that_would_match_everything_is_refused_beside_its_field(sam, browser):
    answer = browser(sam).post("/monitors/watch/", {"kind": "keyword", "pattern": "a"})
    assert answer.status_code == 422
    assert b"at least two letters" in answer.content


def test_a_number_of_mentions_opens_the_voices_behind_it(world, vera, browser):
    assert b"My Acme router" in browser(vera).get(f"/monitors/{world.monitor}/").content


def test_stopping_keeps_what_was_found(world, sam, browser):
    browser(sam).post(f"/monitors/{world.monitor}/stop/")
    assert b"My Acme router" in browser(sam).get(f"/monitors/{world.monitor}/").content


# ── Quarantine ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_quarantine_shows_the_reason_and_what_arrived_as_harmless_text(wire, arrive, sam, browser):
    account_id = wire()
    evil = Delivery.objects.create(
        account_id=account_id,
        delivery_key="evil",
        received_at=said("1", person("Eve"), "x").occurred_at,
        state="quarantined",
        reason="No adapter can read this",
    )
    Payload.objects.create(delivery=evil, body=b"<script>alert(1)</script>\x00\xe2\x80\xaegnp.exe" + b"z" * 5000)
    page = browser(sam).get("/quarantine/").content.decode()
    assert "No adapter can read this" in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "z" * 2000 not in page


def test_one_is_tried_again_and_the_others_stay(world, sam, browser):
    browser(sam).post("/quarantine/replay/", {"id": world.poison})
    states = dict(Delivery.objects.filter(id__in=[world.poison, world.sales_poison]).values_list("id", "state"))
    assert states == {world.poison: "waiting", world.sales_poison: "quarantined"}


def test_all_are_tried_again(world, sam, browser):
    browser(sam).post("/quarantine/replay/", {"all": "yes"})
    assert not Delivery.objects.filter(state="quarantined").exists()


def test_leaving_one_out_needs_a_reason(world, sam, browser):
    client = browser(sam)
    client.post(f"/quarantine/{world.poison}/dismiss/", {"why": ""})
    assert Delivery.objects.get(pk=world.poison).state == "quarantined"
    client.post(f"/quarantine/{world.poison}/dismiss/", {"why": "A test of the shop"})
    assert Delivery.objects.get(pk=world.poison).reason == "A test of the shop"


def test_an_agent_reads_quarantine_and_changes_nothing(world, alice, browser):
    client = browser(alice)
    assert b"Try again" not in client.get("/quarantine/").content
    assert client.post("/quarantine/replay/", {"all": "yes"}).status_code == 403


# ── Log ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_written_down_in_one_form(world, alice, browser, arrive):
    sent = {
        "kind": "call",
        "direction": "inbound",
        "who": "Mrs Smith, +44 20 7946 0958",
        "occurred_at": "2026-03-02T10:30",
        "text": "Wants a call back about her bill.",
        "account": world.log,
    }
    assert browser(alice).post("/log/", sent).status_code == 302
    arrive(world.everyones)
    call = Interaction.objects.get(account_id=world.log)
    assert (call.kind, call.identity.name, call.identity.external_id) == ("call", "Mrs Smith", "+442079460958")
    assert call.occurred_at.isoformat() == "2026-03-02T09:30:00+00:00"  # typed in Vienna


def test_nobody_writes_down_tomorrows_call(world, alice, browser):
    sent = {
        "kind": "call",
        "direction": "inbound",
        "who": "Dana",
        "occurred_at": "2999-01-01T10:00",
        "text": "hm",
        "account": world.log,
    }
    answer = browser(alice).post("/log/", sent)
    assert answer.status_code == 422
    assert b"still to come" in answer.content


# ── Search and files ────────────────────────────────────────────────────────────────────────────────────────────────


def test_search_finds_all_words_and_opens_the_conversation(world, alice, browser):
    page = browser(alice).get("/search/?q=router+down").content.decode()
    assert "My Acme router is down" in page
    assert "/conversations/" in page


def test_search_does_not_look_into_another_teams_channel(world, alice, sam, browser):
    """Threat 18."""
    assert b"Zanzibar" in browser(sam).get("/search/?q=900+routers").content
    assert b"Zanzibar" not in browser(alice).get("/search/?q=900+routers").content


def test_search_goes_on_where_a_page_ended(wire, arrive, ada, browser):
    account_id, dana = wire(), person("Dana")
    arrive(account_id, *(delivery(said(str(n), dana, f"needle number{n}", minute=n)) for n in range(30)))
    first = browser(ada).get("/search/?q=needle")
    older = browser(ada).get(f"/search/?q=needle&before={first.context['older']}")
    seen = [hit.voice.text for page in (first, older) for hit in page.context["found"]]
    assert sorted(seen) == sorted(f"needle number{n}" for n in range(30))


def test_search_puts_the_best_match_first_when_asked_to(wire, arrive, ada, browser):
    texts = [
        "my red router is off",
        "red light on my new router",
        "another router, a red one, and a long story besides",
        "router",
    ]
    arrive(wire(), *(delivery(said(str(n), person("Dana"), text, minute=n)) for n, text in enumerate(texts)))
    newest, best = (browser(ada).get(f"/search/?q=red+router{by}") for by in ("", "&by=match"))
    assert [hit.voice.text for hit in newest.context["found"]] == [texts[2], texts[1], texts[0]]
    assert [hit.voice.text for hit in best.context["found"]] == [texts[0], texts[2], texts[1]]
    assert b'href="?q=red%20router" aria-current="true"' in newest.content
    assert b'href="?q=red%20router&amp;by=match" aria-current="true"' in best.content


def test_the_best_match_is_judged_by_the_words_that_stand_now_and_by_nothing_of_another_team(world, alice, wire, arrive, browser):
    account_id, dana = wire(), person("Dana")
    arrive(
        account_id, delivery(said("1", dana, "kettle")), delivery(said("2", dana, "the kettle and a lot more of it", minute=1))
    )
    arrive(
        account_id,
        delivery(
            Edited(
                target="1",
                version="2",
                text="now this long text has many words, and only at its end stands kettle",
                occurred_at=at(2),
            )
        ),
    )
    found = browser(alice).get("/search/?q=kettle&by=match").context["found"]
    assert [hit.voice.text[:3] for hit in found] == ["the", "now"]
    assert b"Zanzibar" not in browser(alice).get("/search/?q=900+routers&by=match").content


def test_a_file_is_a_download_and_never_a_page(world, alice, browser):
    """Threats 11 to 15."""
    answer = browser(alice).get(f"/attachments/{world.attachment}/")
    assert b"".join(answer.streaming_content) == b"\x89PNG not really"
    assert answer["Content-Disposition"] == 'attachment; filename="photo.png"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_a_file_that_would_run_or_hides_its_name_is_renamed(world, alice, browser):
    """Threats 11, 12 and 15."""
    Attachment.objects.filter(pk=world.attachment).update(name="../../inv\u202eoice\u200b.svg")
    answer = browser(alice).get(f"/attachments/{world.attachment}/")
    assert answer["Content-Disposition"] == 'attachment; filename="invoice.svg.download"'


def test_a_file_of_another_team_is_not_there(world, alice, browser):
    """Threat 13."""
    assert browser(alice).get(f"/attachments/{world.sales_attachment}/").status_code == 404


def test_a_file_that_is_gone_says_so(world, alice, browser):
    Attachment.objects.filter(pk=world.attachment).update(sha256="../../etc/passwd")
    answer = browser(alice).get(f"/attachments/{world.attachment}/")
    assert answer.status_code == 404
    assert b"not here" in answer.content
