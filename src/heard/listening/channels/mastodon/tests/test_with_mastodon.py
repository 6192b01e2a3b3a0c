"""Against mastodon-mock: what a Mastodon does, with faults on demand."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Queue

import msgspec
import pytest

from heard.listening.channels.contract import (
    Ambiguous,
    AuthExpired,
    Edited,
    File,
    NotFound,
    Outgoing,
    RateLimited,
    Reacted,
    Rejected,
    Retryable,
    Said,
    Withdrawn,
)
from heard.listening.channels.mastodon.tests.desk import Desk, account_of, adapter, somebody
from tests.support.servers.mastodon_mock import mastodon, mastodon_server  # noqa: F401

pytestmark = pytest.mark.server
STATUSES = "/api/v1/statuses"


@pytest.fixture
def alice(mastodon):
    return mastodon.add("alice")


@pytest.fixture
def brand(mastodon):
    return mastodon.add("brand")


@pytest.fixture
def desk(brand) -> Desk:
    return Desk(account_of(brand, hashtags=["help"], keywords="order"))


def statuses_of(person) -> list[dict]:
    me = person.api("GET", "/api/v1/accounts/verify_credentials")["id"]
    return person.api("GET", f"/api/v1/accounts/{me}/statuses")


def test_mention_is_heard_once_however_often_we_ask(desk, alice):
    alice.post("@brand my parcel is late")
    (said,) = desk.hear()
    assert (said.text, said.addressed, said.visibility) == ("@brand my parcel is late", True, "public")
    assert desk.hear() == []


def test_direct_message_is_private_and_so_is_the_answer_whatever_was_asked_for(desk, alice, brand):
    alice.post("@brand number 4711", visibility="direct")
    (said,) = desk.hear()
    wider = Outgoing(text="Thank you", to=said.author, visibility="public", in_reply_to=said.external_id)
    adapter.send(desk.ctx, adapter.render(wider, desk.account)[0], idem="k")
    assert (said.visibility, statuses_of(brand)[0]["visibility"]) == ("private", "direct")


def test_answer_to_an_unlisted_post_stays_unlisted(desk, alice, brand):
    alice.post("@brand psst", visibility="unlisted")
    desk.answer(desk.hear()[0], "Yes?")
    assert statuses_of(brand)[0]["visibility"] == "unlisted"


def test_monitors_find_hashtag_and_keyword_and_say_which(desk, alice):
    alice.post("broadband down #help")
    alice.post("where is my order")
    found = {said.text: (said.found_by, said.addressed) for said in desk.hear()}
    assert found == {"broadband down #help": (("#help",), False), "where is my order": (("order",), False)}
    assert desk.hear() == []


def test_burst_between_two_pulls_is_heard_whole_and_in_order(desk, alice):
    alice.post("@brand first")
    desk.hear()
    for number in range(13):
        alice.post(f"@brand number {number}")
    heard = [word for _ in range(4) for word in desk.words(limit=5)]
    assert heard == [f"@brand number {number}" for number in range(13)]


def test_edit_and_deletion_of_what_was_said_to_us_are_noticed_by_the_second_look(desk, alice):
    edited, deleted = alice.post("@brand hepl"), alice.post("@brand sorry")
    desk.hear()
    alice.api("PUT", f"{STATUSES}/{edited['id']}", status="@brand help")
    alice.api("DELETE", f"{STATUSES}/{deleted['id']}")
    events = desk.hear()
    edits = [(event.target, event.text) for event in events if isinstance(event, Edited)]
    gone = [event.target for event in events if isinstance(event, Withdrawn)]
    assert (edits, gone) == ([(edited["id"], "@brand help")], [deleted["id"]])
    assert desk.hear() == []


def test_favourite_is_heard_as_a_signal(desk, alice, brand):
    ours = brand.post("We are back")
    alice.api("POST", f"{STATUSES}/{ours['id']}/favourite")
    (event,) = desk.hear()
    assert isinstance(event, Reacted)
    assert (event.target, event.reaction) == (ours["id"], "favourite")


def test_place_that_was_deleted_does_not_make_us_deaf(desk, alice):
    last = alice.post("one #help")
    desk.hear()
    alice.api("DELETE", f"{STATUSES}/{last['id']}")
    alice.post("two #help")
    assert desk.words() == ["two #help"]


# ── Going out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_answer_hangs_below_the_question(desk, alice, brand):
    asked = alice.post("@brand why?")
    desk.answer(desk.hear()[0], "Because.")
    (context,) = alice.api("GET", f"{STATUSES}/{asked['id']}/context")["descendants"]
    assert "Because." in context["content"]


def test_same_words_with_the_same_key_go_out_once(desk, alice, brand):
    alice.post("@brand why?")
    (said,) = desk.hear()
    assert desk.answer(said, "Because.", idem="k") == desk.answer(said, "Because.", idem="k")
    assert len(statuses_of(brand)) == 1


def test_picture_goes_out_with_its_description(desk, brand):
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    file = File(name="pixel.png", content_type="image/png", data=pixel, alt="a dot")
    message = Outgoing(text="look", to=somebody(f"alice@{brand.handle.split('@')[1]}"), visibility="public", attachments=(file,))
    adapter.send(desk.ctx, adapter.render(message, desk.account)[0], idem="k")
    (medium,) = statuses_of(brand)[0]["media_attachments"]
    assert medium["description"] == "a dot"


def test_edit_changes_the_words_and_deletion_takes_them_away(desk, alice, brand):
    alice.post("@brand why?")
    (said,) = desk.hear()
    (sent,) = desk.answer(said, "Becuase.")
    (better,) = adapter.render(Outgoing(text="Because.", to=said.author), desk.account)
    adapter.edit(desk.ctx, sent.external_id, better)
    assert "Because." in statuses_of(brand)[0]["content"]
    adapter.delete(desk.ctx, sent.external_id)
    assert statuses_of(brand) == []


def test_question_that_was_withdrawn_meanwhile_is_not_answered_into_the_void(desk, alice, brand):
    asked = alice.post("@brand why?")
    (said,) = desk.hear()
    alice.api("DELETE", f"{STATUSES}/{asked['id']}")
    with pytest.raises(NotFound):
        desk.answer(said, "Because.")
    assert statuses_of(brand) == []


def test_unclear_send_is_found_again_and_one_that_never_went_out_is_not(desk, alice, mastodon):
    alice.post("@brand why?")
    (said,) = desk.hear()
    went_out, never = (
        Outgoing(text=words, to=said.author, visibility="public", in_reply_to=said.external_id) for words in ("Because.", "No.")
    )
    (sent,) = desk.answer(said, "Because.")
    found = [adapter.reconcile(desk.ctx, adapter.render(words, desk.account)[0], idem="k") for words in (went_out, never)]
    assert (found[0].external_id, found[1]) == (sent.external_id, None)


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_busy_server_is_left_alone_for_as_long_as_it_asks(desk, mastodon):
    mastodon.fails("GET", "/api/v1/notifications", type="ratelimit", status=429, headers={"Retry-After": "7"})
    with pytest.raises(RateLimited) as refused:
        desk.pull()
    assert refused.value.after_seconds == 7


def test_reset_time_counts_where_no_wait_is_given(desk, mastodon):
    mastodon.fails(
        "GET", "/api/v1/notifications", type="status", status=429, headers={"X-RateLimit-Reset": "2020-01-01T00:00:00Z"}
    )
    with pytest.raises(RateLimited) as refused:
        desk.pull()
    assert refused.value.after_seconds == 1


@pytest.mark.parametrize("effect", [{"type": "status", "status": 502}, {"type": "status", "status": 503}, {"type": "malformed"}])
def test_broken_answer_is_asked_for_again_and_nothing_is_lost(desk, alice, mastodon, effect):
    alice.post("@brand hello")
    mastodon.fails("GET", "/api/v1/notifications", **effect)
    with pytest.raises(Retryable):
        desk.pull()
    assert desk.words() == ["@brand hello"]


@pytest.mark.parametrize("effect", [{"type": "status", "status": 502}, {"type": "malformed"}])
def test_post_with_a_broken_answer_may_have_gone_out(desk, alice, mastodon, effect):
    alice.post("@brand why?")
    (said,) = desk.hear()
    mastodon.fails("POST", STATUSES, **effect)
    with pytest.raises(Ambiguous):
        desk.answer(said, "Because.")


def test_post_that_the_server_refuses_is_shown_to_a_person(desk, alice, mastodon):
    alice.post("@brand why?")
    (said,) = desk.hear()
    mastodon.fails("POST", STATUSES, type="status", status=422, body={"error": "Text is too rude"})
    with pytest.raises(Rejected, match="Text is too rude"):
        desk.answer(said, "Because.")


def test_monitor_in_trouble_does_not_hold_up_what_was_said_to_us(desk, alice, mastodon):
    alice.post("@brand hello")
    mastodon.fails("GET", "/api/v1/timelines/tag/help", times=1, type="ratelimit", status=429, headers={"Retry-After": "9"})
    page = desk.pull()
    assert (len(page.deliveries), page.retry_after_seconds) == (1, 9)


def test_server_without_search_still_lets_us_hear_the_rest(desk, alice, mastodon):
    alice.post("@brand hello")
    mastodon.fails("GET", "/api/v2/search", type="status", status=403, body={"error": "no search here"})
    assert desk.words() == ["@brand hello"]


def test_token_that_was_revoked_asks_for_a_new_one(brand):
    account = msgspec.structs.replace(account_of(brand), secrets={"access_token": "revoked"})
    with pytest.raises(AuthExpired, match="new access token"):
        Desk(account).pull()
    assert "does not accept the access token" in adapter.check(Desk(account).ctx).message


def test_test_button_says_who_we_are_and_what_the_server_answers(desk, brand):
    health = adapter.check(desk.ctx)
    assert (health.ok, health.details["signed in as"]) == (True, f"@{brand.handle}")
    assert (health.details["hashtag help"], health.details["longest post"]) == ("answers", "500 characters")


def test_test_button_notices_the_token_of_somebody_else(alice, brand):
    mixed_up = msgspec.structs.replace(account_of(alice), address=f"@{brand.handle}")
    assert "belongs to @alice@" in adapter.check(Desk(mixed_up).ctx).message


@pytest.mark.parametrize("address", ["", "mastodon.example", "ftp://mastodon.example"])
def test_address_that_is_no_server_is_explained(brand, address):
    account = msgspec.structs.replace(account_of(brand), config={"base_url": address})
    assert "expected https://HOST" in adapter.check(Desk(account).ctx).message


# ── The stream ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def live(desk, brand) -> Iterator[Queue]:
    """Events of the stream as they come, after it is known to be open."""
    heard: Queue = Queue()
    stopping = threading.Event()
    ctx = msgspec.structs.replace(desk.ctx, stopping=stopping.is_set)

    def listen() -> None:
        for page in adapter.stream(ctx, {}):
            heard.put([event for raw in page.deliveries for event in adapter.normalise(raw, desk.account)])

    listener = threading.Thread(target=listen)
    listener.start()
    assert heard.get(timeout=20) == []  # the first heartbeat
    yield heard
    stopping.set()
    brand.post("good night")  # whatever comes next, the listener looks up and leaves
    listener.join(timeout=20)
    assert not listener.is_alive()


def next_of(live: Queue, kind: type):
    """The next event of this kind; heartbeats and a few others pass."""
    events = (event for _ in range(20) for event in live.get(timeout=10))
    return next(event for event in events if isinstance(event, kind))


def test_mention_edit_and_deletion_arrive_while_they_happen(live, alice, brand):
    own = brand.post("@alice hello")
    assert next_of(live, Said).direction == "outbound"
    alice.post("@brand my parcel is late", visibility="direct")
    assert next_of(live, Said).text == "@brand my parcel is late"
    brand.api("PUT", f"{STATUSES}/{own['id']}", status="@alice hello again")
    assert next_of(live, Edited).text == "@alice hello again"
    brand.api("DELETE", f"{STATUSES}/{own['id']}")
    assert next_of(live, Withdrawn).target == own["id"]


def test_words_of_people_we_merely_follow_are_none_of_our_business(live, alice, brand):
    brand.api("POST", f"/api/v1/accounts/{alice.api('GET', '/api/v1/accounts/verify_credentials')['id']}/follow")
    alice.post("my dinner")
    alice.post("slow again #help")
    assert next_of(live, Said).text == "slow again #help"


def test_what_was_said_while_the_stream_was_down_is_heard_when_it_opens(desk, alice):
    alice.post("@brand anybody there?")
    stream = adapter.stream(desk.ctx, desk.cursor)
    page = next(stream)
    stream.close()
    assert [adapter.normalise(raw, desk.account)[0].text for raw in page.deliveries] == ["@brand anybody there?"]
    assert page.cursor["streams"]["notifications"]


def test_monitors_are_asked_every_minute_while_the_stream_runs(desk, alice, brand):
    moment = datetime.now(UTC)
    clock = iter([moment, moment, *[moment + timedelta(minutes=2)] * 50])
    stream = adapter.stream(msgspec.structs.replace(desk.ctx, now=lambda: next(clock)), {})
    next(stream)
    alice.post("down again #help")
    brand.post("good morning")
    pages = (page for _ in range(20) for page in [next(stream)])
    found = next(raw for page in pages for raw in page.deliveries if raw.headers.get("found-by"))
    stream.close()
    assert adapter.normalise(found, desk.account)[0].text == "down again #help"


@pytest.mark.parametrize("status", [400, 404, 502])
def test_server_whose_streaming_is_down_is_polled(desk, mastodon, status):
    mastodon.fails("GET", "/api/v1/streaming/user", type="status", status=status)
    with pytest.raises(Rejected, match="it is polled"):
        next(adapter.stream(desk.ctx, {}))


def test_streamed_and_polled_are_the_same_delivery(desk, live, alice):
    alice.post("@brand hello")
    next_of(live, Said)
    polled = {raw.key for raw in desk.pull().deliveries}
    assert len(polled) == 1
