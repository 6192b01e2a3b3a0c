"""Teaching by keyboard, in a real browser: one key for each voice, the next at once, and back again."""

import pytest
from playwright.sync_api import expect

from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VOICES = {
    "Dana": "My broadband is down again and nobody answers!",
    "Danielle": "Thank you for the quick repair, lovely people.",
    "Eve": "Is there a shop of yours in Graz?",
}


@pytest.fixture
def unsure(desk):
    """Three people speak; Heard is not sure what they feel."""
    from heard.understanding.models import Assessment

    for name, words in VOICES.items():
        desk.hear(name, words)
    wait_for(lambda: Assessment.objects.count() == 3)  # the house may be the one that walks them
    Assessment.objects.update(unsure=["sentiment"], confidence=0.5, sentiment="neutral")
    return desk


def test_three_voices_are_taught_by_keyboard_alone(unsure, alice):
    from heard.understanding.models import Correction

    page = unsure.open("/understanding/", member=alice)
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Teach me")).to_be_visible()
    for n, (key, value) in enumerate((("1", "negative"), ("r", "neutral"), ("3", "positive")), 1):
        expect(page.get_by_role("heading", name="Sentiment: neutral")).to_be_visible()
        settled(page)
        page.keyboard.press(key)
        expect(page.locator(".notice")).to_contain_text(f"Sentiment: {value}.")
        expect(page.get_by_text(f"{n} of them today, {n} by you")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to ask")).to_be_visible()
    assert sorted(Correction.objects.values_list("value", "member__name")) == [
        ("negative", "Alice"),
        ("neutral", "Alice"),
        ("positive", "Alice"),
    ]


def test_a_voice_is_skipped_and_a_word_is_said_anew(unsure, alice):
    page = unsure.open("/understanding/teach/", member=alice)
    article = page.locator("#teach article")
    first = article.locator(".words").inner_text()
    page.keyboard.press("s")
    expect(article.locator(".words")).not_to_have_text(first)
    second = article.locator(".words").inner_text()
    settled(page)
    page.keyboard.press("1")
    expect(article.locator(".words")).not_to_have_text(second)
    settled(page)
    page.keyboard.press("z")
    expect(article.locator(".words")).to_have_text(second)
    expect(article.get_by_text("says Alice")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen_and_the_keys_are_in_reach(unsure, alice, width):
    page = unsure.open("/understanding/teach/", member=alice, width=width)
    stage = page.locator("#main").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert stage[0] <= stage[1]
    for name in ("Right", "Skip", "mixed"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()


def settled(page) -> None:
    """What was swapped in answers to keys some milliseconds after it is seen; no person is quicker, a test is."""
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")
