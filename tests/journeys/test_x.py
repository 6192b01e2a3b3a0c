"""Dana names Acme on X and is answered there: through our poll, our conversation and our sender, by X's own description."""

import time
from datetime import timedelta

import pytest
from msgspec.structs import replace

from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions
from heard.listening.actions.pull import pull
from heard.listening.channels.contract import Ambiguous, AuthExpired, Author, File, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.x.adapter import SCOPES, Adapter
from heard.listening.models import ChannelAccount
from tests.support.closed.house_of_meta import Desk
from tests.support.closed.x import CLIENT_ID, CLIENT_SECRET, DANA, ME, ROBIN, Answer, Refused, usage_capped, x  # noqa: F401

pytestmark = [
    pytest.mark.data,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Unsupported scheme type"),  # openapi-core on OAuth 2.0
]

TO_DANA = Author(network="x", external_id=DANA["id"], handle="@dana_field")
PICTURE = File(name="offer.png", content_type="image/png", data=b"\x89PNG", alt="Our offer")


class XDesk(Desk):
    def hear(self) -> int:
        new = pull(self.account_id)
        self.listen()
        return new

    def config(self, **changes) -> None:
        account = ChannelAccount.objects.get(pk=self.account_id)
        account.config |= changes
        account.save(update_fields=["config"])

    def last_error(self) -> str:
        return ChannelAccount.objects.get(pk=self.account_id).last_error


@pytest.fixture
def desk(x, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    account_id = actions.connect(
        HEARD,
        kind="x",
        name="Acme",
        address="@acme",
        config={"base_url": x.url, "client_id": CLIENT_ID},
        secrets=x.secrets(),
    )
    return XDesk(x, account_id, seen_by(alice))


@pytest.fixture
def adapter():
    return Adapter()


@pytest.fixture
def at_once(monkeypatch):
    """Every pull looks a second time."""
    monkeypatch.setattr("heard.listening.channels.x.pull.LOOK_AGAIN_EVERY", timedelta(0))


def say(desk, adapter, text="Of course.", **message):
    ctx = desk.context()
    parts = adapter.render(Outgoing(**{"text": text, "to": TO_DANA, "visibility": "public", **message}), ctx.account)
    return [adapter.send(ctx, part, idem=f"u-{part.number}") for part in parts]


def ours(x):
    return [post for post in x.posts.values() if post["author_id"] == ME["id"]]


# ── There and back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_asks_is_answered_below_and_her_thanks_come_to_the_same_conversation(desk, x):
    asked = x.says(DANA, "@acme my router shows no light, can you help?")
    desk.hear()
    desk.reply("A technician comes at two.", visibility="public")
    [answer] = ours(x)
    assert (answer["text"], answer["referenced_posts"]) == (
        "A technician comes at two.",
        [{"type": "replied_to", "id": asked["id"]}],
    )
    x.says(DANA, "Thank you!", reply_to=answer["id"])
    desk.hear()
    assert [(voice.text, voice.direction) for voice in desk.voices()] == [
        ("@acme my router shows no light, can you help?", "inbound"),
        ("A technician comes at two.", "outbound"),
        ("Thank you!", "inbound"),
    ]
    assert (desk.state(), desk.voices()[0].author_name) == ("sent", "Dana Field")


def test_two_customers_below_one_announcement_are_two_conversations(desk, x):
    news = x.says(ME, "We have new routers.")
    for who, words in ((DANA, "Mine is broken, can you help?"), (ROBIN, "Do you ship to Graz?")):
        x.says(who, words, reply_to=news["id"])
    desk.hear()
    assert len(desk.talks()) == 2


def test_what_somebody_wrote_in_the_app_of_x_is_ours_and_no_customers(desk, x):
    asked = x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    x.says(ME, "On our way.", reply_to=asked["id"])
    desk.hear()
    assert [(voice.text, voice.direction) for voice in desk.voices()][-1] == ("On our way.", "outbound")


def test_direct_message_is_answered_by_one_and_heard_once(desk, x):
    x.writes(DANA, "My number is 4711, can you help?")
    desk.hear()
    desk.reply("We can.")
    [told] = [event for event in x.dms.values() if event["sender_id"] == ME["id"]]
    assert (told["text"], told["dm_conversation_id"]) == ("We can.", "4001-2244994945")
    desk.hear()
    assert [(voice.text, voice.direction) for voice in desk.voices()] == [
        ("My number is 4711, can you help?", "inbound"),
        ("We can.", "outbound"),
    ]


def test_who_spoke_in_public_is_answered_in_private_if_they_take_messages(desk, x, adapter):
    asked = x.says(DANA, "@acme can you help me, please?")
    [sent] = say(desk, adapter, visibility="private", in_reply_to=asked["id"])
    assert x.dms[sent.external_id.removeprefix("dm:")]["text"] == "Of course."
    x.closed_to_dms.add(DANA["id"])
    with pytest.raises(Rejected, match="permission to DM"):
        say(desk, adapter, "And again", visibility="private")


def test_long_words_become_a_thread_by_the_weight_of_x(desk, x):
    x.says(DANA, "@acme can you explain it all, please?")
    desk.hear()
    desk.reply("漢字です。 " * 40, visibility="public")
    thread = ours(x)
    assert len(thread) == 2
    assert thread[1]["referenced_posts"] == [{"type": "replied_to", "id": thread[0]["id"]}]
    assert thread[1]["text"].endswith("(2/2)")


# ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_burst_larger_than_a_page_is_heard_whole_and_once(desk, x):
    desk.hear()
    x.page = 3
    for number in range(1, 8):
        x.says(DANA, f"@acme number {number}?")
        x.writes(ROBIN, f"Message {number}")
    assert [desk.hear(), desk.hear()] == [14, 0]


def test_page_that_was_not_kept_comes_again_under_the_same_keys(desk, x, adapter):
    x.says(DANA, "@acme can you help?")
    x.writes(ROBIN, "Hello?")
    lost = adapter.pull(desk.context(), {})
    assert len(lost.deliveries) == desk.hear() == 2


def test_search_from_a_place_older_than_seven_days_starts_anew(desk, x, adapter):
    desk.config(keywords=["acme routers"])
    x.says(ROBIN, "Acme routers are great")
    page = adapter.pull(desk.context(), {"me": ME["id"], "found": {"acme routers": "1000000000000000000"}})
    [found] = [delivery for delivery in page.deliveries if "found-by" in delivery.headers]
    assert found.headers["found-by"] == "acme routers"
    [question] = [asked.query for asked in x.asked if asked.path.endswith("/search/recent")]
    assert (question["query"], "since_id" in question) == ('"acme routers" -is:retweet -from:acme', False)

    x.asked.clear()
    x.faults = [("search", Refused(400, "invalid-request", "'since_id' must be a tweet id created after now"))]
    page = adapter.pull(desk.context(), page.cursor)
    assert [bool(asked.query.get("since_id")) for asked in x.asked if asked.path.endswith("/search/recent")] == [True, False]
    assert len(page.cursor["found"]["acme routers"]) == 19


def test_monitor_finds_without_being_addressed(desk, x, adapter):
    desk.config(keywords=["#routers"])
    x.says(ROBIN, "Which #routers do you like?")
    ctx = desk.context()
    [delivery] = adapter.pull(ctx, {}).deliveries
    [said] = adapter.normalise(delivery, ctx.account)
    assert (said.found_by, said.addressed, said.author.handle) == (("#routers",), False, "@robin_s")


# ── What X tells nobody ─────────────────────────────────────────────────────────────────────────────────────────────


def test_edit_changes_the_words_of_the_first(desk, x, at_once):
    asked = x.says(DANA, "@acme can yuo help?")
    desk.hear()
    x.edits(asked, "@acme can you help?")
    desk.hear()
    [voice] = desk.voices()
    assert (voice.text, voice.edited_at is not None) == ("@acme can you help?", True)


@pytest.mark.parametrize("how", ["deleted", "protected", "withheld"])
def test_what_is_no_longer_to_be_seen_there_disappears_here(desk, x, at_once, how):
    asked = x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    if how == "deleted":
        del x.posts[asked["id"]]
    elif how == "protected":
        x.protected.add(DANA["id"])
    else:
        x.posts[asked["id"]] |= {"withheld": {"copyright": False, "country_codes": ["XX"]}}
    desk.hear()
    [voice] = desk.voices()
    assert (voice.text, voice.is_withdrawn) == ("", True)


def test_second_look_is_one_question_and_not_at_every_pull(desk, x):
    for number in range(5):
        x.says(DANA, f"@acme question {number}?")
    for _ in range(3):
        desk.hear()
    assert x.paths().count("GET /2/tweets") == 1


def test_likes_of_what_we_said_are_heard_once(desk, x, at_once):
    x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    desk.reply("We are on our way.", visibility="public")
    desk.hear()
    x.likes[ours(x)[0]["id"]] = [DANA["id"]]
    desk.hear()
    desk.hear()
    assert dict(desk.voices()[-1].reactions) == {"like": 1}
    assert len([path for path in x.paths() if "liking_users" in path]) == 1


# ── Pictures; taking back; hiding ───────────────────────────────────────────────────────────────────────────────────


def test_picture_goes_out_with_what_it_shows_and_comes_in_with_it(desk, x, adapter):
    [sent] = say(desk, adapter, "Look:", attachments=(PICTURE,))
    [medium] = x.media.values()
    assert (x.posts[sent.external_id]["attachments"]["media_keys"], medium["alt_text"]) == ([medium["media_key"]], "Our offer")
    x.says(DANA, "@acme look, can you help?", pictures=[medium["id"]])
    desk.hear()
    [file] = [file for talk in desk.voices() for file in talk.attachments if talk.direction == "inbound"]
    assert file.alt == "Our offer"
    fetched = adapter.fetch_media(desk.context(), File(name="a.jpg", content_type="image/jpeg", url=file.url))
    assert fetched.data == PICTURE.data
    [private] = say(desk, adapter, "In private:", visibility="private", attachments=(PICTURE,))
    assert x.dms[private.external_id.removeprefix("dm:")]["attachments"]


def test_what_we_said_is_taken_back_and_what_others_said_below_is_hidden(desk, x, adapter):
    [post] = say(desk, adapter)
    [told] = say(desk, adapter, visibility="private")
    ctx = desk.context()
    reply = x.says(ROBIN, "Nonsense", reply_to=post.external_id)
    adapter.hide(ctx, reply["id"], hidden=True)
    assert x.hidden == {reply["id"]}
    adapter.hide(ctx, reply["id"], hidden=False)
    for sent in (post, told):
        adapter.delete(ctx, sent.external_id)
    assert (x.hidden, list(x.posts), x.dms) == (set(), [reply["id"]], {})
    with pytest.raises(NotFound):
        adapter.delete(ctx, post.external_id)


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tokens_are_renewed_kept_and_used_until_they_end(desk, x):
    for _ in range(3):
        desk.hear()
    assert x.renewals == 1
    x.access_tokens = set()  # ended sooner than X had said
    desk.hear()
    assert (x.renewals, desk.account_state()) == (2, "ok")
    assert "refresh-token-2-of-acme" in desk.context().account.secrets["session"]


def test_poll_renews_early_and_a_sender_only_when_it_must(desk, x, adapter):
    ctx = desk.context()
    adapter.pull(ctx, {})
    late = replace(ctx, now=lambda: now() + timedelta(minutes=110))
    adapter.send(late, adapter.render(Outgoing(text="Hello", to=TO_DANA, visibility="public"), ctx.account)[0], idem="u")
    assert x.renewals == 1
    adapter.pull(late, {})
    assert x.renewals == 2


def test_sender_that_comes_second_waits_and_finds_what_the_poll_stored(desk, x):
    x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    mine = x.refresh_token
    x.refresh_token, x.access_tokens = "just-being-renewed", set()
    desk.reply("Yes.", visibility="public")
    assert (desk.state(), desk.account_state()) == ("queued", "ok")
    x.refresh_token = mine
    desk.hear()
    desk.send(at=now() + timedelta(minutes=5))
    assert desk.state() == "sent"


def test_sign_in_that_was_revoked_pauses_the_channel_and_is_in_no_words(desk, x, caplog):
    desk.hear()
    x.refresh_token, x.access_tokens = "", set()
    desk.hear()
    assert desk.account_state() == "paused"
    assert "Authorise the app again" in desk.last_error()
    secrets = [*x.secrets().values(), "access-token-1", "refresh-token-1"]
    assert not any(secret in desk.last_error() + caplog.text for secret in secrets)


def test_test_button_says_what_is_allowed_and_what_is_wrong(desk, x, adapter):
    health = adapter.check(desk.context())
    assert (health.ok, health.message, health.scopes) == (True, "Signed in as @acme.", dict.fromkeys(SCOPES, True))
    x.scopes, x.access_tokens = "tweet.read users.read offline.access", set()
    health = adapter.check(desk.context())
    assert (health.ok, health.scopes["dm.read"], "dm.read" in health.message) == (True, False, True)
    ChannelAccount.objects.filter(pk=desk.account_id).update(address="@another")
    assert "belongs to @acme" in adapter.check(desk.context()).message
    desk.config(client_id="another")
    assert "does not know the app" in adapter.check(desk.context()).message


def test_without_leave_for_direct_messages_mentions_are_heard(desk, x):
    x.scopes = "tweet.read users.read offline.access"
    x.says(DANA, "@acme can you help me, please?")
    assert desk.hear() == 1
    assert "GET /2/dm_events" not in x.paths()


def test_leaving_revokes_both_tokens(desk, x, adapter):
    desk.hear()
    assert "Apps and sessions" in adapter.disconnect(desk.context())
    assert (x.refresh_token, x.access_tokens) == ("", set())
    assert CLIENT_SECRET not in str(desk.context())


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_limit_of_x_is_waited_out_and_the_reply_goes_once(desk, x):
    x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    limits = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time()) + 240)}
    too_many = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    x.faults = [("/tweets", Answer(too_many, 429, limits))]
    desk.reply("Yes.", visibility="public")
    desk.send(at=now() + timedelta(seconds=120))
    assert (desk.state(), ours(x)) == ("queued", [])
    desk.send(at=now() + timedelta(seconds=400))
    assert (desk.state(), len(ours(x))) == ("sent", 1)


def test_poll_comes_back_when_the_limit_begins_anew(desk, x, adapter):
    x.says(DANA, "@acme can you help?")
    x.limits = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(time.time()) + 600)}
    assert adapter.pull(desk.context(), {}).retry_after_seconds == pytest.approx(600, abs=5)


def test_month_that_is_used_up_is_told_in_words(desk, x):
    x.faults = [
        ("mentions", usage_capped()),
        ("dm_events", usage_capped()),
        ("/tweets", usage_capped()),
        ("/tweets", usage_capped()),
    ]
    desk.hear()
    assert "This month's posts are used up" in desk.last_error()


def test_trouble_with_one_question_does_not_hold_up_the_others(desk, x):
    x.says(DANA, "@acme can you help?")
    x.faults = [("dm_events", Answer(b"", 503))]
    assert desk.hear() == 1
    assert desk.account_state() == "ok"


def test_unclear_send_that_went_out_is_found_and_not_repeated(desk, x):
    x.says(DANA, "@acme can you help me, please?")
    desk.hear()
    x.faults = [("/2/tweets", "after")]
    desk.reply("Yes.", visibility="public")
    desk.send(at=now() + timedelta(minutes=2))
    assert (desk.state(), len(ours(x))) == ("sent", 1)


def test_unclear_message_that_is_not_there_is_shown_to_a_person(desk, x):
    x.writes(DANA, "Can you help me, please?")
    desk.hear()
    x.faults = [("/messages", Answer(b"<html>Bad gateway</html>", 502, content_type="text/html"))]
    desk.reply("Yes.")
    desk.send(at=now() + timedelta(minutes=2))
    assert (desk.state(), len(x.dms)) == ("unknown", 1)


@pytest.mark.parametrize(
    ("fault", "raised", "words"),
    [
        (Refused(403, "invalid-request", "You are not allowed to create a Tweet with duplicate content."), Rejected, "duplicate"),
        (usage_capped(), RateLimited, "This month's posts"),
        (Answer({"title": "CreditsDepleted", "detail": "Your credits are used up"}, 402), RateLimited, "Buy more"),
        (Answer({"title": "Too Many Requests", "detail": "Too Many Requests"}, 429), RateLimited, "Too Many"),
        (Answer({"title": "Service Unavailable"}, 503), Ambiguous, "503"),
        (Answer(b"{", 201), Ambiguous, "damaged"),
        ("after", Ambiguous, "broke off"),
    ],
    ids=lambda value: value.answer.body["title"] if isinstance(value, Refused) else None,
)
def test_refusals_of_x_are_told_apart(desk, x, adapter, fault, raised, words):
    x.faults = [("/2/tweets", fault)]
    with pytest.raises(raised, match=words) as caught:
        say(desk, adapter)
    assert not any(secret in str(caught.value) for secret in x.secrets().values())


def test_wrong_refresh_token_says_what_to_do(desk, x, adapter):
    x.refresh_token = "another"
    with pytest.raises(AuthExpired, match="Authorise the app again"):
        adapter.pull(desk.context(), {})
