"""Topics in a real browser: named with five lines, filled by what is said next, corrected by two keys, merged and taken apart."""

import os

import pytest
from playwright.sync_api import expect

from heard.understanding.tests.topics_said import LATE, REFUND

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _named(page, name: str, texts: list[str]) -> None:
    page.get_by_role("link", name="New topic").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("What customers say").fill("\n".join(texts))
    page.get_by_role("button", name="Make the topic").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_a_topic_is_named_filled_corrected_merged_and_taken_apart(desk, sam):
    page = desk.open("/topics/", member=sam)
    expect(page.get_by_text("No topics yet")).to_be_visible()
    _named(page, "Late parcels", LATE)
    page.get_by_role("link", name="Topics").last.click()
    _named(page, "Refunds", REFUND)
    desk.hear("Dana", "I am still waiting for my parcel, the delivery is late")
    desk.hear("Eve", "My parcel is late and I want a refund")
    page.goto(desk.address + "/topics/")
    page.get_by_role("link", name="Late parcels").click()
    expect(page.get_by_text("the delivery is late")).to_be_visible()
    page.get_by_role("checkbox", name="of Dana").check()
    page.get_by_label("The chosen ones belong").select_option(label="to “Refunds”")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Say so").click()
    expect(page.locator("#voices ~ form", has_text="the delivery is late")).to_have_count(0)
    page.get_by_label("Merge into").select_option(label="Refunds")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name="Refunds")).to_be_visible()
    expect(page.get_by_text("“Late parcels” was merged into this topic.")).to_be_visible()
    expect(page.get_by_text("the delivery is late").first).to_be_visible()
    page.get_by_role("button", name="Take apart").click()
    expect(page.get_by_role("heading", name="Late parcels")).to_be_visible()


def test_what_is_missing_is_said_beside_what_was_written(desk, sam):
    page = desk.open("/topics/new/", member=sam)
    page.get_by_label("Name").fill("Late parcels")
    page.get_by_label("What customers say").fill("My parcel has not arrived")
    page.get_by_role("button", name="Make the topic").click()
    expect(page.get_by_role("alert")).to_have_text("A topic begins with 5 examples that differ.")
    expect(page.get_by_label("What customers say")).to_have_value("My parcel has not arrived")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_topics_passes_axe_and_fits(desk, sam, seen_by, scheme, width):
    from django.utils import timezone

    from heard.understanding import actions_on_topics as actions
    from heard.understanding.topics import proposals
    from tests.journeys.test_pages_accessible import _violations

    late = actions.make_topic(seen_by(sam), "Late parcels", texts=LATE)
    other = actions.make_topic(seen_by(sam), "Refunds", texts=REFUND)
    actions.merge_topics(seen_by(sam), other, late)
    actions.make_topic(seen_by(sam), "Vouchers", texts=[f"My voucher number {n} is not accepted" for n in range(5)])
    for n, text in enumerate(LATE):
        desk.hear(f"Dana{n}", text)
    for n in range(6):
        desk.hear(f"Eve{n}", f"The app logs me out every {n + 2} minutes since the update, I log in again and again")
    proposals.look(timezone.now())
    page = desk.open("/topics/", member=sam, scheme=scheme, width=width)
    found = []
    for path in ("/topics/", "/topics/new/", f"/topics/{late}/", f"/topics/{late}/split/", "/topics/proposals/"):
        found += [f"{path} {line}" for line in _violations(page, desk.address + path)]
        stage = page.locator("#main").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert stage[0] <= stage[1], path
        if os.environ.get("HEARD_PICTURES"):
            page.screenshot(path=f"{os.environ['HEARD_PICTURES']}/{scheme}-{width}{path.replace('/', '-')}.png", full_page=True)
    assert "\n".join(found) == ""
