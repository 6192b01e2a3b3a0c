"""The composer in a real browser: what is held, what goes out, what is attached, where else it can go; by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from heard.engagement.models import Reply
from heard.governance.models import AuditLine
from heard.listening.models import LinkedSource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CARD = "My card 4111 1111 1111 1111 was charged twice, please help!"


def violations(page) -> list[str]:
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]


def at_dana(desk, alice, **look):
    page = desk.open("/", member=alice, **look)
    page.get_by_role("link", name="Dana").click()
    expect(page.locator("#reply-text")).to_be_enabled()
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_card_number_is_answered_in_private_with_the_keyboard_alone(desk, alice, width, scheme):
    """T23."""
    desk.hear("Dana", CARD)
    page = at_dana(desk, alice, width=width, scheme=scheme)
    page.locator("#reply-text").focus()
    page.keyboard.type("We return one of the two charges.")
    page.keyboard.press("Control+Enter")
    private = page.get_by_role("button", name="Answer in private").last
    expect(private).to_be_focused()
    expect(page.locator("[data-held]")).to_contain_text("What they wrote holds a card number")
    assert violations(page) == []
    assert not Reply.objects.exists()
    page.keyboard.press("Enter")
    expect(page.locator("#reply-text")).to_be_focused()
    expect(page.locator("[data-way]")).to_contain_text("Private")
    expect(page.locator("[data-held]")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator("article.ours", has_text="one of the two charges")).to_contain_text("Sent")
    assert Reply.objects.get().visibility == "private"


def test_what_goes_out_in_public_all_the_same_goes_knowingly(desk, alice):
    desk.hear("Dana", CARD)
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill("We return one of the two charges.")
    page.get_by_role("button", name="Send in public anyway").click()
    expect(page.locator("article.ours", has_text="one of the two charges")).to_contain_text("public")
    assert AuditLine.objects.get(verb="reply.public_anyway").detail["kinds"] == ["their-card"]


def test_the_parts_are_shown_as_the_network_gets_them(desk, alice):
    desk.hear("Dana", "My broadband is down, please help!")
    page = at_dana(desk, alice)
    page.locator("#reply-text").fill("A technician comes. " * 40)
    box = page.locator("#reply-text").bounding_box()
    menu = page.locator("[data-preview-menu]")
    expect(menu).to_contain_text("Goes out in 2 parts")
    assert page.locator("#reply-text").bounding_box() == box  # nothing jumps
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.locator(".part")).to_have_count(2)
    expect(menu.locator(".part").first).to_contain_text("Part 1 of 2")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(menu.locator(".part").first).to_be_hidden()


def test_the_review_that_somebody_points_to_is_read_beside_their_words(desk, alice):
    """T4, without the network: tests/…/test_sources.py fetches from one."""
    desk.hear("Dana", "I like parts of your product, but there are issues, see https://blog.example/router - can you help?")
    text = "The range is wonderful. " * 60 + "The app forgets every setting."
    LinkedSource.objects.update(state="fetched", title="Four weeks with the router", site="Dana's blog", text=text)
    page = at_dana(desk, alice)
    page.get_by_text("Four weeks with the router").click()
    expect(page.locator(".source-text")).to_contain_text("The app forgets every setting.")
    assert violations(page) == []


def test_files_wait_beside_the_draft_and_survive_a_reload(desk, alice, tmp_path):
    desk.hear("Dana", "My broadband is down, please help!")
    photo, program = tmp_path / "photo.png", tmp_path / "setup.exe"
    photo.write_bytes(b"\x89PNG not really")
    program.write_bytes(b"MZ")
    page = at_dana(desk, alice)
    page.locator("[data-attach-of]").set_input_files([photo, program])
    expect(page.locator("[data-files]")).to_contain_text("photo.png")
    expect(page.locator("[data-files]")).to_contain_text("setup.exe is a program")
    page.get_by_label("What photo.png shows").fill("The router, its light red")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.reload()
    expect(page.get_by_label("What photo.png shows")).to_have_value("The router, its light red")
    assert violations(page) == []
    page.get_by_role("button", name="Remove photo.png").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-file]")).to_have_count(1)
    page.locator("#reply-text").fill("This is how it looks.")
    page.get_by_role("button", name="Send in public").click()
    expect(page.locator("article.ours", has_text="This is how it looks.")).to_contain_text("photo.png")
    expect(page.locator("[data-file]")).to_have_count(0)
