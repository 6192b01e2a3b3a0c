"""Dana asks for Acme on Reddit and is answered there, in public and in private; PRAW is the oracle of what Reddit says and takes."""

import httpx
import praw
import pytest

from heard.listening.channels.contract import Author, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.reddit.adapter import Adapter
from tests.support.closed.house_of_google import connected
from tests.support.closed.reddit import US, Answer, Reddit, reddit, running  # noqa: F401

pytestmark = pytest.mark.django_db
QUESTION = "Does u/acme make one for fibre, can you help me?"


@pytest.fixture
def desk(reddit, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    config = {"client_id": reddit.client_id, "subreddits": "acme", "keywords": "acme router"}
    return connected(reddit, seen_by(alice), kind="reddit", address=f"u/{US}", **config)


@pytest.fixture
def thread(reddit):
    return reddit.posts("jo", "Which router?", "Mine is old.", subreddit="routers")


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text, *, to="dana", visibility="public", in_reply_to=""):
    ctx = desk.context()
    message = Outgoing(text=text, to=Author(network="reddit", external_id=to), visibility=visibility, in_reply_to=in_reply_to)
    [part] = adapter.render(message, ctx.account)
    return adapter.send(ctx, part, idem="u-1")


def test_dana_names_us_is_answered_below_and_thanks_in_the_same_conversation(desk, reddit, thread):
    asked = reddit.comments("Dana", QUESTION, below=thread)
    desk.listen()
    [voice] = desk.voices()
    assert (voice.text, voice.visibility, voice.author_name) == (QUESTION, "public", "Dana")
    desk.reply("It does, **Dana**.", visibility="public")
    [answer] = [each for each in reddit.things.values() if each["author"] == US]
    assert (desk.state(), answer["parent_id"], answer["body"]) == ("sent", asked, "It does, **Dana**.")
    reddit.passes(seconds=2)
    reddit.comments("Dana", "Thank you, can you send me one?", below=answer["name"])
    desk.listen()
    assert [voice.is_ours for voice in desk.voices()] == [False, True, False]


def test_message_is_answered_in_its_talk(desk, reddit):
    asked = reddit.message("Dana", US, "Where is my order 4711, can you help me?", subject="My order")
    desk.listen()
    assert [voice.visibility for voice in desk.voices()] == ["private"]
    desk.reply("On its way, Dana.")
    [answer] = [each for each in reddit.things.values() if each["author"] == US]
    assert (desk.state(), answer["parent_id"], answer["dest"]) == ("sent", asked, "Dana")


def test_who_asked_in_public_is_answered_in_private_by_a_new_message(desk, reddit, thread, adapter):
    asked = reddit.comments("dana", QUESTION, below=thread)
    sent = say(desk, adapter, "Dana, what is your number?", visibility="private", in_reply_to=asked)
    message = reddit.things[sent.external_id]
    assert (message["dest"], message["body"], message["subject"]) == ("dana", "Dana, what is your number?", "Your post on Reddit")


def test_monitors_find_what_does_not_name_us(desk, reddit, thread):
    post = reddit.posts("jo", "It does not start", "Since the update.", subreddit="acme")
    reddit.comments("dana", "Mine neither.", below=post)
    reddit.posts("kim", "My Acme router", "is fine", subreddit="pics")
    reddit.comments("dana", "Unheard", below=thread)
    desk.listen()
    found = {voice.text: voice.addressed for voice in desk.spoken()}
    assert found == {"Since the update.": False, "Mine neither.": False, "is fine": False}
    assert desk.listen() == 0


def test_mention_in_our_own_subreddit_is_addressed_and_heard_once(desk, reddit):
    post = reddit.posts("jo", "It does not start", "Since the update.", subreddit="acme")
    reddit.comments("dana", QUESTION, below=post)
    desk.listen()
    assert [voice.addressed for voice in desk.spoken() if voice.text == QUESTION] == [True]


def test_edits_deletions_and_removals_are_seen_on_a_second_look(desk, reddit):
    post = reddit.posts("jo", "Rude", "You thieves!", subreddit="acme")
    first = reddit.comments("dana", "u/acme where is it, can you help?", below=post)
    second = reddit.comments("dana", "u/acme hello, can you help?", below=post)
    desk.listen()
    reddit.passes(minutes=1)
    reddit.changes(first, "u/acme found it, can you believe it?")
    reddit.deletes(second)
    reddit.removes(post)
    desk.listen()
    now = {voice.text or "gone": voice.is_withdrawn for voice in desk.spoken_voices()}
    assert now == {"u/acme found it, can you believe it?": False, "gone": True}
    assert sum(voice.is_withdrawn for voice in desk.spoken_voices()) == 2


def test_subreddit_that_closes_for_a_while_deletes_nothing_here(desk, reddit):
    reddit.posts("jo", "It does not start", "Since the update.", subreddit="acme")
    desk.listen()
    reddit.closed.add("acme")
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.spoken_voices()] == [False]
    assert desk.account_state() == "ok"


def test_burst_is_heard_whole_although_the_newest_of_before_were_deleted(desk, reddit, thread):
    before = [reddit.comments("jo", f"u/acme before {number}", below=thread) for number in range(5)]
    desk.listen()
    for name in before[2:]:
        reddit.deletes(name)
    for number in range(250):
        reddit.comments("dana", f"u/acme burst {number}", below=thread)
    desk.listen()
    assert len([voice for voice in desk.spoken() if "burst" in voice.text]) == 250
    desk.listen()
    assert desk.listen() == 0


def test_answer_that_went_out_without_a_word_back_is_found_and_not_sent_again(desk, reddit, thread):
    reddit.comments("Dana", QUESTION, below=thread)
    desk.listen()
    reddit.faults = ["after"]
    desk.reply("It does, Dana.", visibility="public")
    reddit.passes(minutes=10)
    desk.send(at=reddit.now)
    assert desk.state() == "sent"
    assert [each["body"] for each in reddit.things.values() if each["author"] == US] == ["It does, Dana."]


def test_own_comment_is_changed_and_deleted_and_a_message_is_not(desk, reddit, thread, adapter):
    asked = reddit.comments("dana", QUESTION, below=thread)
    sent = say(desk, adapter, "It does.", in_reply_to=asked)
    ctx = desk.context()
    [part] = adapter.render(
        Outgoing(text="It does, Dana.", to=Author(network="reddit", external_id="dana"), visibility="public", in_reply_to=asked),
        ctx.account,
    )
    adapter.edit(ctx, sent.external_id, part)
    assert reddit.things[sent.external_id]["body"] == "It does, Dana."
    adapter.delete(ctx, sent.external_id)
    assert reddit.things[sent.external_id]["author"] == "[deleted]"
    with pytest.raises(NotFound):
        adapter.delete(ctx, "t4_1")


def test_refusals_are_in_words_and_patience_is_kept(desk, reddit, thread, adapter):
    asked = reddit.comments("dana", QUESTION, below=thread)
    reddit.too_young = True
    with pytest.raises(RateLimited) as limited:
        say(desk, adapter, "It does.", in_reply_to=asked)
    assert limited.value.after_seconds == 540
    reddit.too_young = False
    reddit.deletes(asked)
    with pytest.raises(Rejected, match="what you answer was deleted"):
        say(desk, adapter, "It does.", in_reply_to=asked)
    reddit.faults = [Answer({}, 429)]
    with pytest.raises(RateLimited) as limited:
        adapter.pull(desk.context(), {})
    assert limited.value.after_seconds == 321
    reddit.remaining = 0.0
    assert adapter.pull(desk.context(), {}).retry_after_seconds == 321


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_token_is_kept_for_its_hour_and_a_changed_password_pauses_the_account(desk, reddit, caplog):
    desk.listen()
    desk.listen()
    assert reddit.tokens_given == 1
    reddit.tokens.clear()
    reddit.password = "another"
    desk.listen()
    assert desk.account_state() == "paused"
    assert "neither the password nor the refresh token" in desk.trouble()
    assert "correct-horse" not in caplog.text


def test_refresh_token_goes_before_the_password(desk, reddit, adapter):
    ctx = desk.context()
    ctx.account.secrets["refresh_token"] = reddit.refresh_token
    ctx.account.secrets["password"] = "wrong"
    assert adapter.check(ctx).ok


def test_test_button_says_what_is_missing(desk, reddit, adapter):
    assert adapter.check(desk.context()).message == "u/Acme answers."
    reddit.closed.add("acme")
    assert "closed to us, or do not exist: acme" in adapter.check(desk.context()).message
    reddit.tokens.clear()
    reddit.scope = "identity read"
    lacking = adapter.check(desk.context())
    assert (lacking.ok, lacking.scopes["read"], lacking.scopes["submit"]) == (False, True, False)
    adapter.disconnect(desk.context())
    assert reddit.tokens == set()


# ── The oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_praw_reads_the_stand_in_and_asks_what_heard_asks(desk, reddit, thread, adapter):
    asked = reddit.comments("dana", QUESTION, below=thread)
    post = reddit.posts("jo", "My acme router", "It does not start", subreddit="acme")
    reddit.message("dana", US, "Where is my order?", subject="My order")
    desk.listen()
    sent = say(desk, adapter, "It does.", in_reply_to=asked)
    say(desk, adapter, "Your number?", visibility="private", in_reply_to=asked)
    adapter.delete(desk.context(), sent.external_id)
    adapter.check(desk.context())
    ours = {each.key: each.form.keys() for each in reddit.asked}
    reddit.asked.clear()

    theirs = praw.Reddit(
        client_id=reddit.client_id,
        client_secret=reddit.client_secret,
        username=US,
        password=reddit.password,
        user_agent="oracle",
        reddit_url=reddit.url,
        oauth_url=reddit.url,
        check_for_updates=False,
    )
    message, comment = theirs.inbox.all(limit=100)
    assert (message.subject, message.body, message.author.name) == ("My order", "Where is my order?", "dana")
    assert (comment.fullname, comment.body, comment.parent_id, comment.edited) == (asked, QUESTION, thread, False)
    answer = comment.reply("It does, too.")
    assert (answer.author.name, answer.parent_id) == (US, asked)
    answer.edit("It does.")
    answer.delete()
    theirs.redditor("dana").message(subject="Hello", message="Your number?")
    assert [each.body for each in theirs.inbox.sent(limit=1)] == ["Your number?"]
    assert [each.fullname for each in theirs.info(fullnames=[post])] == [post]
    assert [each.title for each in theirs.subreddit("acme").new(limit=5)] == ["My acme router"]
    assert list(theirs.subreddit("acme").comments(limit=5)) == []
    assert [each.fullname for each in theirs.subreddit("all").search('"acme router"', sort="new", time_filter="week")] == [post]
    assert list(theirs.redditor(US).comments.new(limit=5)) == []
    assert theirs.user.me().name == "Acme"
    praws = {each.key: each.form.keys() for each in reddit.asked}
    assert {key for key in ours if key not in praws} == {("GET", "search")}  # PRAW searches all by r/all/search
    assert {key: form for key, form in ours.items() if key in praws and not form <= praws[key]} == {}


def test_stand_in_notices_what_reddit_would_not_know():
    server = Reddit()
    with pytest.raises(AssertionError, match="Reddit has no"), running(server):
        httpx.get(f"{server.url}/message/inbox?mark=1", headers={"User-Agent": "python:heard"})
