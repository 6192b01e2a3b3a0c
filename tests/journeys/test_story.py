"""A conversation reads as a story: days, hops, what changed, what was taken back, and nothing told twice."""

import msgspec
import pytest

from heard.engagement import actions as engagement
from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.channels.contract import Edited, RawEvent, Withdrawn
from heard.project.worker import drain
from heard.routing import done, story
from heard.routing.models import Conversation
from tests.support.wire import at, delivery, person, said

DANA = person("Dana")
HELP = "My router is down, can you help me please?"


@pytest.fixture
def line(wire):
    return wire("Open line")


@pytest.fixture
def talk(line, arrive):
    """Dana rang, then wrote; the id of her conversation."""
    arrive(line, delivery(said("call", DANA, "The router is down.", kind="call", extra={"outcome": "dropped"})))
    arrive(line, delivery(said("q1", DANA, HELP, minute=120)))
    return Conversation.objects.get().pk


def steps(viewer, conversation_id):
    return story.story(viewer, conversation_id).steps


def test_a_hop_says_where_they_went_on_and_how_long_it_took(talk, alice, seen_by):
    call, message = steps(seen_by(alice), talk)
    assert (call.beat.template, call.hop_from) == ("routing/story/live.html", "")
    assert (message.beat.channel, message.hop_from, message.hop_words) == ("wire", "phone", "2 h later")


def test_a_day_begins_at_midnight_where_the_company_is(talk, line, arrive, alice, seen_by):
    """The company of the tests is in Vienna, an hour ahead: 23:30 in Greenwich is the next day there. threats.md 60."""
    arrive(line, delivery(said("q2", DANA, "Still down, please help!", minute=11.5 * 60, parent_ref="q1")))
    assert [bool(step.new_day) for step in steps(seen_by(alice), talk)] == [True, False, True]


def test_a_new_day_has_a_rule_of_its_own(talk, line, arrive, alice, seen_by):
    arrive(line, delivery(said("q2", DANA, "Still down, please help!", minute=24 * 60, parent_ref="q1")))
    assert [bool(step.new_day) for step in steps(seen_by(alice), talk)] == [True, False, True]


def test_the_story_starts_at_its_newest_part_and_the_rest_is_one_click_away(talk, line, arrive, alice, seen_by):
    for n in range(4):
        arrive(line, delivery(said(f"m{n}", DANA, "Please help, still down!", minute=200 + n, parent_ref="q1")))
    viewer = seen_by(alice)
    newest = story.story(viewer, talk, length=4)
    before = story.story(viewer, talk, before=newest.earlier, length=4)
    keys = [step.beat.key for part in (before, newest) for step in part.steps]
    assert len(keys) == len(set(keys)) == 6
    assert before.earlier is None


def test_a_withdrawn_message_shows_that_it_was_there_and_not_what_it_said(talk, line, arrive, alice, browser):
    arrive(line, delivery(Withdrawn(target="q1", occurred_at=at(130))))
    page = browser(alice).get(f"/conversations/{talk}/").content.decode()
    assert "Withdrawn by its author" in page
    assert HELP not in page


def test_an_edited_message_shows_its_new_words_and_keeps_the_old_ones_behind(talk, line, arrive, alice, browser):
    arrive(line, delivery(Edited(target="q1", version="2", occurred_at=at(130), text="My router is slow, can you help?")))
    page = browser(alice).get(f"/conversations/{talk}/").content.decode()
    assert "My router is slow" in page
    assert "see before" in page
    assert HELP in page


def test_words_that_went_out_are_told_once_with_their_state(testnet, alice, seen_by, db):
    viewer = seen_by(alice)
    account_id = listening.connect(HEARD, kind="testnet", name="Our testnet", address="us@testnet.example")
    asked = said("q1", person("Dana", network="testnet"), HELP, visibility="public")
    listening.receive(account_id, [RawEvent(key="d1", body=msgspec.json.encode([asked]))])
    drain()
    talk = Conversation.objects.get()
    way = {"account_id": account_id, "identity_id": talk.opener_id, "visibility": "public"}
    engagement.send_reply(viewer, talk.pk, text="At two.", request_key="k", **way)
    engagement.work_off(worker="w", now=now())
    told = steps(viewer, talk.pk)
    assert [step.beat.template for step in told] == ["routing/story/message.html", "engagement/story/said.html"]
    assert told[1].beat.thing.state == "sent"


def test_a_mail_is_shown_as_sent_only_in_a_frame_that_can_do_nothing(line, arrive, alice, browser):
    """threats.md 8 and 10."""
    html = '<p>Hello</p><img src="https://tracker.example/x.png"><script>alert(1)</script>'
    arrive(line, delivery(said("m1", DANA, HELP, html=html)))
    voice = steps_voice(browser(alice))
    answer = browser(alice).get(f"/messages/{voice}/as-sent/")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'; img-src data:" in answer["Content-Security-Policy"]
    assert "alert(1)" not in answer.content.decode()
    asked = browser(alice).get(f"/messages/{voice}/as-sent/?images")
    assert "img-src https: http: data:" in asked["Content-Security-Policy"]
    assert ' src="https://tracker.example/x.png"' in asked.content.decode()
    assert ' src="https://tracker' not in answer.content.decode()


def steps_voice(client) -> int:
    return client.get(f"/conversations/{Conversation.objects.get().pk}/").context["story"].newest.voice.id


def test_another_teams_conversation_opens_for_nobody_else(talk, sales, alice, browser):
    """threats.md 18 and 25: the page, its parts and its acts."""
    voice = steps_voice(browser(alice))
    Conversation.objects.update(team=sales)
    client = browser(alice)
    read = [f"/conversations/{talk}/", f"/conversations/{talk}/earlier/", f"/messages/{voice}/as-sent/"]
    act = [
        f"/conversations/{talk}/assign/",
        f"/conversations/{talk}/done/",
        f"/conversations/{talk}/reply/",
        f"/messages/{voice}/settle/",
    ]
    assert {client.get(path).status_code for path in read} == {404}
    assert {client.post(path, {"outcome": "spam", "text": "x"}).status_code for path in act} == {404}


def test_somebody_who_only_reads_may_not_act(talk, vera, browser):
    client = browser(vera)
    assert client.get(f"/conversations/{talk}/").status_code == 200
    assert client.post(f"/conversations/{talk}/done/", {"outcome": "handled"}).status_code == 403
    assert client.post(f"/conversations/{talk}/note/", {"text": "x"}).status_code == 403


def test_done_ends_everything_that_waits_and_reopening_makes_it_wait_again(talk, alice, seen_by):
    viewer = seen_by(alice)
    done.finish(viewer, talk, outcome="no_answer_due", why="She found it herself.")
    conversation = story.conversation(viewer, talk)
    assert (conversation.state, conversation.due_at) == ("quiet", None)
    assert not any(case.is_open for case in story.cases(conversation))
    done.reopen(viewer, talk)
    conversation = story.conversation(viewer, talk)
    assert conversation.state == "open"
    assert conversation.due_at is not None
