"""The page of a customer and the composer, in a real browser: nothing is asked again, everything stands on one timeline."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOLD = "My broadband is down! My order number is 4711-22 and I already restarted the router twice. Please help"


def violations(page) -> list[str]:
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in Axe().run(page).response["violations"]]


def customer_id() -> int:
    from heard.identity.models import Face

    return Face.objects.get(identity__name="Dana").customer_id


def many_events(desk, count: int) -> None:
    """Dana, who said so many things, one an hour."""
    from heard.listening.models import Identity, Interaction

    desk.hear("Dana", TOLD)
    dana, now = Identity.objects.get(name="Dana"), timezone.now()
    Interaction.objects.bulk_create(
        (
            Interaction(
                account_id=desk.account_id,
                external_id=f"many-{n}",
                identity=dana,
                direction="inbound",
                kind="call" if n % 9 == 0 else "post",
                visibility="public",
                occurred_at=now - timedelta(hours=n + 1),
                received_at=now,
                text=f"Event {n} " + "says something that is long enough for two lines on a phone. " * (1 + n % 4),
            )
            for n in range(count)
        ),
        batch_size=1000,
    )


def wait_for_stretches(page, count: int) -> None:
    page.wait_for_function("count => document.querySelectorAll('[data-stretch]').length >= count", arg=count)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_nobody_is_asked_for_what_they_gave(desk, alice, width, scheme):
    """T16, and T5 (b): the n-th time, on another channel, in whichever language the answer is written."""
    desk.hear("Dana", TOLD, minutes_ago=3 * 24 * 60)
    desk.hear("Dana", "Still no internet, please help!")
    page = desk.open("/", member=alice, width=width, scheme=scheme)
    page.get_by_role("link", name="Dana").first.click()
    words = page.locator("#reply-text")
    expect(words).to_be_enabled()
    words.fill("Sorry about that. Could you tell us your order number?")
    again = page.locator("[data-again-of]")
    expect(again).to_contain_text("You ask for the order number; Dana gave it")
    expect(again).to_contain_text("4711-22")
    assert violations(page) == []
    expect(page.get_by_role("button", name="Send in public")).to_be_enabled()  # it warns and never blocks
    page.get_by_role("button", name="Insert 4711-22").focus()
    page.keyboard.press("Enter")
    expect(words).to_have_value("Sorry about that. Could you tell us your order number? 4711-22")
    expect(again).to_be_hidden()
    words.fill("Haben Sie den Router schon neu gestartet?")
    expect(again).to_contain_text("what Dana tried")
    page.get_by_role("button", name="all the same").click()
    expect(again).to_be_hidden()
    words.fill("Haben Sie den Router schon neu gestartet? Wie lautet Ihre Bestellnummer?")
    expect(again).to_contain_text("You ask for the order number")
    expect(again.get_by_text("what Dana tried")).to_be_hidden()


def test_facts_stand_beside_the_conversation_and_are_one_click_from_the_words(desk, alice):
    desk.hear("Dana", TOLD)
    page = desk.open("/", member=alice)
    page.get_by_role("link", name="Dana").first.click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("Order number")
    panel.get_by_role("button", name="Insert order number 4711-22").click()
    expect(page.locator("#reply-text")).to_have_value("4711-22")
    desk.hear("Dana", "And it is the model WX-2000")
    expect(panel).to_contain_text("WX-2000")


def test_ten_thousand_events_are_read_down_and_up_again_with_few_in_the_page(desk, alice):
    many_events(desk, 10_000)
    page = desk.open(f"/customers/{customer_id()}/", member=alice)
    stage = page.locator("#main")
    expect(page.locator(".happened").first).to_be_visible()
    for stretches in range(1, 12):
        stage.evaluate("stage => stage.scrollTop = stage.scrollHeight")
        wait_for_stretches(page, stretches + 1)
    lowest = page.locator(".happened .words").last.text_content()
    assert int(lowest.split()[1]) > 8 * 40
    assert page.locator(".happened").count() < 500
    stage.evaluate("stage => stage.scrollTop = 0")
    expect(page.locator(".happened", has_text="My broadband is down!")).to_be_visible()
    assert page.locator(".happened").count() < 500


def test_a_day_is_gone_to_and_both_sides_of_it_are_there(desk, alice):
    many_events(desk, 3_000)
    day = (timezone.now() - timedelta(days=60)).date()
    page = desk.open(f"/customers/{customer_id()}/", member=alice)
    page.get_by_label("Go to a day").fill(day.isoformat())
    page.get_by_role("button", name="Show").click()
    heading = page.locator(f'[data-day="{day}"]').first
    expect(heading).to_be_in_viewport()
    wait_for_stretches(page, 2)  # what is newer comes above, and moves nothing
    expect(heading).to_be_in_viewport()
    page.locator("#main").evaluate("stage => stage.scrollTop -= 1500")
    expect(page.locator(f'[data-day="{day + timedelta(days=1)}"]').first).to_be_attached()


def test_the_timeline_is_walked_by_keyboard_and_narrowed(desk, alice):
    many_events(desk, 60)
    page = desk.open(f"/customers/{customer_id()}/", member=alice)
    expect(page.locator(".happened").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".happened").nth(1)).to_be_focused()
    page.get_by_label("Kind").select_option("call")
    expect(page.locator(".happened")).to_have_count(7)
    expect(page.locator("details.live-line")).to_have_count(7)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("details.live-line[open]")).to_have_count(1)


def test_customers_are_found_as_one_types(desk, alice):
    desk.hear("Dana", TOLD)
    desk.hear("Eve", "Please help me")
    page = desk.open("/customers/", member=alice)
    search = page.get_by_role("searchbox")
    search.press_sequentially("471")
    expect(page.locator("#customers li")).to_have_count(1)
    expect(page.locator("#customers")).to_contain_text("Dana")
    search.fill("ev")
    search.press_sequentially("e")
    expect(page.locator("#customers")).to_contain_text("Eve")
    expect(page.locator("#customers li")).to_have_count(1)
    search.fill("zanzibar")
    expect(page.locator("#customers")).to_contain_text("Nobody found")
    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_is_accessible_full_and_empty(desk, alice, width, scheme):
    many_events(desk, 80)
    address = f"/customers/{customer_id()}/"
    for path in (address, f"{address}?kind=note", f"{address}?on=2020-01-01"):
        page = desk.open(path, member=alice, width=width, scheme=scheme)
        expect(page.locator("#timeline")).to_be_visible()
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
