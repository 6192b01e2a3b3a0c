"""Against mastodon-mock: what a Mastodon does, with faults on demand."""

import httpx
import msgspec
import pytest

from heard.kernel import http
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
from heard.listening.channels.mastodon.tests.people import alice, brand, desk, statuses_of  # noqa: F401
from tests.support.servers.mastodon_mock import mastodon, mastodon_server  # noqa: F401

pytestmark = pytest.mark.server
STATUSES = "/api/v1/statuses"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


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
    file = File(name="pixel.png", content_type="image/png", data=PIXEL, alt="a dot")
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


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"type": "timeout"}, Retryable),
        ({"type": "latency", "delay_ms": 6000}, Retryable),
        ({"type": "malformed"}, Retryable),
        ({"type": "malformed", "truncate": True}, Retryable),
        ({"type": "ratelimit", "status": 429}, RateLimited),
        ({"type": "status", "status": 401}, AuthExpired),
        ({"type": "status", "status": 500}, Retryable),
    ],
)
def test_fault_while_asking_has_its_type_and_loses_nothing(desk, alice, mastodon, effect, error):
    alice.post("@brand hello")
    mastodon.fails("GET", "/api/v1/notifications", **effect)
    with pytest.raises(error):
        adapter.pull(impatient(desk, effect), {})
    assert desk.words() == ["@brand hello"]


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"type": "timeout"}, Ambiguous),
        ({"type": "latency", "delay_ms": 6000}, Ambiguous),
        ({"type": "ratelimit", "status": 429}, RateLimited),
        ({"type": "status", "status": 401}, AuthExpired),
        ({"type": "status", "status": 422}, Rejected),
        ({"type": "status", "status": 500}, Ambiguous),
    ],
)
def test_fault_while_answering_has_its_type_and_the_answer_goes_out_once(desk, alice, brand, mastodon, effect, error):
    alice.post("@brand why?")
    (said,) = desk.hear()
    mastodon.fails("POST", STATUSES, **effect)
    (part,) = adapter.render(Outgoing(text="Because.", to=said.author, in_reply_to=said.external_id), desk.account)
    with pytest.raises(error):
        adapter.send(impatient(desk, effect), part, idem="k")
    adapter.send(desk.ctx, part, idem="k")
    assert adapter.reconcile(desk.ctx, part, idem="k")
    assert len(statuses_of(brand)) == 1


@pytest.mark.parametrize("delay_ms", [10, 300])
def test_slow_server_is_waited_for(desk, alice, mastodon, delay_ms):
    alice.post("@brand hello")
    mastodon.fails("GET", "/api/v1/notifications", type="latency", delay_ms=delay_ms)
    assert desk.words() == ["@brand hello"]


def impatient(desk: Desk, effect: dict):
    """With a server that is slow on purpose; a busy machine is none."""
    if effect["type"] not in ("timeout", "latency"):
        return desk.ctx
    return msgspec.structs.replace(desk.ctx, http=http.client(allow_private=True, timeout_seconds=2))


# ── Quotes and polls ────────────────────────────────────────────────────────────────────────────────────────────────


def test_quote_is_heard_with_what_it_quotes(desk, alice, brand):
    ours = brand.post("We are back online")
    alice.post("@brand I doubt it", quoted_status_id=ours["id"])
    said = next(event for event in desk.hear() if isinstance(event, Said) and event.direction == "inbound")
    assert said.text == "@brand I doubt it"
    assert "> We are back online" in said.full_text
    assert said.extra["quotes"]["id"] == ours["id"]


def test_poll_is_heard_with_its_options(desk, alice):
    with signed_in(alice) as client:
        asked = {"status": "@brand which one?", "poll": {"options": ["red", "blue"], "expires_in": 3600}}
        client.post(STATUSES, json=asked).raise_for_status()
    (said,) = desk.hear()
    assert said.text == "@brand which one?\n\n- red\n- blue"
    assert [option["title"] for option in said.extra["poll"]["options"]] == ["red", "blue"]


def test_picture_of_a_customer_comes_with_its_description(desk, alice):
    with signed_in(alice) as client:
        file = {"file": ("box.png", PIXEL, "image/png")}
        medium = client.post("/api/v2/media", files=file, data={"description": "a wet box"}).json()
    alice.post("@brand look", **{"media_ids[]": medium["id"]})
    (said,) = desk.hear()
    assert [file.alt for file in said.attachments] == ["a wet box"]


def signed_in(person) -> httpx.Client:
    return httpx.Client(base_url=person.base_url, headers={"Authorization": f"Bearer {person.token}"}, timeout=20)


# ── What we are allowed ─────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes_are_told_and_what_their_lack_costs(desk, brand, mastodon):
    person, _ = mastodon.allow("brand", "read")
    health = adapter.check(Desk(account_of(person)).ctx)
    assert (health.scopes["read:notifications"], health.scopes["write:statuses"]) == (True, False)
    assert (health.ok, "answering" in health.message) == (False, True)
    assert set(health.scopes) == set(adapter.scope_words)


def test_scopes_that_suffice_are_said_to(desk, brand, mastodon):
    person, _ = mastodon.allow("brand", "read", "write:statuses", "write:media")
    health = adapter.check(Desk(account_of(person)).ctx)
    assert (health.ok, all(health.scopes.values()), len(health.scopes)) == (True, True, 6)


def test_server_that_does_not_tell_scopes_is_believed(desk):
    health = adapter.check(desk.ctx)
    assert (health.ok, health.scopes) == (True, {})


def test_disconnecting_takes_the_token_back(brand, mastodon):
    person, app = mastodon.allow("brand", "read", "write")
    account = account_of(person, client_id=app["client_id"])
    account = msgspec.structs.replace(account, secrets={**account.secrets, "client_secret": app["client_secret"]})
    assert adapter.disconnect(Desk(account).ctx) == ""
    with pytest.raises(AuthExpired):
        Desk(account).pull()


def test_without_the_application_somebody_is_told_to_do_it_by_hand(desk):
    assert "Preferences → Development" in adapter.disconnect(desk.ctx)
    desk.pull()


@pytest.mark.parametrize(
    "effect", [{"type": "status", "status": 403}, {"type": "status", "status": 401}, {"type": "malformed"}, {"type": "timeout"}]
)
def test_server_that_keeps_the_token_is_named_and_no_secret_is(brand, mastodon, effect):
    account = msgspec.structs.replace(
        account_of(brand, client_id="x"), secrets={"access_token": brand.token, "client_secret": "s3cret-word"}
    )
    mastodon.fails("POST", "/oauth/revoke", **effect)
    left = adapter.disconnect(impatient(Desk(account), effect))
    assert left.endswith("its token works until then.")
    assert "s3cret-word" not in left
    assert brand.token not in left
