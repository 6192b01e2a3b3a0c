"""Dana comments on Acme's Instagram and writes direct messages; she is answered in public and in private, and is one person."""

from datetime import timedelta

import pytest

from heard.kernel.clock import now
from heard.listening.actions.pull import pull
from heard.listening.channels.contract import Ambiguous, AuthExpired, Author, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.instagram.adapter import Adapter
from heard.listening.channels.instagram.send import RENEWED_AT
from tests.support.closed.graph import Refused
from tests.support.closed.house_of_meta import connected
from tests.support.closed.instagram import MEDIA, US, instagram  # noqa: F401

pytestmark = [pytest.mark.data, pytest.mark.django_db]

DANA = "880770660"
TO_DANA = Author(network="instagram", external_id=DANA, handle="@dana.field")


@pytest.fixture
def desk(instagram, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(instagram, seen_by(alice), kind="instagram", address=US, config={"human_agent": "true"})


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text="Of course.", **message):
    ctx = desk.context()
    return [adapter.send(ctx, part, idem="u") for part in adapter.render(Outgoing(text=text, to=TO_DANA, **message), ctx.account)]


def test_dana_comments_is_answered_below_and_then_writes_as_the_same_person(desk, instagram):
    asked = instagram.comments_on_media(DANA, "dana.field", "@acme mine is broken, can you help?")
    desk.listen()
    desk.reply("Sorry, Dana! We are on it.", visibility="public")
    [answer] = [id_ for id_, comment in instagram.comments.items() if comment["parent"] == asked]
    assert instagram.comments[answer]["seen"]["text"] == "Sorry, Dana! We are on it."

    instagram.passes(seconds=2)
    instagram.tells_comment(answer)  # Meta tells us of our own words, too
    instagram.writes(DANA, "Here is my number: R7-100, can you see it?")
    desk.listen()
    assert [(voice.text, voice.visibility) for voice in desk.voices()] == [
        ("@acme mine is broken, can you help?", "public"),
        ("Sorry, Dana! We are on it.", "public"),
        ("Here is my number: R7-100, can you see it?", "private"),
    ]
    assert {voice.author_handle for voice in desk.voices() if not voice.is_ours} == {"@dana.field"}


def test_message_is_answered_seen_and_gone_when_dana_unsends_it(desk, instagram):
    asked = instagram.writes(DANA, "Is the blue one back, please?")
    desk.listen()
    desk.reply("It is!")
    [ours] = instagram.messages
    instagram.says(DANA, US, read={"mid": ours["id"]})
    desk.listen()
    assert desk.state() == "read"
    instagram.says(DANA, US, message={"mid": asked, "is_deleted": True})
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.voices()] == [True, False]


def test_dana_may_be_answered_in_private_once(desk, instagram, adapter):
    asked = instagram.comments_on_media(DANA, "dana.field", "Mine is broken, can you help?")
    in_private = {"visibility": "private", "in_reply_to": asked}
    [sent] = say(desk, adapter, "Dana, what is your number?", **in_private)
    assert sent.thread_ref == DANA
    with pytest.raises(Rejected, match="once only"):
        say(desk, adapter, "And your name?", **in_private)
    with pytest.raises(Rejected, match="one message only"):
        say(desk, adapter, "word " * 300, **in_private)


def test_long_comment_goes_out_in_parts_of_300_that_all_stand_below_the_question(desk, instagram):
    asked = instagram.comments_on_media(DANA, "dana.field", "Can you tell me more?")
    desk.listen()
    desk.reply("größer " * 60, visibility="public")
    desk.send()
    below = [comment["seen"]["text"] for comment in instagram.comments.values() if comment["parent"] == asked]
    assert len(below) == 2
    assert all(len(text) <= 300 for text in below)
    with pytest.raises(Rejected, match="hashtags"):
        Adapter().render(Outgoing(text="#a #b #c #d #e", to=TO_DANA, visibility="public"), desk.context().account)


def test_comment_that_was_deleted_there_is_gone_here_and_what_still_stands_is_not(desk, instagram):
    asked = instagram.comments_on_media(DANA, "dana.field", "@acme mine is broken, can you help?")
    kept = instagram.comments_on_media(DANA, "dana.field", "It is the blue one.")
    answer = instagram.put(DANA, "dana.field", "And it hums.", parent=kept)
    instagram.tells_comment(answer)
    desk.listen()
    assert pull(desk.account_id) == 0  # all of it stands there
    del instagram.comments[asked]
    del instagram.comments[answer]
    assert (pull(desk.account_id), pull(desk.account_id)) == (2, 0)
    desk.listen()
    assert {voice.text: voice.is_withdrawn for voice in desk.voices()} == {"": True, "It is the blue one.": False}


def test_comment_that_is_only_further_down_is_not_gone(desk, instagram, monkeypatch):
    instagram.comments_on_media(DANA, "dana.field", "@acme mine is broken, can you help?")
    desk.listen()
    pull(desk.account_id)
    monkeypatch.setattr(instagram, "post", lambda: {"id": MEDIA})  # a page of the newest ones, without it
    assert pull(desk.account_id) == 0


@pytest.mark.parametrize("comment", ["17900000000000778", ""])
def test_mention_below_somebody_elses_post_is_heard_without_its_words_and_answered_there(desk, instagram, comment):
    instagram.mentions_us(media_id="17900000000000777", comment_id=comment)
    desk.listen()
    [voice] = desk.voices()
    assert voice.text.startswith("[mentioned us in a ") and "does not tell the words" in voice.text
    assert voice.visibility == "public"
    desk.reply("Thank you for thinking of us.", visibility="public")
    where = {"media_id": "17900000000000777", **({"comment_id": comment} if comment else {})}
    assert instagram.answers_to_mentions == [{**where, "message": "Thank you for thinking of us."}]
    assert desk.state() == "sent"


def test_comment_is_hidden_and_our_own_deleted(desk, instagram, adapter):
    asked = instagram.comments_on_media(DANA, "dana.field", "You all are thieves")
    ctx = desk.context()
    adapter.hide(ctx, asked, hidden=True)
    assert instagram.comments[asked]["hidden"] is True
    [sent] = say(desk, adapter, "Sory!", visibility="public", in_reply_to=asked)
    ctx = desk.context()
    adapter.delete(ctx, sent.external_id)
    with pytest.raises(NotFound):
        adapter.delete(ctx, sent.external_id)
    with pytest.raises(Rejected, match="direct message"):
        adapter.delete(ctx, "aWdfA1")


def test_after_a_day_people_answer_with_metas_seal_and_after_a_week_nobody(desk, instagram, adapter):
    instagram.writes(DANA, "Can you help me?")
    instagram.passes(days=3)
    with pytest.raises(Rejected, match="outside of allowed window"):
        say(desk, adapter)
    instagram.human_agent = True
    say(desk, adapter)
    assert instagram.asked[-1].form["tag"] == "HUMAN_AGENT"
    instagram.passes(days=5)
    with pytest.raises(Rejected):
        say(desk, adapter)


@pytest.fixture
def renewed(desk):
    """The first request is then the answer itself."""
    desk.context().keep({RENEWED_AT: now().isoformat()})


def test_message_that_went_out_unseen_is_found_and_not_sent_again(desk, instagram, renewed):
    instagram.writes(DANA, "Can you help me?")
    desk.listen()
    instagram.faults = ["after"]
    desk.reply("Of course.")
    desk.send(at=now() + timedelta(minutes=5))
    assert (desk.state(), len(instagram.messages)) == ("sent", 1)


def test_comment_that_went_out_unseen_is_found_and_not_sent_again(desk, instagram, renewed):
    instagram.comments_on_media(DANA, "dana.field", "Can you help me?")
    desk.listen()
    instagram.faults = ["after"]
    desk.reply("Of course.", visibility="public")
    desk.send(at=now() + timedelta(minutes=5))
    assert (desk.state(), len(instagram.comments)) == ("sent", 2)


def test_token_is_renewed_once_a_week_and_kept(desk, instagram, adapter):
    instagram.writes(DANA, "Can you help me?")
    first = instagram.token
    say(desk, adapter)
    assert desk.context().account.secrets["access_token"] == instagram.token == f"{first}-renewed"
    asked = len(instagram.asked)
    say(desk, adapter)
    assert [each.path for each in instagram.asked[asked:]] == [f"{US}/messages"]


def test_token_too_young_to_be_renewed_is_used_as_it_is(desk, instagram, adapter):
    instagram.writes(DANA, "Can you help me?")
    instagram.token_age = timedelta(hours=1)
    say(desk, adapter)
    assert len(instagram.messages) == 1
    assert RENEWED_AT in desk.context().account.secrets


def test_token_that_ended_pauses_the_channel(desk, instagram):
    instagram.writes(DANA, "Can you help me, please?")
    desk.listen()
    instagram.token_age = timedelta(days=61)
    desk.reply("Yes.")
    assert (desk.account_state(), desk.state(), instagram.messages) == ("paused", "failed", [])


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Refused(4, "Application request limit reached"), RateLimited),
        (Refused(190, "Session has expired", status=401), AuthExpired),
        (Refused(2, "Temporary", status=500), Ambiguous),
    ],
    ids=["rate", "token", "unclear"],
)
def test_refusals_of_meta_are_told_apart(desk, instagram, adapter, fault, raised):
    instagram.writes(DANA, "Can you help me?")
    say(desk, adapter)
    instagram.faults = [fault]
    with pytest.raises(raised):
        say(desk, adapter)


def test_test_button_tries_what_the_token_may_do(desk, instagram, adapter):
    health = adapter.check(desk.context())
    assert (health.ok, health.message, set(health.scopes.values())) == (True, "@acme answers.", {True})
    instagram.subscribed = ["messages"]
    assert "does not tell us of comments" in adapter.check(desk.context()).message
    instagram.scopes = ("instagram_business_basic", "instagram_business_manage_comments")
    health = adapter.check(desk.context())
    assert (health.ok, health.scopes["instagram_business_manage_messages"]) == (False, False)
    assert "lacks instagram_business_manage_messages" in health.message


def test_leaving_ends_what_meta_tells(desk, instagram, adapter):
    assert "remove your app" in adapter.disconnect(desk.context())
    assert instagram.subscribed == []
