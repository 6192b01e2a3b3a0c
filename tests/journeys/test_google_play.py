"""Dana reviews Acme's app, is answered below her review, and changes her mind: held to Google's own description of itself."""

import httpx
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from heard.listening.channels.contract import AuthExpired, Author, CursorLost, Outgoing, RateLimited, Rejected
from heard.listening.channels.google_play.adapter import Adapter
from heard.listening.models import ChannelAccount, Revision
from tests.support.closed.google import Answer, Refused, running
from tests.support.closed.google_play import APP, Play, play  # noqa: F401
from tests.support.closed.house_of_google import connected

pytestmark = pytest.mark.django_db
COMPLAINT = "It does not start since the update, can you help me?"


@pytest.fixture
def desk(play, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(play, seen_by(alice), kind="google_play", address=APP)


@pytest.fixture
def adapter():
    return Adapter()


def answer(desk, adapter, review, text):
    ctx = desk.context()
    to = Author(network="google_play", external_id=review)
    [part] = adapter.render(Outgoing(text=text, to=to, visibility="public", in_reply_to=review), ctx.account)
    return adapter.send(ctx, part, idem="u-1")


def test_dana_is_answered_below_her_review_and_our_own_words_come_back_as_ours(desk, play):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    [voice] = desk.voices()
    assert (voice.text, voice.visibility, voice.author_name) == (COMPLAINT, "public", "Dana Field")
    assert (voice.extra["rating"], voice.extra["device"], voice.extra["app_version"]) == (1, "Samsung Galaxy S24", "1.2.3")
    desk.reply("Sorry, Dana! Version 1.2.4 repairs it.", visibility="public")
    assert (desk.state(), play.answer_to(review)) == ("sent", "Sorry, Dana! Version 1.2.4 repairs it.")
    play.passes(seconds=2)
    assert desk.listen() == 1
    assert [voice.is_ours for voice in desk.voices()] == [False, True]


def test_second_answer_takes_the_place_of_the_first_there_and_both_are_known_here(desk, play, adapter):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    desk.reply("We are on it.", visibility="public")
    desk.listen()
    desk.reply("Version 1.2.4 repairs it.", visibility="public", key="another-click")
    desk.listen()
    assert play.answer_to(review) == "Version 1.2.4 repairs it."
    assert [voice.text for voice in desk.voices()] == [COMPLAINT, "We are on it.", "Version 1.2.4 repairs it."]


def test_answer_given_in_the_play_console_is_heard_as_ours(desk, play):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    play.reply(play.reviews[review], "Have you tried to restart it?")
    desk.listen()
    assert [(voice.is_ours, voice.text) for voice in desk.voices()][1] == (True, "Have you tried to restart it?")


def test_changed_review_is_an_edit_and_a_deleted_one_is_gone(desk, play):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    play.passes(hours=1)
    play.changes(review, "Works again, thank you!", stars=5)
    desk.listen()
    [voice] = desk.voices()
    assert voice.text == "Works again, thank you!"
    assert Revision.objects.filter(target=review).count() == 1
    play.removes(review)
    desk.listen()
    [voice] = desk.voices()
    assert (voice.text, voice.is_withdrawn) == ("", True)


def test_week_longer_than_a_page_is_heard_whole_and_then_costs_two_questions(desk, play):
    for number in range(230):
        play.writes(f"Customer {number}", f"Can you help me with number {number}?", stars=3)
    assert desk.listen() == 230
    assert len(desk.spoken()) == 230
    play.asked.clear()
    assert desk.listen() == 0
    assert [asked.method for asked in play.asked] == ["androidpublisher.reviews.list", "androidpublisher.reviews.get"]


def test_burst_between_two_pulls_is_heard_whole(desk, play):
    play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    for number in range(150):
        play.passes(seconds=1)
        play.writes(f"Customer {number}", f"Can you help me with number {number}?", stars=3)
    assert desk.listen() == 150


def test_place_in_the_list_that_google_forgot_is_found_again_without_a_gap(desk, play, adapter):
    for number in range(150):
        play.writes(f"Customer {number}", f"Can you help me with number {number}?", stars=3)
    ctx = desk.context()
    first = adapter.pull(ctx, {})
    play.pages_forgotten = True
    with pytest.raises(CursorLost) as lost:
        adapter.pull(ctx, first.cursor)
    play.pages_forgotten = False
    again = adapter.pull(ctx, lost.value.resync)
    rest = adapter.pull(ctx, again.cursor)
    assert (len(first.deliveries), len(again.deliveries), len(rest.deliveries), rest.has_more) == (100, 0, 50, False)


def test_answer_that_went_out_without_a_word_back_is_sent_once(desk, play):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    play.faults = ["after"]
    desk.reply("We are on it.", visibility="public")
    play.passes(minutes=10)
    desk.send(at=play.now)
    desk.listen()
    assert (desk.state(), play.answer_to(review)) == ("sent", "We are on it.")
    assert [voice.text for voice in desk.voices()] == [COMPLAINT, "We are on it."]


def test_too_long_answer_and_one_with_tags_are_refused_in_words_before_they_leave(desk, play, adapter):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    for text, why in (("x" * 351, "350 characters; this has 351"), ("Press <b>here</b>", "HTML tag")):
        with pytest.raises(Rejected, match=why):
            answer(desk, adapter, review, text)
    assert play.asked == []
    answer(desk, adapter, review, "👍🏽 " * 87)
    assert len(play.answer_to(review)) <= 350


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_token_is_kept_for_its_hour_and_got_anew_when_google_forgets_it(desk, play):
    play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    desk.listen()
    assert play.tokens_given == 1
    play.forget_tokens()
    desk.listen()
    assert (play.tokens_given, desk.account_state()) == (2, "ok")


def test_key_that_was_taken_back_pauses_the_account_and_says_what_to_do(desk, play, caplog):
    play.key = play.key | {"client_email": "somebody.else@acme-reviews.iam.gserviceaccount.com"}
    desk.listen()
    assert (desk.account_state(), desk.trouble()) == (
        "paused",
        "Google does not let us in: what we sign in with has ended or was taken back. Connect the account again.",
    )
    assert "PRIVATE" not in caplog.text


def test_key_without_its_file_is_named(desk, play, adapter):
    ctx = desk.context()
    for damaged in ("", "abc", '{"client_email": "a@b", "private_key": "-----BEGIN"}'):
        ctx.account.secrets["service_account_key"] = damaged
        with pytest.raises(AuthExpired, match=r"paste (it again|its file)"):
            adapter.pull(ctx, {})


def test_test_button_says_what_is_missing(desk, play, adapter):
    assert (
        adapter.check(desk.context()).message
        == f"Google Play answers for {APP}. Nobody reviewed it in words within the past week."
    )
    play.faults = [Refused(403, "accessNotConfigured", "Google Play Android Developer API has not been used in project 1 before")]
    assert "not switched on" in adapter.check(desk.context()).message
    play.faults = [
        Refused(401, "permissionDenied"),
        Refused(401, "permissionDenied", "The current user has insufficient permissions."),
    ]
    refused = adapter.check(desk.context())
    assert not refused.ok
    assert "can take a day" in refused.message


def test_google_says_when_to_ask_again(desk, play, adapter):
    play.faults = [Refused(429, "rateLimitExceeded", retry_after="17"), Refused(403, "quotaExceeded")]
    for seconds in (17, 900):
        with pytest.raises(RateLimited) as limited:
            adapter.pull(desk.context(), {})
        assert limited.value.after_seconds == seconds


def test_damaged_review_stands_alone(desk, play):
    play.writes("Dana Field", COMPLAINT, stars=1)
    [good] = play.reviews.values()
    play.faults = [Answer({"reviews": [{"reviewId": 7}, good, {"reviewId": "x", "comments": [{"userComment": {"text": 1}}]}]})]
    desk.listen()
    assert [voice.text for voice in desk.spoken()] == [COMPLAINT]
    assert ChannelAccount.objects.get(pk=desk.account_id).state == "ok"


# ── The oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_googles_own_client_reads_the_stand_in_and_asks_what_heard_asks(desk, play):
    review = play.writes("Dana Field", COMPLAINT, stars=1)
    desk.listen()
    desk.reply("We are on it.", visibility="public")
    desk.listen()
    ours = list(play.asked)
    play.asked.clear()
    [token] = play.tokens
    client = build("androidpublisher", "v3", credentials=Credentials(token), client_options={"api_endpoint": play.url})
    reviews = client.reviews()
    [listed] = reviews.list(packageName=APP, maxResults=100).execute()["reviews"]
    assert listed["comments"][1]["developerComment"]["text"] == "We are on it."
    assert reviews.get(packageName=APP, reviewId=review).execute() == listed
    reviews.reply(packageName=APP, reviewId=review, body={"replyText": "We are on it."}).execute()
    theirs = {(asked.verb, asked.path, asked.body) for asked in play.asked}
    assert {(asked.verb, asked.path) for asked in ours} == {(verb, path) for verb, path, _ in theirs}
    assert {body["replyText"] for asked in ours if asked.body and (body := asked.json)} == {"We are on it."}


@pytest.mark.parametrize(
    ("ask", "noticed"),
    [
        ({"url": "reviews?maxResult=5"}, "knows no maxResult"),
        ({"url": "reviews?maxResults=many"}, "ValueError"),
        ({"url": "review"}, "Google has no GET"),
        ({"url": "reviews/gp:1:reply", "method": "POST", "json": {"text": "Hi"}}, "Additional properties"),
    ],
)
def test_stand_in_notices_what_google_would_not_know(ask, noticed):
    play = Play()
    with pytest.raises(AssertionError, match=noticed), running(play):
        ask = {"method": "GET"} | ask
        httpx.request(ask.pop("method"), f"{play.url}/androidpublisher/v3/applications/{APP}/{ask.pop('url')}", **ask)
