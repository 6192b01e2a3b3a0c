"""Dana comments on Acme's Page and writes to it in Messenger; she is answered in public and in private, and is one person."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from heard.kernel.clock import now
from heard.listening.channels.contract import Ambiguous, AuthExpired, Author, File, NotFound, Outgoing, RateLimited, Rejected
from heard.listening.channels.facebook.adapter import Adapter
from tests.support.closed.graph import Refused
from tests.support.closed.house_of_meta import connected
from tests.support.closed.meta_page import PAGE, page  # noqa: F401

pytestmark = [pytest.mark.data, pytest.mark.django_db]

DANA = "700800900"
TO_DANA = Author(network="facebook", external_id=DANA, name="Dana Field")


@pytest.fixture
def desk(page, alice, seen_by, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return connected(page, seen_by(alice), kind="facebook", address=PAGE, config={"app_id": page.app_id, "human_agent": "true"})


@pytest.fixture
def post(page):
    return page.put(PAGE, "Acme", "Our new router is here!")


@pytest.fixture
def adapter():
    return Adapter()


def say(desk, adapter, text="Of course.", **message):
    ctx = desk.context()
    parts = adapter.render(Outgoing(text=text, to=TO_DANA, **message), ctx.account)
    return [adapter.send(ctx, part, idem=f"u-{part.number}") for part in parts]


def milliseconds(moment):
    return int(moment.timestamp() * 1000)


# ── In public ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_comments_is_answered_below_and_then_in_messenger_as_the_same_person(desk, page, post):
    asked = page.comments(DANA, "Dana Field", "My router is down, can you help me?", below=post)
    desk.listen()
    desk.reply("Sorry, Dana! We are on it.", visibility="public")
    [answer] = [words for words in page.words.values() if words["parent"] == asked]
    assert (answer["from"]["id"], answer["message"]) == (PAGE, "Sorry, Dana! We are on it.")
    assert desk.state() == "sent"

    page.passes(seconds=2)
    page.feed("add", answer["id"], post=post, message=answer["message"])  # Meta tells us of our own words, too
    page.writes(DANA, "My number is R7-100, can you see it?")
    desk.listen()
    assert [voice.text for voice in desk.voices()] == [
        "My router is down, can you help me?",
        "Sorry, Dana! We are on it.",
        "My number is R7-100, can you see it?",
    ]
    assert [voice.visibility for voice in desk.voices()] == ["public", "public", "private"]
    assert {voice.author_name for voice in desk.voices() if not voice.is_ours} == {"Dana Field"}


def test_dana_may_be_answered_in_private_once_and_within_seven_days(desk, page, post, adapter):
    asked = page.comments(DANA, "Dana Field", "My router is down, can you help me?", below=post)
    in_private = {"visibility": "private", "in_reply_to": asked, "thread_ref": post}
    [sent] = say(desk, adapter, "Dana, what is your number?", **in_private)
    assert (sent.thread_ref, page.messages[0]["message"]) == (DANA, "Dana, what is your number?")
    with pytest.raises(Rejected, match="once only"):
        say(desk, adapter, "And your name?", **in_private)
    with pytest.raises(Rejected, match="one message only"):
        say(desk, adapter, "word " * 600, **in_private)

    late = page.comments(DANA, "Dana Field", "Nobody answers. Hello?", below=post)
    page.passes(days=8)
    with pytest.raises(Rejected, match="older than seven days"):
        say(desk, adapter, "Dana?", **in_private | {"in_reply_to": late})


def test_who_asked_in_public_is_answered_in_private_from_the_desk_and_goes_on_there(desk, page, post):
    asked = page.comments(DANA, "Dana Field", "My order 4711 is lost, can you help me?", below=post)
    desk.listen()
    desk.reply("Dana, where shall it go?", visibility="private")
    assert (desk.state(), page.answered_privately) == ("sent", {asked})
    page.passes(seconds=2)
    page.writes(DANA, "To my neighbour, please. Can you?")
    desk.listen()
    assert [(voice.visibility, voice.is_ours) for voice in desk.voices()] == [
        ("public", False),
        ("private", True),
        ("private", False),
    ]


def test_post_of_a_visitor_is_answered_in_private_by_the_post(desk, page, adapter):
    asked = page.put(DANA, "Dana Field", "Does anybody work at Acme?")
    say(desk, adapter, visibility="private", in_reply_to=asked, thread_ref=asked)
    assert page.asked[-1].form["recipient"] == {"post_id": asked}


def test_comment_that_dana_changes_and_removes_is_changed_and_removed_here(desk, page, post):
    asked = page.comments(DANA, "Dana Field", "My router is down, can you help me?", below=post)
    page.passes(minutes=1)
    page.feed("edited", asked, post=post, message="My router is dead, can you help me?")
    desk.listen()
    assert [voice.text for voice in desk.voices()] == ["My router is dead, can you help me?"]
    page.feed("remove", asked, post=post)
    desk.listen()
    assert [voice.is_withdrawn for voice in desk.voices()] == [True]


def test_removal_that_comes_before_the_comment_is_obeyed(desk, page, post):
    asked = page.put(DANA, "Dana Field", "Secret, help?", parent=post)
    page.feed("remove", asked, post=post)
    page.feed("add", asked, post=post, message="Secret, can you help?")
    desk.listen()
    assert [(voice.text, voice.is_withdrawn) for voice in desk.voices()] == [("", True)]


def test_comment_is_hidden_shown_again_and_our_own_changed_and_deleted(desk, page, post, adapter):
    asked = page.comments(DANA, "Dana Field", "You all are thieves", below=post)
    ctx = desk.context()
    adapter.hide(ctx, asked, hidden=True)
    assert page.words[asked]["is_hidden"]
    adapter.hide(ctx, asked, hidden=False)
    assert not page.words[asked]["is_hidden"]

    [sent] = say(desk, adapter, "Sory!", visibility="public", in_reply_to=asked, thread_ref=post)
    [part] = adapter.render(Outgoing(text="Sorry!", to=TO_DANA, visibility="public"), ctx.account)
    adapter.edit(ctx, sent.external_id, part)
    assert page.words[sent.external_id]["message"] == "Sorry!"
    adapter.delete(ctx, sent.external_id)
    assert sent.external_id not in page.words
    with pytest.raises(NotFound):
        adapter.hide(ctx, sent.external_id, hidden=True)
    for verb in (lambda: adapter.delete(ctx, "m_A1"), lambda: adapter.hide(ctx, "m_A1", hidden=True)):
        with pytest.raises(Rejected, match="Messenger"):
            verb()


def test_long_answer_goes_out_in_parts_that_all_stand_below_the_comment(desk, page, post):
    asked = page.comments(DANA, "Dana Field", "Can you tell me more?", below=post)
    desk.listen()
    desk.reply("word " * 500, visibility="public")
    desk.send()
    assert [words["parent"] for words in page.words.values() if words["from"]["id"] == PAGE] == ["", asked, asked]


def test_picture_goes_along_with_a_comment(desk, page, post, adapter):
    picture = File(name="light.png", content_type="image/png", data=b"\x89PNG")
    say(desk, adapter, "Like this:", visibility="public", in_reply_to=post, thread_ref=post, attachments=(picture,))
    assert page.asked[-1].files["source"] == ("light.png", "image/png", b"\x89PNG")
    with pytest.raises(Rejected, match="one picture"):
        say(desk, adapter, visibility="public", in_reply_to=post, attachments=(picture, picture))


# ── In Messenger ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dana_writes_is_answered_and_what_was_delivered_is_shown(desk, page):
    page.writes(DANA, "Hello, can you help me?")
    desk.listen()
    desk.reply("Of course.")
    [ours] = page.messages
    page.says(PAGE, DANA, message={"mid": ours["id"], "text": "Of course.", "is_echo": True, "app_id": 700100})
    page.says(DANA, PAGE, delivery={"mids": [ours["id"]], "watermark": int(page.now.timestamp() * 1000)})
    desk.listen()
    assert desk.state() == "delivered"
    assert len(desk.voices()) == 2  # the echo is our own answer, and no customer


def test_what_a_colleague_typed_at_facebook_is_ours(desk, page):
    page.writes(DANA, "Hello, can you help me?")
    page.passes(seconds=5)
    page.says(PAGE, DANA, message={"mid": "m_A1", "text": "From the inbox of the Page", "is_echo": True})
    desk.listen()
    assert [(voice.text, voice.is_ours) for voice in desk.voices()][-1] == ("From the inbox of the Page", True)


def test_after_a_day_people_answer_with_metas_seal_and_after_a_week_nobody(desk, page, adapter):
    page.writes(DANA, "Hello, can you help me?")
    say(desk, adapter)
    assert "tag" not in page.asked[-1].form
    page.passes(days=3)
    with pytest.raises(Rejected, match="outside of allowed window"):
        say(desk, adapter)
    page.human_agent = True
    say(desk, adapter)
    assert (page.asked[-1].form["messaging_type"], page.asked[-1].form["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    page.passes(days=5)
    with pytest.raises(Rejected):
        say(desk, adapter)
    assert len(page.messages) == 2


def test_files_go_out_each_as_a_message_of_its_own(desk, page, adapter):
    page.writes(DANA, "Hello, can you help me?")
    invoice = File(name="invoice.pdf", content_type="application/pdf", data=b"%PDF")
    say(desk, adapter, "Here it is.", attachments=(invoice,))
    assert [each["message"] for each in page.messages] == ["Here it is.", ""]
    assert page.files["filedata"] == ("invoice.pdf", "application/pdf", b"%PDF")


# ── Trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_dana_has_seen_until_then_is_shown_as_read_and_nothing_later(desk, page):
    page.writes(DANA, "Is it back?")
    desk.listen()
    desk.reply("It is!")
    assert desk.state() == "sent"
    page.passes(seconds=5)
    page.says(DANA, PAGE, delivery={"watermark": milliseconds(now() - timedelta(minutes=5))})
    desk.listen()
    assert desk.state() == "sent"  # all until then was before our answer
    page.says(DANA, PAGE, delivery={"watermark": milliseconds(now()) + 1})
    desk.listen()
    assert desk.state() == "delivered"
    page.says(DANA, PAGE, read={"watermark": milliseconds(now()) + 1})
    desk.listen()
    assert desk.state() == "read"
    page.says("333444555", PAGE, read={"watermark": milliseconds(now() + timedelta(hours=1))})  # somebody else
    page.passes(seconds=30)
    desk.listen()
    desk.reply("Shall we keep one for you?", key="another-click")
    assert sorted(utterance.state for utterance in desk.said()) == ["read", "sent"]


def test_answer_that_went_out_unseen_is_found_and_not_sent_again(desk, page):
    page.writes(DANA, "Hello, can you help me?")
    desk.listen()
    page.faults = ["after"]
    desk.reply("Of course.")
    assert desk.state() == "sending"
    desk.send(at=now() + timedelta(minutes=5))
    assert (desk.state(), len(page.messages)) == ("sent", 1)


def test_answer_that_nobody_finds_goes_to_a_person(desk, page):
    page.writes(DANA, "Hello, can you help me?")
    desk.listen()
    page.faults = [Refused(1, "An unknown error occurred", status=500)]
    desk.reply("Of course.")
    desk.send(at=now() + timedelta(minutes=5))
    assert (desk.state(), page.messages) == ("unknown", [])


@pytest.mark.parametrize(
    ("fault", "raised", "words"),
    [
        (Refused(4, "(#4) Application request limit reached"), RateLimited, "limit reached"),
        (Refused(32, "(#32) Page request limit reached"), RateLimited, "limit reached"),
        (Refused(613, "(#613) Calls to this api have exceeded the rate limit"), RateLimited, "613"),
        (Refused(551, "(#551) This person isn't available right now"), Rejected, "cannot be written to now"),
        (Refused(200, "(#200) Permissions error", status=403), Rejected, "Permissions error"),
        (Refused(190, "Error validating access token", status=401), AuthExpired, "new one"),
        (Refused(2, "Service temporarily unavailable", status=500), Ambiguous, "unavailable"),
    ],
    ids=lambda value: str(value.answer.body["error"]["code"]) if isinstance(value, Refused) else None,
)
def test_refusals_of_meta_are_told_apart_by_their_code(desk, page, adapter, fault, raised, words):
    page.writes(DANA, "Hello, can you help me?")
    page.faults = [fault]
    with pytest.raises(raised, match=words):
        say(desk, adapter)


# ── The account ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_test_button_says_what_the_token_may_do_and_of_what_meta_tells(desk, page, adapter):
    health = adapter.check(desk.context())
    assert (health.ok, health.message, set(health.scopes.values())) == (True, "Acme answers.", {True})
    assert (health.details["told of feed"], health.details["told of mention"]) == ("yes", "no")
    page.subscribed = ["messages", "message_echoes"]
    assert "does not tell us of feed" in adapter.check(desk.context()).message
    page.scopes = ("pages_messaging",)
    assert "lacks pages_read_engagement (what the Page itself says)" in adapter.check(desk.context()).message


def test_leaving_ends_what_meta_tells(desk, page, adapter):
    assert "system user" in adapter.disconnect(desk.context())
    assert page.subscribed == []


def test_address_that_is_no_number_is_told_before_anything_is_asked(desk, page, adapter):
    ctx = desk.context()
    asked = len(page.asked)
    health = adapter.check(replace(ctx, account=replace(ctx.account, address="acme/../me")))
    assert (health.ok, len(page.asked)) == (False, asked)
