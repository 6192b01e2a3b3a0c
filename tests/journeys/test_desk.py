"""What a colleague does all day, in a real browser: read, answer, note, settle; with the keyboard, live, and after a lost line."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HELP = "My broadband is down since yesterday, please help!"


def settled(page) -> None:
    """What was swapped in answers to keys some milliseconds after it is seen; no person is quicker, a test is."""
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")


def test_alice_answers_dana_with_the_keyboard_alone(desk, alice):
    desk.hear("Dana", HELP)
    page = desk.open("/", member=alice)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dana", level=1)).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("A technician comes at two.")
    page.keyboard.press("Control+Enter")
    said = page.locator("article.ours", has_text="A technician comes at two.")
    expect(said).to_contain_text("Alice")
    expect(said).to_contain_text("Sent")
    expect(page.locator("#reply-text")).to_have_value("")


def test_the_composer_says_first_who_will_see_the_words_and_how_many_fit(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    composer = page.locator("#compose-reply")
    expect(composer.locator("[data-way]")).to_contain_text("Public on social media as Acme on social, to @dana")
    page.locator("#reply-text").fill("Hello 👩‍👩‍👧")
    expect(composer.locator("[data-left]")).to_contain_text("left")
    expect(composer.get_by_role("button", name="Send in public")).to_be_enabled()
    page.locator("#reply-text").fill("x" * 501)
    expect(composer.locator("[data-left]")).to_contain_text("goes out in several parts")


def test_a_card_number_in_public_is_warned_of_beside_the_words(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    page.locator("#reply-text").fill("Your card 4111 1111 1111 1111 was charged twice.")
    expect(page.get_by_text("Everyone can read this, and it holds a card number.")).to_be_visible()


def test_a_draft_survives_a_reload_and_another_window_loses_nothing(desk):
    desk.hear("Dana", HELP)
    first, second = desk.open("/"), desk.open("/")
    for page in (first, second):
        page.get_by_role("link", name="Dana").click()
        expect(page.locator("#reply-text")).to_be_enabled()
    first.locator("#reply-text").fill("Typed in the first window.")
    expect(first.get_by_text("Draft kept")).to_be_visible()
    second.locator("#reply-text").fill("Typed in the second window.")
    expect(second.get_by_text("Both texts are kept here").first).to_be_visible()
    first.reload()
    expect(first.locator("#reply-text")).to_have_value(
        "Typed in the second window.\n\n--- typed in another window ---\nTyped in the first window."
    )


def test_a_note_says_that_it_stays_here(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_enabled()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("She rang twice before.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.note")).to_contain_text("Note, stays here")
    expect(page.locator("article.note")).to_contain_text("She rang twice before.")


def test_a_new_voice_waits_behind_a_number_while_one_reads(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("body")).to_have_attribute("data-live-state", "live")
    desk.hear("Eve", "The app charged me twice and nobody answers, help!")
    page.get_by_role("button", name="1 new").click()
    expect(page.locator("#rows").get_by_text("Eve")).to_be_visible()


def test_what_a_customer_adds_appears_in_the_open_conversation(desk):
    desk.hear("Dana", HELP, minutes_ago=5, id="q1")
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("body")).to_have_attribute("data-live-state", "live")
    page.locator("#reply-text").fill("Half an ans")
    desk.hear("Dana", "It says error 42 now, can you help?", answers="q1")
    expect(page.locator(".words", has_text="error 42")).to_be_visible(timeout=15_000)
    expect(page.locator("#reply-text")).to_have_value("Half an ans")


def test_after_a_lost_connection_the_page_shows_what_it_missed_before_anyone_can_send(desk):
    """threats.md 61."""
    desk.hear("Dana", HELP, minutes_ago=5, id="q1")
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("body")).to_have_attribute("data-live-state", "live")
    page.locator("#reply-text").fill("Please restart the box.")
    send = page.locator("#compose-reply [data-send]")
    expect(send).to_be_enabled()

    page.context.set_offline(True)
    expect(send).to_be_disabled()
    desk.hear("Dana", "Never mind, it works again, but who pays for the day?", answers="q1")
    page.evaluate(
        """() => { const send = document.querySelector("#compose-reply [data-send]");
           window.shownWhenEnabled = new Promise((resolve) => new MutationObserver(() =>
             send.disabled || resolve(document.querySelector("#talk").textContent.includes("who pays for the day")))
             .observe(send, { attributes: true })); }"""
    )
    page.context.set_offline(False)
    expect(send).to_be_enabled(timeout=20_000)
    assert page.evaluate("window.shownWhenEnabled")


def test_done_leaves_the_list_and_undo_brings_it_back(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_enabled()
    settled(page)
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Handled without a reply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#talk")).to_contain_text("Handled without a reply by Ada")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#talk")).to_contain_text("due in")


def test_a_verdict_is_corrected_with_one_click(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.get_by_role("link", name="Dana").click()
    panel = page.locator("#panel")
    panel.get_by_role("button", name="sales").click()
    expect(panel.get_by_text("kinds corrected by Ada")).to_be_visible()
    expect(panel.get_by_role("button", name="sales")).to_have_attribute("aria-pressed", "true")


def test_on_a_phone_one_pane_shows_at_a_time(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/", width=390, height=844)
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_palette_goes_to_a_queue_without_a_mouse(desk):
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to a page or a queue").fill("service")
    page.keyboard.press("Enter")
    expect(page.locator("#list header")).to_contain_text("Service")
