"""Refresh me: what one has to know to go on, in the words that were said."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from hypothesis import given
from hypothesis import strategies as st

from heard.engagement import actions
from heard.engagement.recap import recap_of
from heard.engagement.rules import recap as rules
from heard.engagement.rules.recap import Line
from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.routing.models import Conversation
from tests.support.wire import Edited, Withdrawn, at, delivery, person, said

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DANA = person("Dana")


def line(number: int, text: str, *, hours: float = 0, way: str = "email", ours: bool = False, **more) -> Line:
    return Line(number, START + timedelta(hours=hours), way, ours, "Alice" if ours else "Dana", text, **more)


# ── What they want ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Good morning. My broadband is down since Monday. Kind regards, Dana", "My broadband is down since Monday."),
        ("Hello there, how are you? I was charged twice for March. The weather is lovely.", "I was charged twice for March."),
        ("Guten Tag. Mein Router ist kaputt. Viele Grüße", "Mein Router ist kaputt."),
        ("Hi, thanks for the quick answer. Could you please cancel my contract?", "Could you please cancel my contract?"),
    ],
)
def test_the_sentence_that_says_what_is_the_matter_is_quoted(text, wanted):
    assert [q.words for q in rules.wanted([line(1, text)], most=1)] == [wanted]


def test_what_was_said_again_is_one_line_that_cites_each():
    lines = [
        line(1, "My broadband is down.", way="phone"),
        line(2, "As I said on the phone, my broadband is down.", hours=3),
        line(3, "My broadband is STILL down!", hours=30, way="mastodon"),
    ]
    [quote] = rules.wanted(lines)
    assert (quote.words, quote.line.id, quote.again) == ("My broadband is down.", 1, (2, 3))


def test_words_without_any_sign_are_quoted_rather_than_nothing():
    assert [q.words for q in rules.wanted([line(1, "Blue. The green one with a handle")])] == ["The green one with a handle"]


def test_what_a_phone_menu_noted_is_not_what_they_said():
    assert rules.wanted([line(1, "Pressed 1: Fault in Leeds.", is_record=True)]) == []


def test_a_quoted_mail_is_not_said_again():
    assert rules.sentences("It is broken.\n> It was never broken.\nPlease help.") == ["It is broken.", "Please help."]


@pytest.mark.parametrize("text", ["Ask for Dr. Miller at approx. 5 today.", "Das ist z.B. Nr. 5 von allen."])
def test_an_abbreviation_ends_no_sentence(text):
    assert rules.sentences(text) == [text]


# ── Why they came by this way ───────────────────────────────────────────────────────────────────────────────────────


def test_five_lost_calls_and_a_silent_web_site_come_before_the_post():
    calls = [line(n, "Hung up in the phone menu.", hours=n, way="phone", is_record=True, failed=True) for n in range(1, 6)]
    lines = [
        *calls,
        line(6, "Nothing on your site.", hours=26, way="web"),
        line(7, "Broadband down for 48 hrs #fail", hours=48, way="x"),
    ]
    assert [(w.way, w.times, w.failed) for w in rules.ways_before(lines)] == [("phone", 5, 5), ("web", 1, 1)]


def test_keys_of_one_menu_are_one_call_and_who_rings_again_at_once_called_twice():
    keys = [line(n, "Pressed 1.", hours=n / 100, way="phone", is_record=True) for n in range(3)]
    again = line(4, "Called.", hours=0.05, way="phone", is_record=True, begins=True)
    assert [w.times for w in rules.ways_before([*keys, line(9, "Hello?", hours=5)])] == [1]
    assert [w.times for w in rules.ways_before([*keys, again, line(9, "Hello?", hours=5)])] == [2]


def test_who_was_answered_there_came_for_another_reason():
    lines = [line(1, "Hello?"), line(2, "Hello Dana.", hours=1, ours=True), line(3, "Me again.", hours=5, way="x")]
    assert rules.ways_before(lines) == []
    assert rules.ways_before([line(1, "We spoke.", way="phone", reached=True), line(2, "And now?", hours=5)]) == []


def test_one_way_has_nothing_before_it():
    assert rules.ways_before([line(1, "Hello?"), line(2, "Hello??", hours=5)]) == []


# ── How it went ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_silence_begins_a_chapter():
    lines = [line(1, "Old."), line(2, "Old, too.", hours=24), line(3, "New.", hours=24 + 15 * 24)]
    assert [[x.id for x in c] for c in rules.chapters(lines)] == [[1, 2], [3]]


def test_moods_change_and_are_not_repeated():
    felt = ["negative", "negative", "neutral", "positive"]
    lines = [line(n, "…", hours=n, sentiment=f) for n, f in enumerate(felt)] + [
        line(9, "Fine.", hours=9, ours=True, sentiment="")
    ]
    assert [(m.sentiment, m.ids) for m in rules.moods(lines)] == [("negative", (0, 1)), ("neutral", (2,)), ("positive", (3,))]


def test_our_question_is_open_until_they_speak():
    asked = [line(1, "It is down."), line(2, "Sorry. Which model is it?", hours=1, ours=True)]
    assert [q.words for q in rules.asked_by_us(asked)] == ["Which model is it?"]
    assert rules.asked_by_us([*asked, line(3, "An R7000.", hours=2)]) == []


def test_what_we_told_them_to_try_is_named():
    lines = [line(1, "It is down."), line(2, "Hello Dana. Please restart the router.", hours=1, ours=True)]
    assert [q.words for q in rules.suggested(lines)] == ["Please restart the router."]


LINES = st.builds(
    Line,
    id=st.integers(1, 999),
    at=st.datetimes(timezones=st.just(UTC)),
    way=st.sampled_from(["phone", "email", "x"]),
    is_ours=st.booleans(),
    by=st.just("Somebody"),
    text=st.text(max_size=80),
    sentiment=st.sampled_from(["", "negative", "positive"]),
    waits=st.booleans(),
)


@given(st.lists(LINES, max_size=12, unique_by=lambda x: x.id).map(lambda lines: sorted(lines, key=lambda x: x.at)))
def test_nothing_is_said_that_nobody_said(lines):
    parts = rules.chapters(lines)
    assert [x for part in parts for x in part] == lines
    texts = {x.id: " ".join(x.text.split()) for x in lines}
    for quote in [*rules.wanted(lines), *rules.waiting(lines), *rules.asked_by_us(lines)]:
        assert quote.words in texts[quote.line.id]
    assert all(way.failed <= way.times for way in rules.ways_before(lines))


# ── Of a conversation ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def house(wire):
    return wire("Open line")


@pytest.fixture
def talk(house, arrive):
    arrive(house, delivery(said("1", DANA, "My broadband is down. I already restarted the router. Order number 4711-22.")))
    arrive(house, delivery(said("2", DANA, "When will it be fixed?", minute=60)))
    return Conversation.objects.get().pk


@pytest.mark.django_db
def test_a_recap_says_what_they_want_tried_and_gave_and_what_is_open(talk):
    recap = recap_of(HEARD, talk)
    assert recap.name == "Dana"
    assert [q.words for q in recap.wants] == ["My broadband is down.", "When will it be fixed?"]
    assert [f.given.value for f in recap.tried] == ["I already restarted the router."]
    assert [f.given.value for f in recap.given] == ["4711-22"]
    assert [c.kind for c in recap.cases] == ["support"]
    assert [q.words for q in recap.waiting] == ["My broadband is down.", "When will it be fixed?"]
    assert set(recap.anchors.values()) == {f"voice-{q.line.id}" for q in recap.waiting}


@pytest.mark.django_db
def test_it_follows_edits_and_what_was_taken_back(talk, house, arrive):
    arrive(house, delivery(Edited(target="1", text="My phone is down.", occurred_at=at(5), version="2")))
    arrive(house, delivery(Withdrawn(target="2", occurred_at=at(70))))
    recap = recap_of(HEARD, talk)
    assert ([q.words for q in recap.wants], recap.messages) == (["My phone is down."], 1)


@pytest.mark.django_db
def test_our_words_are_cited_where_they_stand_in_the_page(alice, seen_by, dana_writes, testnet, browser):
    talk = dana_writes()
    alices = seen_by(alice)
    to = {"account_id": talk.account_id, "identity_id": talk.identity_id, "visibility": "private", "request_key": "one"}
    actions.send_reply(alices, talk.conversation_id, text="Please restart the router. Did that help?", **to)
    actions.work_off(worker="w", now=now())
    client = browser(alice)
    recap = client.get(f"/conversations/{talk.conversation_id}/recap/").content.decode()
    story = client.get(f"/conversations/{talk.conversation_id}/").content.decode()
    [anchor] = set(re.findall(r'href="#(said-\d+)"', recap))
    assert f'id="{anchor}"' in story
    assert re.findall(r"<q>(.*?)</q>", recap)[-1] == "Did that help?"


@pytest.mark.django_db
def test_what_we_promised_stands_in_it(talk, alice, seen_by):
    due = now() + timedelta(days=2)
    actions.note_promise(seen_by(alice), talk, what="The line works by Thursday.", due_at=due)
    [promised] = recap_of(HEARD, talk).promised
    assert (promised.what, promised.stands) == ("The line works by Thursday.", True)


@pytest.mark.django_db
def test_a_stranger_gets_no_recap(bea, seen_by, dana_writes):
    with pytest.raises(ObjectDoesNotExist):
        recap_of(seen_by(bea), dana_writes().conversation_id)
