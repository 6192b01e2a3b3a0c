"""The pages beside the inbox in a real browser: the first run, an invitation, two faces joined, a channel tested; by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(chromium):
    """A function that gives a fresh browser page: somebody whom the house has never seen."""
    contexts = []

    def come(width: int = 1440, scheme: str = "light"):
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        return contexts[-1].new_page()

    yield come
    for context in contexts:
        context.close()


def violations(page) -> list[str]:
    return [f"{page.url} {v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]


def test_the_first_run_by_keyboard_alone_opens_the_house(house, visitor):
    page = visitor(390)
    page.goto(house + "/channels/")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Company").focus()
    page.keyboard.type("Acme")
    page.keyboard.press("Tab")
    for typed in ("Ada", "ada@acme.example", "correct horse battery"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Channels", exact=True)).to_be_visible()


def test_a_colleague_joins_by_the_link_that_an_administrator_made(desk, ada, visitor):
    page = desk.open("/settings/members/", member=ada)
    page.get_by_label("E-mail address").fill("bob@acme.example")
    page.keyboard.press("Enter")
    link = page.get_by_label("Link", exact=True).input_value()
    bob = visitor(390, "dark")
    bob.goto(link)
    assert violations(bob) == []
    bob.get_by_label("Your name").fill("Bob")
    bob.get_by_label("Password").fill("a long enough password")
    bob.keyboard.press("Enter")
    expect(bob.get_by_role("link", name="Unattended").first).to_be_visible()
    late = visitor()
    late.goto(link)
    expect(late.get_by_role("heading", name="no longer good")).to_be_visible()


def test_two_customers_are_joined_and_parted_again(desk, alice):
    desk.hear("Dana", "My broadband is down, please help!")
    desk.hear("Danielle", "It is me again, still down, please help!")
    page = desk.open("/customers/?q=danielle", member=alice)
    page.get_by_role("link", name="Danielle").click()
    page.get_by_role("link", name="Same person as").click()
    page.get_by_role("searchbox", name="Name, address or handle").fill("@dana")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="See what would change").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="See what would change").first.click()
    expect(page.get_by_text("2 conversations on one page")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Why").first.fill("Said so on the phone")
    page.get_by_role("button", name="Same person").first.click()
    expect(page.get_by_text("Said so on the phone")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()


def test_the_test_button_answers_in_place(desk, ada):
    page = desk.open(f"/channels/{desk.account_id}/", member=ada)
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#health")).to_contain_text("It works.")


def test_search_answers_while_one_types(desk, alice):
    desk.hear("Dana", "The purple elephant router is down.")
    page = desk.open("/search/", member=alice)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("purple eleph")
    expect(page.get_by_text("The purple elephant router is down.")).to_be_visible()
    expect(page).to_have_url(desk.address + "/search/?q=purple%20eleph")


def test_a_blind_channel_hangs_on_the_wall_of_every_page(desk, alice, company):
    from heard.listening.models import ChannelAccount

    ChannelAccount.objects.create(kind="email", name="Support mailbox", state="paused", last_error="Sign in again.")
    page = desk.open("/customers/", member=alice)
    expect(page.get_by_text("We hear nobody on Support mailbox")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_pages_of_administrators_pass_axe_and_are_not_wider_than_the_screen(desk, ada, sales, width, scheme):
    from heard.listening.models import ChannelAccount, Delivery, Payload
    from heard.routing.models import Queue

    mail = ChannelAccount.objects.create(kind="email", name="Old mailbox", state="failing", failures=9, last_error="x" * 300)
    poison = Delivery.objects.create(
        account=mail, delivery_key="1", received_at=mail.created_at, state="quarantined", reason="Poison: " + "z" * 200
    )
    Payload.objects.create(delivery=poison, body=b"y" * 3000)
    desk.hear("Dana", "Please help!")
    page = desk.open("/", member=ada, width=width, scheme=scheme)
    found = []
    for path in (
        "/channels/",
        f"/channels/{mail.pk}/",
        f"/channels/{mail.pk}/edit/",
        "/channels/connect/mastodon/",
        "/quarantine/",
        "/unattended/",
        "/monitors/",
        "/settings/members/",
        f"/settings/members/{ada.pk}/",
        f"/settings/queues/{Queue.objects.first().pk}/",
        "/settings/audit/",
        "/settings/about/",
        "/accounts/password/change/",
    ):
        page.goto(desk.address + path)
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []
