"""Dana texts Acme and is answered; and one word of hers ends it. Through our webhook, our conversation, our sender, and Twilio's own
description, signatures and TwiML."""

from datetime import timedelta

import pytest

from heard.engagement import actions as engagement
from heard.engagement import selectors as replies
from heard.engagement.actions import CannotSend
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
)
from heard.listening.channels.sms.adapter import Adapter
from tests.support.closed.house_of_twilio import connected
from tests.support.closed.twilio import DANA, OURS, ROOT, TOKEN, Answer, Refused, twilio  # noqa: F401

pytestmark = [pytest.mark.data, pytest.mark.django_db]

TO_DANA = Author(network="phone", external_id=DANA)


@pytest.fixture
def desk(twilio, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.PUBLIC_URL = "https://heard.example"
    return connected(twilio, seen_by(alice), kind="sms")


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text="Of course."):
    ctx = desk.context()
    return [adapter.send(ctx, part, idem="u") for part in adapter.render(Outgoing(text=text, to=TO_DANA), ctx.account)]


# ── There and back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_asks_is_answered_and_what_became_of_it_never_moves_backwards(desk, twilio):
    twilio.says("My router shows no light 😕 can you help?")
    desk.listen()
    desk.reply("A technician comes at two.")
    [(sid, taken)] = twilio.sent.items()
    assert (taken["To"], taken["From"], taken["Body"]) == (DANA, OURS, "A technician comes at two.")
    assert taken["StatusCallback"] == twilio.hook
    twilio.delivers(sid, "queued", "delivered", "sent", "sending")
    desk.listen()
    assert desk.state() == "delivered"

    twilio.says("Thank you, is it free?")
    desk.listen()
    assert [voice.text for voice in desk.voices()][1:] == ["A technician comes at two.", "Thank you, is it free?"]
    assert desk.voices()[0].author_name == "+44 7700 900123"


def test_text_that_did_not_arrive_says_why(desk, twilio):
    twilio.says("Can you help me, please?")
    desk.listen()
    desk.reply("Yes.")
    [sid] = twilio.sent
    twilio.delivers(sid, "sent", "undelivered", code="30003")
    desk.listen()
    assert desk.state() == "failed"
    assert "cannot be reached" in desk.said()[0].error


def test_text_that_comes_twice_is_heard_once_and_a_strangers_never(desk, twilio):
    twilio.says("Can you help me?", sid="SM" + "a" * 32)
    twilio.says("Can you help me?", sid="SM" + "a" * 32)
    fields = {"MessageSid": "SM" + "b" * 32, "AccountSid": "x", "From": DANA, "To": OURS, "Body": "Evil"}
    assert desk.client.post(desk.hook, fields).status_code == 401
    signed_elsewhere = "https://evil.example" + desk.hook
    assert twilio.tell(signed_elsewhere, fields)[0] == 401  # our own address is signed, whatever Host says
    desk.listen()
    assert (desk.deliveries(), [voice.text for voice in desk.voices()]) == (1, ["Can you help me?"])


def test_long_answer_goes_out_in_numbered_texts_in_their_order(desk, twilio):
    twilio.says("How do I reset it?")
    desk.listen()
    desk.reply("Hold the button; wait for the light. " * 60)
    bodies = [taken["Body"] for taken in twilio.sent.values()]
    assert [body[-6:] for body in bodies] == [" (1/2)", " (2/2)"]
    assert all(len(body) <= 1600 for body in bodies)


def test_picture_of_a_customer_is_fetched_with_the_token_and_only_from_twilio(desk, twilio, adapter):
    url = twilio.keep(f"{ROOT}/Messages/MM1/Media/ME1", "image/jpeg", b"\xff\xd8 a router")
    twilio.says("", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")
    desk.listen()
    [file] = desk.voices()[0].attachments
    found = adapter.fetch_media(desk.context(), File(name=file.name, content_type=file.content_type, url=file.url))
    assert (found.data, found.content_type) == (b"\xff\xd8 a router", "image/jpeg")
    with pytest.raises(NotFound):
        adapter.fetch_media(desk.context(), File(name="x", url="http://127.0.0.1:1/steal-the-token"))


# ── STOP, START, HELP ───────────────────────────────────────────────────────────────────────────────────────────────


def test_stop_ends_all_texts_at_once_and_start_lets_them_go_on(desk, twilio):
    twilio.says("Can you help me, please?")
    desk.listen()
    twilio.says("Stop!")
    desk.listen()
    [route] = replies.reachable(desk.viewer, desk.talk().pk)
    assert not route.may_send
    assert "asked us not to write" in route.why_not
    with pytest.raises(CannotSend, match="asked us not to write"):
        desk.reply("One more thing")
    twilio.says("START")
    desk.listen()
    desk.reply("Welcome back.")
    assert [taken["Body"] for taken in twilio.sent.values()] == ["Welcome back."]


def test_text_that_waited_to_leave_when_stop_came_does_not_leave(desk, twilio):
    twilio.says("Can you help me, please?")
    desk.listen()
    talk = desk.talk()
    engagement.send_reply(
        desk.viewer,
        talk.pk,
        text="Too late",
        account_id=desk.account_id,
        identity_id=talk.opener_id,
        visibility="private",
        request_key="k",
    )
    twilio.says("ARRÊT")
    desk.listen()
    desk.send()
    assert twilio.sent == {}
    assert (desk.state(), "asked us not to write" in desk.said()[0].error) == ("failed", True)


def test_question_after_stop_does_not_let_us_write_again(desk, twilio):
    twilio.says("STOP")
    desk.listen()
    twilio.says("Help me, please: is it still broken?")
    desk.listen()
    [route] = replies.reachable(desk.viewer, desk.talk().pk)
    assert not route.may_send


def test_stop_waits_for_nobody_and_a_sentence_about_stopping_waits_for_a_person(desk, twilio):
    twilio.says("STOP")
    desk.listen()
    assert desk.talk().waiting_since is None
    twilio.says("Please stop sending me offers, can you do that?", who="+447700900456")
    desk.listen()
    assert [talk.waiting_since is not None for talk in sorted(desk.talks(), key=lambda talk: talk.pk)] == [False, True]


def test_help_is_answered_by_us_only_where_that_was_asked_for(twilio, alice, seen_by, settings):
    settings.PUBLIC_URL = "https://heard.example"
    connected(twilio, seen_by(alice), kind="sms")
    twilio.says("HELP")
    assert twilio.answer == "<Response/>"
    connected(twilio, seen_by(alice), kind="sms", help_text="Acme & Sons: help@acme.example. STOP to end.")
    twilio.says("Hilfe!")
    assert twilio.answer == "<Response><Message>Acme &amp; Sons: help@acme.example. STOP to end.</Message></Response>"


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_number_that_sent_too_much_waits_as_long_as_twilio_says_and_sends_once(desk, twilio):
    twilio.says("Can you help me, please?")
    desk.listen()
    twilio.faults = [Refused(20429, "Too Many Requests", status=429, headers={"Retry-After": "120"})]
    desk.reply("Yes.")
    desk.send(at=now() + timedelta(seconds=60))
    assert twilio.sent == {}
    desk.send(at=now() + timedelta(seconds=300))
    assert (desk.state(), len(twilio.sent)) == ("sent", 1)


def test_text_that_may_have_gone_out_is_shown_to_a_person_and_not_repeated(desk, twilio):
    twilio.says("Can you help me, please?")
    desk.listen()
    twilio.faults = ["after"]
    desk.reply("Yes.")
    desk.send(at=now() + timedelta(hours=1))
    assert (desk.state(), len(twilio.sent)) == ("unknown", 1)


@pytest.mark.parametrize(
    ("fault", "raised", "words"),
    [
        (Refused(21610, "Attempt to send to unsubscribed recipient"), Rejected, "STOP"),
        (Refused(21614, "not a mobile number"), Rejected, "takes texts"),
        (Refused(21408, "Permission to send an SMS has not been enabled"), Rejected, "Geo permissions"),
        (Refused(99999, f"something about {TOKEN}"), Rejected, "99999"),
        (Refused(20003, "Authenticate", status=401), AuthExpired, "auth token"),
        (Refused(20429, "Too Many Requests", status=429), RateLimited, "20429"),
        (Refused(20404, "gone", status=404), NotFound, "20404"),
        (Refused(20500, "Internal", status=500), Ambiguous, "20500"),
        (Answer(b"<html>Bad gateway</html>", 502, content_type="text/html"), Ambiguous, "502"),
        (Answer(b"{", 201), Ambiguous, "damaged"),
        ("after", Ambiguous, "broke off"),
    ],
    ids=str,
)
def test_refusals_are_told_apart_by_their_code(desk, twilio, adapter, fault, raised, words):
    twilio.faults = [fault]
    with pytest.raises(raised, match=words) as caught:
        say(desk, adapter)
    assert TOKEN not in str(caught.value)


def test_twilio_that_obeys_a_stop_which_we_never_heard_says_so(desk, twilio, adapter):
    twilio.silenced = {DANA}
    with pytest.raises(Rejected, match="STOP"):
        say(desk, adapter)


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_says_what_is_wrong_until_all_is_well(desk, twilio, adapter):
    assert "does not call us" in adapter.check(desk.context()).message
    twilio.numbers[OURS]["sms_url"] = twilio.hook
    health = adapter.check(desk.context())
    assert (health.ok, set(health.scopes.values())) == (True, {True})
    twilio.can = {**twilio.can, "sms": False}
    assert "cannot take texts" in adapter.check(desk.context()).message
    twilio.numbers = {}
    assert "no number of this account" in adapter.check(desk.context()).message
    twilio.account = {"status": "suspended", "type": "Full"}
    assert "suspended" in adapter.check(desk.context()).message


def test_wrong_token_is_told_in_words_and_pauses_the_channel(twilio, alice, seen_by, settings, adapter):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    desk = connected(twilio, seen_by(alice), kind="sms", token="guessed-by-eve")
    health = adapter.check(desk.context())
    assert not health.ok
    assert "guessed" not in health.message


def test_leaving_takes_our_address_out_of_the_number(desk, twilio, adapter):
    twilio.numbers[OURS]["sms_url"] = twilio.hook
    assert "new auth token" in adapter.disconnect(desk.context())
    assert twilio.numbers[OURS]["sms_url"] == ""
    twilio.numbers[OURS]["sms_url"] = "https://somebody-else.example/"
    adapter.disconnect(desk.context())
    assert twilio.numbers[OURS]["sms_url"] == "https://somebody-else.example/"
