"""Words that were sent are edited and taken back from the conversation page, by keyboard, on a network that can do it."""

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from heard.engagement import actions
from heard.engagement.models import Utterance
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.channels.contract import Edited, RawEvent, Withdrawn
from heard.project.worker import drain

SAID = "We call you by Friday."


def violations(page) -> list[str]:
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_words_are_edited_and_taken_back_with_the_keyboard_alone(desk, alice, width, scheme):
    """Row E1: what we said stays ours to put right, on whatever channel it went."""
    desk.hear("Dana", "My broadband is down, please help!")
    page = desk.open("/", member=alice, width=width, scheme=scheme)
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_enabled()
    page.locator("#reply-text").focus()
    page.keyboard.type(SAID)
    page.keyboard.press("Control+Enter")
    ours = page.locator("article.ours")
    edit = ours.locator("summary", has_text="Edit")
    expect(edit).to_be_visible()
    edit.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(ours.get_by_label("What it says instead")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Your card 4111 1111 1111 1111 is fine.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(ours).to_contain_text("card number")
    assert violations(page) == []
    ours.get_by_label("What it says instead").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("A colleague calls you.")
    ours.get_by_role("button", name="Change it", exact=True).focus()
    page.keyboard.press("Enter")
    expect(ours.locator(".words")).to_have_text("A colleague calls you.")
    expect(ours).to_contain_text("“by Friday” is not in it any more")
    before = ours.locator("summary", has_text="see before")
    before.focus()
    page.keyboard.press("Enter")
    expect(ours).to_contain_text(f"it said: {SAID}")
    back = ours.locator("summary", has_text="Take back")
    back.focus()
    page.keyboard.press("Enter")
    expect(ours).to_contain_text("Only within 48 hours after it was sent.")
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(ours).to_contain_text("Taken back by Alice")
    expect(ours).to_contain_text("A colleague calls you.")
    assert violations(page) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_echo_first", [True, False])
def test_the_echo_of_the_network_doubles_nothing(alice, browser, seen_by, slate, dana_writes, is_echo_first):
    talk = dana_writes(kind="slate")
    actions.send_reply(
        seen_by(alice),
        talk.conversation_id,
        text=SAID,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key="1",
    )
    _work()
    utterance = Utterance.objects.get()

    def echoed(*event):
        steps = [lambda: _echo(talk, event), _work]
        for step in steps if is_echo_first else reversed(steps):
            step()
        page = browser(alice).get(reverse("routing:conversation", args=[talk.conversation_id])).content.decode()
        return page.split("data-story")[1].split('id="composer"')[0]

    actions.edit(seen_by(alice), utterance.pk, text="Today.", instead_of=SAID)
    page = echoed(Edited(target=utterance.external_id, version="2", occurred_at=now(), text="Today."))
    assert (page.count('<div class="words">Today.</div>'), page.count("it said:")) == (1, 1)
    actions.take_back(seen_by(alice), utterance.pk)
    page = echoed(Withdrawn(target=utterance.external_id, occurred_at=now()))
    assert (page.count("Taken back by Alice"), page.count("Withdrawn by its author")) == (1, 0)


def _work():
    actions.work_off(worker="one", now=now())


def _echo(talk, events):
    key = f"echo of {type(events[0]).__name__}"
    listening.receive(talk.account_id, [RawEvent(key=key, body=msgspec.json.encode(events))])
    drain()
