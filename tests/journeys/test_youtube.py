"""Dana comments below Acme's video and is answered there: held to Google's own description of itself, and to its units."""

from datetime import UTC, datetime

import httpx
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build

from heard.engagement import actions as engagement
from heard.listening.channels.contract import Author, CursorLost, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.youtube.adapter import Adapter
from heard.listening.channels.youtube.quota import seconds_to_midnight
from tests.support.closed.google import Refused, running
from tests.support.closed.house_of_google import connected
from tests.support.closed.youtube import OTHER, US, Tube, tube  # noqa: F401

pytestmark = pytest.mark.django_db
DANA, JO = "UCdanadanadanadanadana00", "UCjojojojojojojojojojo00"
QUESTION = "Does this router work with fibre, can you help me?"


@pytest.fixture
def desk(tube, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(tube, seen_by(alice), kind="youtube", address=US, client_id=tube.client_id)


@pytest.fixture
def adapter():
    return Adapter()


def part_of(adapter, desk, thread, text):
    to = Author(network="youtube", external_id=DANA)
    [part] = adapter.render(Outgoing(text=text, to=to, visibility="public", in_reply_to=thread), desk.context().account)
    return part


def test_dana_is_answered_below_her_comment_and_thanks_in_the_same_conversation(desk, tube):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    desk.listen()
    [voice] = desk.voices()
    assert (voice.text, voice.visibility, voice.author_name) == (QUESTION, "public", "@dana-field")
    tube.passes(seconds=2)
    desk.reply("It does, Dana.", visibility="public")
    assert (desk.state(), tube.words_below(thread)) == ("sent", ["It does, Dana."])
    tube.passes(seconds=2)
    tube.answers(DANA, "@dana-field", "Thank you, can you send me one?", below=thread)
    desk.listen()
    assert [(voice.is_ours, voice.text) for voice in desk.voices()] == [
        (False, QUESTION),
        (True, "It does, Dana."),
        (False, "Thank you, can you send me one?"),
    ]


def test_answer_to_an_answer_stands_in_the_same_thread(desk, tube, adapter):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    answer = tube.answers(JO, "@jo", "Mine does not.", below=thread)
    sent = adapter.send(desk.context(), part_of(adapter, desk, answer, "Restart it, Jo."), idem="u-1")
    assert sent.external_id.startswith(f"{thread}.")
    assert tube.words_below(thread)[-1] == "Restart it, Jo."


def test_edits_and_deletions_are_seen_on_a_second_look(desk, tube):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    answer = tube.answers(JO, "@jo", "Mine does not, can you help me too?", below=thread)
    desk.listen()
    tube.passes(minutes=1)
    tube.changes(thread, "It works now, thank you!")
    tube.removes(answer)
    desk.listen()
    assert [(voice.text, voice.is_withdrawn) for voice in desk.spoken_voices()] == [
        ("It works now, thank you!", False),
        ("", True),
    ]
    tube.removes(thread)
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.spoken_voices()] == [True, True]


def test_old_thread_that_gets_many_answers_is_heard_whole(desk, tube):
    old = tube.writes(DANA, "@dana-field", QUESTION)
    desk.listen()
    for number in range(120):
        tube.passes(seconds=1)
        tube.writes(JO, "@jo", f"Comment {number}, can you help me?")
    desk.listen()
    for number in range(130):
        tube.answers(JO, "@jo", f"Answer {number}", below=old)
    desk.listen()
    desk.listen()
    assert sum(voice.thread_ref == old for voice in desk.spoken()) == 131
    assert len(desk.spoken()) == 251


def test_burst_longer_than_a_page_is_heard_whole_although_the_newest_of_before_was_deleted(desk, tube):
    before = [tube.writes(JO, "@jo", f"Before {number}") for number in range(3)]
    desk.listen()
    tube.removes(before[-1])
    for number in range(250):
        tube.passes(seconds=1)
        tube.writes(DANA, "@dana-field", f"Burst {number}")
    desk.listen()
    assert len([voice for voice in desk.spoken() if voice.text.startswith("Burst")]) == 250
    assert desk.listen() == 0


def test_place_that_youtube_forgot_is_found_again_without_a_gap(desk, tube, adapter):
    tube.writes(JO, "@jo", "Before")
    ctx = desk.context()
    place = adapter.pull(ctx, {}).cursor
    for number in range(150):
        tube.passes(seconds=1)
        tube.writes(DANA, "@dana-field", f"Burst {number}")
    first = adapter.pull(ctx, place)
    tube.pages_forgotten = True
    with pytest.raises(CursorLost) as lost:
        adapter.pull(ctx, first.cursor)
    tube.pages_forgotten = False
    again = adapter.pull(ctx, lost.value.resync)
    rest = adapter.pull(ctx, again.cursor)
    assert (len(first.deliveries), len(again.deliveries), len(rest.deliveries), rest.has_more) == (100, 0, 50, False)


# ── What we may do to what stands there ─────────────────────────────────────────────────────────────────────────────


def test_rude_comment_is_hidden_and_shown_again_and_is_never_taken_for_deleted(desk, tube, alice, seen_by):
    thread = tube.writes(DANA, "@dana-field", "You are thieves, can you hear me?")
    desk.listen()
    [voice] = desk.spoken()
    engagement.hide(seen_by(alice), voice.pk, hidden=True)
    assert tube.comments[thread]["status"] == "heldForReview"
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.voices()] == [False]
    engagement.hide(seen_by(alice), voice.pk, hidden=False)
    assert tube.comments[thread]["status"] == "published"


def test_hidden_answer_in_a_thread_is_never_taken_for_deleted(desk, tube, adapter):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    rude = tube.answers(JO, "@jo", "Thieves!", below=thread)
    desk.listen()
    adapter.hide(desk.context(), rude, hidden=True)
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.spoken_voices()] == [False, False]


def test_own_answer_is_changed_and_deleted_and_nobody_elses(desk, tube, adapter):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    ctx = desk.context()
    sent = adapter.send(ctx, part_of(adapter, desk, thread, "It does."), idem="u-1")
    adapter.edit(ctx, sent.external_id, part_of(adapter, desk, thread, "It does, Dana."))
    assert tube.words_below(thread) == ["It does, Dana."]
    adapter.delete(ctx, sent.external_id)
    assert tube.words_below(thread) == []
    with pytest.raises(NotFound):
        adapter.delete(ctx, sent.external_id)
    with pytest.raises(Rejected, match="not yours"):
        adapter.delete(ctx, thread)


def test_held_comment_cannot_be_answered_and_the_member_reads_why(desk, tube, adapter):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    adapter.hide(desk.context(), thread, hidden=True)
    with pytest.raises(Rejected, match="let it be seen first"):
        adapter.send(desk.context(), part_of(adapter, desk, thread, "It does."), idem="u-1")


# ── When something goes wrong ───────────────────────────────────────────────────────────────────────────────────────


def test_answer_that_went_out_without_a_word_back_is_found_and_not_sent_again(desk, tube):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    desk.listen()
    tube.faults = ["after"]
    desk.reply("It does, Dana.", visibility="public")
    tube.passes(minutes=10)
    desk.send(at=tube.now)
    desk.listen()
    assert (desk.state(), tube.words_below(thread)) == ("sent", ["It does, Dana."])
    assert [voice.text for voice in desk.voices()] == [QUESTION, "It does, Dana."]


def test_answer_that_was_lost_on_the_way_is_certainly_not_there(desk, tube, adapter):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    tube.answers(US, "@acme", "Something else", below=thread)
    assert adapter.reconcile(desk.context(), part_of(adapter, desk, thread, "It does."), idem="u-1") is None


def test_used_up_units_wait_for_midnight_in_california_and_keep_what_was_heard(desk, tube, adapter):
    tube.writes(DANA, "@dana-field", QUESTION)
    desk.listen()
    tube.writes(JO, "@jo", "And mine, can you help me?")
    place = adapter.pull(desk.context(), {}).cursor
    place["known"]["Ugx99999999"] = {"Ugx99999999": "x"}
    tube.writes(JO, "@jo", "Mine does not, can you help me?")
    tube.units = 1
    page = adapter.pull(desk.context(), place)
    until = seconds_to_midnight(datetime.now(UTC))
    assert len(page.deliveries) == 1
    assert page.retry_after_seconds == pytest.approx(until, abs=5)
    with pytest.raises(RateLimited) as limited:
        adapter.pull(desk.context(), page.cursor)
    assert limited.value.after_seconds == pytest.approx(until, abs=5)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 7, 1, 6, tzinfo=UTC), 1),  # eleven at night, in summer
        (datetime(2026, 1, 1, 6, tzinfo=UTC), 2),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), 25),  # the day on which the clock goes back
        (datetime(2026, 3, 8, 8, tzinfo=UTC), 23),
    ],
)
def test_midnight_is_that_of_california(now, hours):
    assert seconds_to_midnight(now) == hours * 3600


def test_listening_takes_at_most_half_of_the_units_of_a_day(desk, tube, adapter):
    for number in range(60):
        tube.passes(seconds=1)
        tube.writes(JO, "@jo", f"Comment {number}")
    cursor, waited, spent = {}, 0.0, tube.units
    for _ in range(20):
        page = adapter.pull(desk.context(), cursor)
        cursor, waited = page.cursor, waited + max(page.retry_after_seconds, 60)
    spent -= tube.units
    assert spent / waited * 24 * 3600 <= 5000


def test_refresh_token_that_was_taken_back_pauses_the_account_without_showing_it(desk, tube, caplog):
    tube.refresh_token = "another"
    desk.listen()
    assert desk.account_state() == "paused"
    assert "has ended or was taken back" in desk.trouble()
    assert "1//refresh" not in caplog.text + desk.trouble()


def test_test_button_says_as_which_channel_we_are_signed_in_and_what_we_may(desk, tube, adapter):
    well = adapter.check(desk.context())
    assert (well.ok, well.message, list(well.scopes.values())) == (True, "Acme answers.", [True])
    tube.channels = [(OTHER, "Dana's cats")]
    assert "Dana's cats" in adapter.check(desk.context()).message


def test_sign_in_with_too_few_scopes_is_named(desk, tube, adapter):
    tube.scopes = ("https://www.googleapis.com/auth/youtube.readonly",)
    health = adapter.check(desk.context())
    assert (health.ok, list(health.scopes.values())) == (False, [False])
    desk.listen()
    assert desk.account_state() == "paused"
    assert "sign in again with every scope" in desk.trouble()


def test_leaving_revokes_what_we_sign_in_with(desk, tube, adapter):
    adapter.disconnect(desk.context())
    assert (tube.refresh_token, tube.tokens) == ("revoked", {})


# ── The oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_googles_own_client_reads_the_stand_in(tube):
    thread = tube.writes(DANA, "@dana-field", QUESTION)
    tube.tokens["ya29.x"] = tube.scopes
    client = build("youtube", "v3", credentials=Credentials("ya29.x"), client_options={"api_endpoint": tube.url})
    body = {"snippet": {"parentId": thread, "textOriginal": "It does."}}
    answer = client.comments().insert(part="snippet", body=body).execute()
    listed = client.commentThreads().list(part="snippet,replies", allThreadsRelatedToChannelId=US, order="time").execute()
    assert listed["items"][0]["replies"]["comments"] == [answer]
    client.comments().setModerationStatus(id=answer["id"], moderationStatus="heldForReview").execute()
    assert (
        client.commentThreads().list(part="snippet,replies", id=thread).execute()["items"][0]["snippet"]["totalReplyCount"] == 0
    )
    client.comments().delete(id=answer["id"]).execute()
    assert list(tube.comments) == [thread]


@pytest.mark.parametrize(
    ("ask", "noticed"),
    [
        ({"url": "commentThreads?part=snippet&order=newest"}, "order=newest"),
        ({"url": "commentThreads?videoId=1"}, "wants {'part'}"),
        ({"url": "comments/setModerationStatus?id=1", "method": "POST"}, "wants {'moderationStatus'}"),
        ({"url": "comments?part=snippet", "method": "POST", "json": {"snippet": {"text": "Hi"}}}, "Additional properties"),
    ],
)
def test_stand_in_notices_what_google_would_not_know(ask, noticed):
    tube = Tube()
    with pytest.raises(AssertionError, match=noticed), running(tube):
        ask = {"method": "GET"} | ask
        httpx.request(ask.pop("method"), f"{tube.url}/youtube/v3/{ask.pop('url')}", **ask)


def test_busy_google_is_asked_again_later(desk, tube, adapter):
    tube.faults = [Refused(403, "rateLimitExceeded", domain="usageLimits")]
    with pytest.raises(RateLimited):
        adapter.pull(desk.context(), {})
