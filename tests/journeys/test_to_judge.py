"""Judging pairs by keyboard, in a real browser: one key each, the next at once, and back again."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pairs(desk):
    """Dana and Danielle, then Dana and Eve, wait to be judged."""
    from heard.identity.models import ReviewPair
    from heard.kernel.clock import now
    from heard.listening.models import Identity

    for name in ("Dana", "Danielle", "Eve"):
        desk.hear(name, f"My broadband is down, please help! It is {name}.")
    ids = {i.name: i.pk for i in Identity.objects.filter(is_ours=False)}
    parts = [{"field": "phone", "left": "+44 20 7946 0018", "right": "+44 20 7946 0018", "level": "exact", "bits": 11.0}]
    for other, weight in (("Danielle", 3.0), ("Eve", 1.0)):
        ReviewPair.objects.create(
            left_id=ids["Dana"], right_id=ids[other], weight=weight, parts=parts, weights_version="t", found_at=now()
        )
    return desk


def test_one_key_for_each_word_and_one_to_take_it_back(pairs, alice):
    page = pairs.open("/customers/", member=alice)
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="One person or two?")).to_be_visible()
    expect(page.get_by_text("2 pairs to judge")).to_be_visible()
    expect(page.get_by_role("heading", name="Danielle")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("the same person, says Alice")).to_be_visible()
    expect(page.get_by_role("heading", name="Eve")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("the pair stands here again")).to_be_visible()
    expect(page.get_by_role("heading", name="Danielle")).to_be_visible()
    page.keyboard.press("l")
    expect(page.get_by_text("not now, says Alice")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_text("Dana and Eve: different people, says Alice")).to_be_visible()
    expect(page.get_by_role("heading", name="Nobody to judge")).to_be_visible()


def test_typing_a_reason_presses_no_key(pairs, alice):
    page = pairs.open("/customers/to-judge/", member=alice)
    page.get_by_placeholder("Why, if you like").fill("sold her dog, she said")
    expect(page.get_by_text("2 pairs to judge")).to_be_visible()
    page.get_by_role("button", name="Different").click()
    expect(page.get_by_text("different people, says Alice")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_screen_and_the_words_are_in_reach(pairs, alice, width):
    page = pairs.open("/customers/to-judge/", member=alice, width=width)
    stage = page.locator("#main").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert stage[0] <= stage[1]
    for name in ("Same", "Different", "Later"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()
