"""Dana writes to Acme on WhatsApp and is answered there: through our webhook, our conversation, our sender, and Meta's own description."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from heard.kernel.clock import now
from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    Author,
    File,
    NotFound,
    Outgoing,
    RateLimited,
    Rejected,
    Template,
)
from heard.listening.channels.meta.webhook import signature
from heard.listening.channels.whatsapp.adapter import Adapter
from tests.support.closed.graph import Answer, Refused
from tests.support.closed.house_of_meta import connected
from tests.support.closed.whatsapp import BUSINESS, US, whatsapp  # noqa: F401
from tests.support.servers.feeds import site  # noqa: F401

pytestmark = [pytest.mark.data, pytest.mark.django_db]

DANA = "491701234567"
TO_DANA = Author(network="phone", external_id=f"+{DANA}", handle=f"+{DANA}", name="Dana Field")
ORDER_TEMPLATE = {
    "name": "order_ready",
    "language": "en_US",
    "status": "APPROVED",
    "category": "UTILITY",
    "id": "1",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Your order"},
        {"type": "BODY", "text": "Hello {{1}}, your order {{2}} is ready."},
        {"type": "FOOTER", "text": "Acme"},
    ],
}


@pytest.fixture
def desk(whatsapp, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(
        whatsapp, seen_by(alice), kind="whatsapp", address=US, config={"waba_id": BUSINESS, "app_id": whatsapp.app_id}
    )


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text="Of course.", **message):
    ctx = desk.context()
    parts = adapter.render(Outgoing(text=text, to=TO_DANA, **message), ctx.account)
    return [adapter.send(ctx, part, idem=f"u-{part.number}") for part in parts]


# ── The handshake and the signature ─────────────────────────────────────────────────────────────────────────────────


def test_meta_is_answered_when_it_asks_whether_the_webhook_is_ours(desk, whatsapp):
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": whatsapp.verify_token}
    answer = desk.client.get(desk.hook, asked)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert desk.client.get(desk.hook, asked | {"hub.verify_token": "guessed"}).status_code == 401
    assert desk.client.get(desk.hook, asked | {"hub.challenge": "<script>"}).status_code == 401


def test_call_with_another_secret_is_refused_and_a_replay_is_heard_once(desk, whatsapp):
    body = json.dumps(whatsapp.webhook({"contacts": [], "messages": [text_of("wamid.1", "Hello")]})).encode()
    assert desk.call(body, signature("guessed", body)) == 401
    assert desk.call(body, signature(whatsapp.app_secret, body + b" ")) == 401
    assert [desk.call(body, signature(whatsapp.app_secret, body)) for _ in range(3)] == [200, 200, 200]
    desk.listen()
    assert desk.deliveries() == 1
    assert [voice.text for voice in desk.voices()] == ["Hello"]


def text_of(id_, words):
    return {"from": DANA, "id": id_, "timestamp": "1767262000", "type": "text", "text": {"body": words}}


# ── There and back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_asks_is_answered_and_her_thanks_come_to_the_same_conversation(desk, whatsapp):
    asked = whatsapp.says(DANA, "My router shows no light, can you help?")
    desk.listen()
    desk.reply("A technician comes at two.")
    [(wamid, taken)] = whatsapp.sent.items()
    assert (taken["to"], taken["text"]["body"], taken["context"]) == (DANA, "A technician comes at two.", {"message_id": asked})
    assert desk.state() == "sent"

    whatsapp.passes(seconds=2)
    whatsapp.says(DANA, "Thank you!", context={"from": whatsapp.numbers[0], "id": wamid})
    desk.listen()
    assert [voice.text for voice in desk.voices()] == [
        "My router shows no light, can you help?",
        "A technician comes at two.",
        "Thank you!",
    ]
    assert desk.voices()[0].author_name == "Dana Field"


def test_status_never_moves_backwards(desk, whatsapp):
    whatsapp.says(DANA, "Can you help me, please?")
    desk.listen()
    desk.reply("Yes.")
    [wamid] = whatsapp.sent
    whatsapp.delivers(wamid, "read", "sent", "delivered")
    desk.listen()
    assert desk.state() == "read"


def test_what_dana_takes_back_before_it_was_heard_is_never_shown(desk, whatsapp):
    whatsapp.says(DANA, id="wamid.D1", type="revoke", revoke={"original_message_id": "wamid.Q1"})
    whatsapp.says(DANA, "My card number is secret, help me please", id="wamid.Q1")
    desk.listen()
    assert [(voice.text, voice.is_withdrawn) for voice in desk.voices()] == [("", True)]


def test_words_that_dana_changed_are_read_as_they_are_now(desk, whatsapp):
    picture = {"mime_type": "image/jpeg", "sha256": "4654+8g=", "id": "1234567890"}
    red, dead = (picture | {"caption": f"My router is {how}, can you help?"} for how in ("red", "dead"))
    whatsapp.says(DANA, id="wamid.Q1", type="image", image=red)
    whatsapp.passes(seconds=5)
    edit = {"original_message_id": "wamid.Q1", "message": {"type": "image", "image": dead}}
    whatsapp.says(DANA, id="wamid.E1", type="edit", edit=edit)
    desk.listen()
    [voice] = desk.voices()
    assert voice.text == "My router is dead, can you help?"
    assert voice.edited_at


def test_reaction_stands_beside_what_it_is_about(desk, whatsapp):
    whatsapp.says(DANA, "Can you help me, please?")
    desk.listen()
    desk.reply("Yes.")
    [wamid] = whatsapp.sent
    whatsapp.says(DANA, type="reaction", reaction={"message_id": wamid, "emoji": "👍"})
    desk.listen()
    assert dict(desk.voices()[-1].reactions) == {"👍": 1}
    for seconds, emoji, stand in ((1, "👎", {"👎": 1}), (1, "", {})):  # one in place of the other, then none
        whatsapp.passes(seconds=seconds)
        whatsapp.says(DANA, type="reaction", reaction={"message_id": wamid, "emoji": emoji})
        desk.listen()
        assert dict(desk.voices()[-1].reactions) == stand


def test_what_is_meant_for_another_number_of_acme_is_not_heard_here(desk, whatsapp):
    other = whatsapp.webhook({"contacts": [], "messages": [text_of("wamid.1", "Help, please!")]}, number="999")
    assert whatsapp.tell(other) == 200
    desk.listen()
    assert desk.talks() == []


def test_customers_who_come_in_one_call_are_kept_apart(desk, whatsapp):
    """Each a delivery of their own, and nobody's name travels with another's words."""
    robin = {"profile": {"name": "Robin"}, "wa_id": "436601234567"}
    dana = {"profile": {"name": "Dana Field"}, "wa_id": DANA}
    messages = [text_of("wamid.1", "Can you help me?"), text_of("wamid.2", "Me too?") | {"from": robin["wa_id"]}]
    whatsapp.tell(whatsapp.webhook({"contacts": [dana, robin], "messages": messages}))
    desk.listen()
    assert desk.deliveries() == 2
    assert len(desk.talks()) == 2


# ── After 24 hours ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_free_words_after_24_hours_fail_with_the_reason_and_a_template_arrives(desk, whatsapp, adapter):
    whatsapp.templates = [ORDER_TEMPLATE]
    whatsapp.says(DANA, "Is my order ready? Can you help?")
    desk.listen()
    whatsapp.passes(hours=25)
    desk.reply("It is ready.")
    [late] = whatsapp.sent
    whatsapp.delivers(late, "sent", "delivered")
    desk.listen()
    assert desk.state() == "failed"
    assert "only an approved template" in desk.said()[0].error

    [template] = adapter.templates(desk.context())
    [sent] = say(desk, adapter, text="", template=replace(template, values=("Dana", "4711")))
    taken = whatsapp.sent[sent.external_id]["template"]
    assert taken["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "Dana"}, {"type": "text", "text": "4711"}]}
    ]


def test_only_templates_that_a_member_can_fill_are_offered(desk, whatsapp, adapter):
    body = {"type": "BODY", "text": "Hello {{first_name}}!"}
    whatsapp.templates = [
        ORDER_TEMPLATE,
        ORDER_TEMPLATE | {"name": "waiting", "status": "PENDING"},
        ORDER_TEMPLATE | {"name": "code", "category": "AUTHENTICATION"},
        ORDER_TEMPLATE | {"name": "picture", "components": [{"type": "HEADER", "format": "IMAGE"}, body]},
        ORDER_TEMPLATE | {"name": "named", "language": "de", "components": [body]},
    ]
    found = adapter.templates(desk.context())
    assert [(each.name, each.language, each.text) for each in found] == [
        ("order_ready", "en_US", "Your order\n\nHello {{1}}, your order {{2}} is ready.\n\nAcme"),
        ("named", "de", "Hello {{first_name}}!"),
    ]


def test_template_that_meta_does_not_know_is_refused_in_words(desk, whatsapp, adapter):
    with pytest.raises(Rejected, match="no such template in that language"):
        say(desk, adapter, text="", template=Template(name="gone", language="en", text="Hello"))


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_picture_of_a_customer_is_fetched_with_the_token_when_somebody_opens_it(desk, whatsapp, adapter):
    medium = whatsapp.keep("image/jpeg", b"\xff\xd8 a router")
    picture = {"mime_type": "image/jpeg", "sha256": "4654+8g=", "id": medium}
    whatsapp.says(DANA, type="image", image=picture)
    desk.listen()
    [voice] = desk.voices()
    [file] = voice.attachments
    fetched = adapter.fetch_media(desk.context(), File(name=file.name, content_type=file.content_type, url=file.url))
    assert (fetched.data, fetched.content_type) == (b"\xff\xd8 a router", "image/jpeg")

    with pytest.raises(NotFound):
        adapter.fetch_media(desk.context(), File(name="x", url=file.url + "9"))


def test_token_goes_to_no_host_but_metas(desk, whatsapp, adapter, site):
    """Whoever could name the address of a file would else be given the key to the account."""
    medium = whatsapp.keep("image/jpeg", b"a router")
    whatsapp.lookaside = site.show("/router.jpg", b"a router")
    file = adapter.fetch_media(desk.context(), File(name="router.jpg", url=f"{whatsapp.url}/v23.0/{medium}"))
    [(_, headers, status)] = site.asked
    assert (file.data, status) == (b"a router", 200)
    assert "Authorization" not in headers
    assert "authorization" not in headers


def test_files_go_out_with_their_words_as_caption(desk, whatsapp, adapter):
    invoice = File(name="invoice.pdf", content_type="application/pdf", data=b"%PDF")
    [sent] = say(desk, adapter, "Here it is.", attachments=(invoice,))
    taken = whatsapp.sent[sent.external_id]
    assert taken["type"] == "document"
    assert (taken["document"]["filename"], taken["document"]["caption"]) == ("invoice.pdf", "Here it is.")
    assert whatsapp.files[taken["document"]["id"]] == ("application/pdf", b"%PDF")


def test_voice_message_follows_its_words_for_it_takes_no_caption(desk, whatsapp, adapter):
    voice = File(name="a.ogg", content_type="audio/ogg", data=b"OggS")
    say(desk, adapter, "Listen:", attachments=(voice,))
    assert [taken["type"] for taken in whatsapp.sent.values()] == ["text", "audio"]


def test_who_hides_the_number_is_answered_by_their_id(desk, whatsapp, adapter):
    """In the field for numbers Meta would take it, say that all is well, and throw it away."""
    ctx = desk.context()
    robin = Author(network="whatsapp", external_id="DE.99887766554433221100")
    [part] = adapter.render(Outgoing(text="Hello Robin", to=robin), ctx.account)
    sent = adapter.send(ctx, part, idem="u")
    taken = whatsapp.sent[sent.external_id]
    assert (taken.get("to"), taken["recipient"]) == (None, "DE.99887766554433221100")


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_number_that_sent_too_much_waits_as_long_as_meta_says_and_sends_once(desk, whatsapp):
    usage = json.dumps({BUSINESS: [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 2}]})
    whatsapp.says(DANA, "Can you help me, please?")
    desk.listen()
    whatsapp.faults = [Refused(80007, "Rate limit hit", headers={"X-Business-Use-Case-Usage": usage})]
    desk.reply("Yes.")
    assert (desk.state(), whatsapp.sent) == ("queued", {})
    desk.send(at=now() + timedelta(seconds=60))
    assert whatsapp.sent == {}
    desk.send(at=now() + timedelta(seconds=300))
    assert (desk.state(), len(whatsapp.sent)) == ("sent", 1)


def test_message_that_may_have_gone_out_is_shown_to_a_person_and_not_repeated(desk, whatsapp):
    whatsapp.says(DANA, "Can you help me, please?")
    desk.listen()
    whatsapp.faults = ["after"]
    desk.reply("Yes.")
    desk.send(at=now() + timedelta(hours=1))
    assert (desk.state(), len(whatsapp.sent)) == ("unknown", 1)


def test_token_that_ended_pauses_the_channel_and_is_repeated_in_no_words(desk, whatsapp, caplog):
    whatsapp.says(DANA, "Can you help me, please?")
    desk.listen()
    whatsapp.faults = [Refused(190, f"Malformed access token {whatsapp.token}", status=401)]
    desk.reply("Yes.")
    assert (desk.account_state(), desk.state()) == ("paused", "failed")
    assert "new one" in desk.said()[0].error
    assert whatsapp.token not in desk.said()[0].error + caplog.text


@pytest.mark.parametrize(
    ("fault", "raised", "words"),
    [
        (Refused(130429, "(#130429) Rate limit hit"), RateLimited, "130429"),
        (Refused(131056, "pair rate limit"), RateLimited, "131056"),
        (Refused(131026, "Message undeliverable"), Rejected, "cannot deliver"),
        (Refused(131047, "Re-engagement message"), Rejected, "24 hours"),
        (Refused(131031, "Account locked"), Rejected, "locked"),
        (Refused(190, "expired", status=401), AuthExpired, "new one"),
        (Refused(131000, "Something went wrong", status=500), Ambiguous, "131000"),
        (Refused(2, "Temporary", status=503, is_transient=True), Ambiguous, "2"),
        (Answer(b"<html>Bad gateway</html>", 502, content_type="text/html"), Ambiguous, "502"),
        (Answer(b"{", 200), Ambiguous, "damaged"),
        ("after", Ambiguous, "broke off"),
    ],
    ids=lambda value: str(value.answer.body["error"]["code"]) if isinstance(value, Refused) else None,
)
def test_refusals_of_meta_are_told_apart_by_their_code(desk, whatsapp, adapter, fault, raised, words):
    whatsapp.faults = [fault]
    with pytest.raises(raised, match=words) as caught:
        say(desk, adapter)
    assert not any(secret in str(caught.value) for secret in whatsapp.secrets().values())


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_says_what_the_token_may_do_and_whether_meta_calls(desk, whatsapp, adapter):
    health = adapter.check(desk.context())
    assert (health.ok, set(health.scopes.values())) == (True, {True})
    assert health.details["number"] == "+49 30 555 0100 (Acme)"

    whatsapp.subscribed = False
    assert "nothing comes in" in adapter.check(desk.context()).message
    whatsapp.scopes = ("whatsapp_business_management",)
    health = adapter.check(desk.context())
    assert (health.ok, health.scopes["whatsapp_business_messaging"]) == (False, False)
    assert "lacks whatsapp_business_messaging" in health.message
    whatsapp.token = "another"
    assert "Make a new one" in adapter.check(desk.context()).message
    whatsapp.app_secret = "another"
    assert "app id" in adapter.check(desk.context()).message


def test_leaving_takes_the_subscription_along_only_with_the_last_number(desk, whatsapp, adapter):
    whatsapp.numbers = [US, "999"]
    assert "stays for 1 other number" in adapter.disconnect(desk.context())
    assert whatsapp.subscribed
    whatsapp.numbers = [US]
    assert "revoke the access token" in adapter.disconnect(desk.context())
    assert not whatsapp.subscribed
