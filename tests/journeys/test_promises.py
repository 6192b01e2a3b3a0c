"""Promises in a real browser, by keyboard: from the words of a reply to kept and to not kept (T5 c), and what makes none."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from heard.engagement import pledging
from heard.engagement.models import Promise, Reply
from heard.governance.models import AuditLine
from heard.kernel.clock import now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FAIL = "#acmemedia broadband now down for 48 hrs. Disconnected from call centre IVR 5 times... can you help? #fail"
ANSWER = "We are sorry, Dana. Your line will be back within two days."


def violations(page) -> list[str]:
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]


def at_dana(desk, alice, **look):
    page = desk.open("/", member=alice, **look)
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_enabled()
    return page


def promised(desk, alice, **look):
    """Dana was answered with a time, which its author confirmed by one key; everything by keyboard."""
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice, **look)
    page.locator("#reply-text").focus()
    page.keyboard.type(ANSWER)
    expect(page.locator("[data-found]")).to_contain_text("A promise? “within two days”")
    page.keyboard.press("Alt+y")
    expect(page.locator("[data-found]")).to_contain_text("Promised “within two days”")
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.ours", has_text="within two days")).to_contain_text("Sent")
    return page


def fall_due() -> None:
    """Two days pass: what is to be told by the clock is told."""
    Promise.objects.update(due_at=now() - timedelta(minutes=5), next_at=now() - timedelta(minutes=1))
    assert pledging.remind(now()) == 1


def test_t5_c_the_answer_carries_a_time_and_is_kept(desk, alice):
    page = promised(desk, alice)
    assert Promise.objects.get().state == "open"
    expect(page.locator("article.ours .promise-date")).to_be_visible()
    expect(page.locator("#panel")).to_contain_text("Your line will be back within two days")
    fall_due()
    page.goto(desk.address)
    expect(page.locator("#list .row-h", has_text="Dana")).to_contain_text("late by 5 min")
    page.keyboard.press("g")
    page.keyboard.press("o")
    row = page.locator(".promise-row", has_text="Dana")
    expect(row).to_contain_text("overdue")
    expect(page.get_by_role("link", name="Overdue 1")).to_be_visible()
    assert violations(page) == []
    row.get_by_role("button", name="Kept: ").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Kept 1")).to_be_visible()
    assert Promise.objects.get().state == "kept"
    page.get_by_role("link", name="Kept 1").click()
    expect(page.locator(".promise-row", has_text="Dana")).to_contain_text("said Alice")
    page.get_by_role("button", name="It stands again").click()
    expect(page.locator(".promise-row")).to_have_count(0)
    assert Promise.objects.get().state == "open"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_t5_c_and_where_it_was_not_kept_somebody_says_so(desk, alice, width, scheme):
    page = promised(desk, alice, width=width, scheme=scheme)
    fall_due()
    page.goto(page.url.split("/conversations")[0].rstrip("/") + "/promises/?view=overdue")
    row = page.locator(".promise-row", has_text="Dana")
    row.get_by_role("button", name="Not kept").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Broken 1")).to_be_visible()
    expect(page.get_by_text("Nothing is overdue")).to_be_visible()
    assert violations(page) == []
    assert Promise.objects.get().state == "broken"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".promise-row", has_text="Dana")).to_contain_text("overdue")


def test_what_was_not_confirmed_stays_and_is_confirmed_by_one_key(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill(ANSWER)
    expect(page.locator("[data-found]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.ours", has_text="within two days")).to_contain_text("Sent")
    expect(page.locator("#panel")).to_contain_text("To confirm")
    page.locator("[data-story]").focus()
    page.keyboard.press("y")
    expect(page.locator("#panel")).not_to_contain_text("To confirm")
    assert Promise.objects.get().state == "open"


def test_no_promise_stays_where_its_author_says_that_it_is_none(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill(ANSWER)
    page.get_by_role("button", name="Not a promise").click()
    expect(page.locator("[data-found]")).to_contain_text("is no promise")
    page.locator("#reply-text").press("Control+Enter")
    expect(page.locator("article.ours", has_text="within two days")).to_contain_text("Sent")
    assert not Promise.objects.exists()


def test_k2_a_delay_without_a_time_asks_for_one_beside_the_words(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.locator("#reply-text").focus()
    page.keyboard.type("We're looking into it. ")
    page.keyboard.press("Control+Enter")
    asks = page.locator("[data-needs-time]")
    expect(asks).to_contain_text("“looking into” says no time")
    expect(asks.locator("button").first).to_be_focused()
    assert not Reply.objects.exists()
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("[data-found]")).to_contain_text("A promise?")
    expect(asks).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.ours", has_text="You will hear from us by")).to_contain_text("Sent")
    assert Promise.objects.get().state == "found"


def test_k2_a_delay_leaves_without_a_time_by_a_click_and_that_is_kept(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill("We're looking into it.")
    page.get_by_role("button", name="Send without a time").click()
    expect(page.locator("article.ours", has_text="looking into it")).to_contain_text("Sent")
    assert AuditLine.objects.filter(verb="reply.without_time").exists()


def test_t17_evasions_are_named_with_the_rule_beside_the_words(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill("Due to unforeseen circumstances we have confidence the issue will be resolved shortly")
    plain = page.locator("[data-plain-words]")
    expect(plain).to_contain_text("we have confidence Leave out how confident we are")
    page.locator("#reply-text").fill("The server crashed")
    expect(plain).to_have_count(0)


def test_a_promise_by_phone_is_noted_and_moved_and_they_have_to_be_told(desk, alice):
    desk.hear("Dana", FAIL)
    page = at_dana(desk, alice)
    page.get_by_text("Note a promise").click()
    page.get_by_label("What was promised").fill("Credit ten pounds")
    page.locator("#note-promise [name=due]").fill("2030-01-07T12:00")
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("#panel .promise")).to_contain_text("Credit ten pounds")
    page.get_by_text("Another time").click()
    page.locator(".promise [name=due]").fill("2030-01-09T12:00")
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("[data-tell]")).to_contain_text("They do not know that yet: tell them")
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("#panel .promise")).to_contain_text("first on 7 Jan 2030")
