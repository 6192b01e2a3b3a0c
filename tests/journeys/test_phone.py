"""Dana calls Acme, and whoever answers her next sees what the phone menu did to her. Through our webhook, our conversation, and Twilio's
own signatures, TwiML and description."""

import pytest
from django.test import Client
from twilio.twiml import voice_response

from heard.engagement.recap import recap_of
from heard.listening import actions
from heard.listening.channels.contract import File, NotFound
from heard.listening.channels.phone.adapter import Adapter
from heard.listening.models import Identity
from tests.support.closed.house_of_twilio import connected
from tests.support.closed.twilio import DANA, OURS, SID, check_twiml, twilio  # noqa: F401

pytestmark = [pytest.mark.data, pytest.mark.django_db]

MENU = [
    "1 Fault in Leeds: say We know of it. It ends at 17:00.",
    "2 Bills: person 020 7946 0000",
    "8 To be called back: call back",
    "9 To leave a message: voicemail",
]
NOTICE = "The line in Leeds is down & will be back at 17:00."


@pytest.fixture
def desk(twilio, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.PUBLIC_URL = "https://heard.example"
    return connected(twilio, seen_by(alice), kind="phone", notices=[NOTICE], greeting="This is Acme.", menu=MENU)


def story(desk) -> list[str]:
    desk.listen()
    return [voice.text for voice in desk.voices()]


# ── T5: the menu drops them ─────────────────────────────────────────────────────────────────────────────────────────


def test_call_that_the_menu_lost_stands_on_the_timeline_step_by_step(desk, twilio):
    call = twilio.rings()
    assert call.heard[:2] == [NOTICE, "This is Acme."]
    call.presses("1")
    assert "We know of it. It ends at 17:00." in call.heard
    call.presses("7")
    assert call.heard[-2] == "That key leads nowhere."
    call.ends(seconds=242)
    assert story(desk) == [
        f"Called +44 20 7946 0999 and was told first: “{NOTICE}”",
        "Pressed 1: Fault in Leeds.",
        "Pressed 7, which leads nowhere in the menu.",
        "Hung up in the phone menu after a key that leads nowhere.",
    ]
    assert desk.voices()[-1].extra["duration_seconds"] == 242
    assert desk.talk().waiting_since is None  # nothing was asked; it is there for whoever answers next


def test_five_lost_calls_and_a_question_by_text_are_one_story(desk, twilio, alice, seen_by):
    for minutes in range(5):
        call = twilio.rings()
        call.presses("1")
        call.ends(seconds=60 * minutes + 2)
    desk.listen()
    texts = connected(twilio, seen_by(alice), kind="sms")
    twilio.says("Broadband is down for 48 hours and your phone menu hangs up on me. When will it be fixed?")
    texts.listen()
    assert Identity.objects.filter(network="phone", is_ours=False).count() == 1
    assert [voice.account_kind for voice in texts.voices()] == ["phone"] * 15 + ["sms"]
    assert texts.talk().waiting_since
    came_by = recap_of(seen_by(alice), texts.talk().pk).came_by
    assert [(w.way, w.times, w.failed) for w in came_by] == [("phone", 5, 5)]  # why they came here


def test_end_that_is_told_before_the_last_step_comes_to_the_same(desk, twilio):
    call = twilio.rings()
    call.ends(seconds=3)
    desk.listen()
    call.here = twilio.hook
    call.asks(f"{twilio.hook}menu?n=1&tries=0", Digits="9")
    assert "Hung up instead of leaving a message." in story(desk)


# ── Always a way to a person ────────────────────────────────────────────────────────────────────────────────────────


def test_call_back_that_was_asked_for_waits_with_its_number(desk, twilio):
    call = twilio.rings()
    call.presses("8")
    call.presses("1#")
    assert call.is_over
    call.ends(seconds=40)
    assert story(desk)[-2:] == [
        "Please call me back on +44 7700 900123.",
        "The call ended after they had asked to be called back.",
    ]
    assert desk.voices()[-2].extra["call_back"] == DANA
    assert desk.talk().waiting_since


def test_call_back_to_another_number_and_a_number_that_is_none(desk, twilio):
    call = twilio.rings()
    call.presses("8")
    call.presses("123#")
    assert "That is no telephone number." in call.heard
    call.presses("02079460321#")
    assert call.is_over
    assert "Please call me back on +44 20 7946 0321." in story(desk)


def test_transfer_that_nobody_answered_waits_and_offers_to_call_back(desk, twilio):
    call = twilio.rings()
    call.presses("2")
    assert call.dialled("no-answer") == "+442079460000"
    assert "Nobody can take your call at this moment." in call.heard
    call.ends(seconds=61)
    assert story(desk)[-2:] == [
        "Wanted to speak to a person and could not reach anybody: nobody answered.",
        "Hung up after nobody could be reached.",
    ]
    assert desk.talk().waiting_since


def test_transfer_that_was_answered_waits_for_nobody(desk, twilio):
    call = twilio.rings()
    call.presses("2")
    call.dialled("completed", DialCallDuration="185")
    assert call.is_over
    call.ends(seconds=200)
    assert story(desk)[-2:] == ["Spoke with somebody for 3 min 5 s.", "The call ended after they had spoken with somebody."]
    assert desk.talk().waiting_since is None


@pytest.mark.parametrize("keys", [["7", "5"], ["", ""], ["0"]], ids=["wrong keys", "no keys", "zero, which no line names"])
def test_who_finds_no_way_is_put_through(desk, twilio, keys):
    call = twilio.rings()
    for key in keys:
        call.presses(key)
    assert call.verb("Dial").findtext("Number") == "+442079460000"


def test_voicemail_waits_with_its_recording_which_is_fetched_when_somebody_listens(desk, twilio):
    call = twilio.rings()
    call.presses("9")
    call.speaks(b"ID3 my line is down", seconds=32)
    call.ends(seconds=50)
    assert story(desk)[-2:] == [
        "Left a voicemail of 32 s. Please listen to it and call back +44 7700 900123.",
        "The call ended after they had left a voicemail.",
    ]
    assert desk.talk().waiting_since
    [file] = desk.voices()[-2].attachments
    asked = File(name=file.name, content_type=file.content_type, url=file.url)
    assert Adapter().fetch_media(desk.context(), asked).data == b"ID3 my line is down"
    with pytest.raises(NotFound):
        Adapter().fetch_media(desk.context(), File(name="x", url="http://127.0.0.1:1/steal-the-token"))


def test_voicemail_in_which_nothing_was_said_is_asked_for_once_more(desk, twilio):
    call = twilio.rings()
    call.presses("9")
    call.says_nothing()
    call.says_nothing()
    assert call.is_over
    assert story(desk)[-1] == "Left no message."


def test_callers_who_withhold_their_number_are_strangers_to_each_other_and_give_one(desk, twilio):
    for number in ("02079460321#", "02079460322#"):
        call = twilio.rings(who="anonymous")
        call.presses("8")
        assert "press 1" not in call.heard[-1]
        call.presses("1#")
        call.presses(number)
    desk.listen()
    assert len(desk.talks()) == 2


def test_line_without_any_menu_asks_for_a_number(twilio, alice, seen_by, settings):
    settings.PUBLIC_URL = "https://heard.example"
    desk = connected(twilio, seen_by(alice), kind="phone")
    call = twilio.rings()
    call.presses("1#")
    assert "Please call me back on +44 7700 900123." in story(desk)


# ── Who calls the door ──────────────────────────────────────────────────────────────────────────────────────────────


def test_step_that_nobody_signed_and_one_that_was_moved_are_refused(desk, twilio):
    fields = {"CallSid": "CA" + "1" * 32, "AccountSid": SID, "From": DANA, "To": OURS, "Digits": "1"}
    assert Client().post(f"{desk.hook}menu?n=1&tries=0", fields).status_code == 401
    assert twilio.tell(f"https://evil.example{desk.hook}", fields)[0] == 401
    assert Client().post(f"{desk.hook}elsewhere", fields).status_code == 404


def test_step_that_is_told_twice_is_written_once(desk, twilio):
    call = twilio.rings()
    for _ in range(2):
        call.asks(f"{twilio.hook}menu?n=1&tries=0", Digits="1")
    assert story(desk).count("Pressed 1: Fault in Leeds.") == 1


@pytest.mark.parametrize(
    "twiml",
    [
        "<Response><Sing/></Response>",
        '<Response><Say loudly="yes">Hello</Say></Response>',
        "<Response><Gather><Dial>1</Dial></Gather></Response>",
    ],
)
def test_stand_in_notices_what_twilio_would_not_take(twiml):
    with pytest.raises(AssertionError):
        check_twiml(twiml, voice_response)


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Bills: person 020 7946 0000", "must begin with one key"),
        ("2 Bills: sing", "what happens is one of"),
        ("2 Bills person", "A line is a key"),
        ("2 Bills: person 12", "“12” is no telephone number"),
        ("1 Again: voicemail", "Key 1 stands there twice"),
        ("9 Message: voicemail please", "nothing follows"),
    ],
)
def test_line_that_cannot_be_used_is_refused_when_it_is_saved(desk, line, problem):
    with pytest.raises(actions.BadConfig, match=problem):
        connected(desk.graph, desk.viewer, kind="phone", menu=[MENU[0], line])


def test_menu_without_any_way_to_a_person_is_refused(desk):
    with pytest.raises(actions.BadConfig, match="No key leads to a person"):
        connected(desk.graph, desk.viewer, kind="phone", menu=MENU[:1])


def test_page_of_the_channel_says_in_words_what_a_caller_hears(desk, ada, browser):
    page = browser(ada).get(f"/channels/{desk.account_id}/").content.decode()
    assert "Bills: is put through to +44 20 7946 0000 for 20 seconds" in page
    assert "The line in Leeds is down &amp; will be back at 17:00." in page


def test_test_button_says_what_is_wrong_until_all_is_well(desk, twilio):
    adapter = Adapter()
    assert "does not ask us when a call comes" in adapter.check(desk.context()).message
    twilio.numbers[OURS]["voice_url"] = twilio.hook
    assert "when a call ends" in adapter.check(desk.context()).message
    twilio.numbers[OURS]["status_callback"] = f"{twilio.hook}status"
    assert adapter.check(desk.context()).ok
    twilio.can = {**twilio.can, "voice": False}
    assert "takes no calls" in adapter.check(desk.context()).message
    adapter.disconnect(desk.context())
    assert set(twilio.numbers[OURS].values()) == {""}
