"""The pages of a channel in a real browser: connecting it with its steps beside the form, pausing, leaving, coming back."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOTH_ENDS = [(1440, "light"), (390, "dark")]


def violations(page) -> list[str]:
    return [f"{page.url} {v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]


def looks_right(page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.fixture
def troubled(ada, company):
    """Twelve channels in every condition there is; the first waits for an administrator."""
    from heard.governance.permissions import HEARD
    from heard.kernel.clock import now
    from heard.listening import actions, health_log
    from heard.listening.channels.contract import AuthExpired
    from heard.listening.models import ChannelAccount

    kinds = ["mastodon", "feed", "email", "api", "form", "log", "bluesky", "facebook", "whatsapp", "instagram", "matrix", "file"]
    ids = [ChannelAccount.objects.create(kind=kind, name=f"Acme, {kind}", address=f"@acme-{kind}").pk for kind in kinds]
    for condition, days in (("hearing", 9), ("failing", 8), ("hearing", 7), ("silent", 3), ("hearing", 2)):
        health_log.note(ids[0], condition, "Somebody tripped over a wire. " * 5, at=now() - timedelta(days=days))
    ChannelAccount.objects.filter(pk=ids[0]).update(scopes={"read:statuses": True, "write:statuses": False})
    actions.failed(ids[0], AuthExpired("The server does not accept the access token. Make a new one and enter it here."))
    ChannelAccount.objects.filter(pk__in=ids[1:4]).update(state="ok", last_success_at=now())
    actions.switch(HEARD, ids[4], on=False)
    actions.disconnect(HEARD, ids[6])
    return dict(zip(kinds, ids, strict=True))


@pytest.mark.parametrize(("width", "scheme"), BOTH_ENDS)
def test_pages_of_twelve_channels_are_legible_everywhere(desk, troubled, width, scheme):
    page = desk.open("/channels/", width=width, scheme=scheme)
    looks_right(page)
    for path in (
        f"{troubled['mastodon']}/",
        f"{troubled['mastodon']}/edit/",
        f"{troubled['mastodon']}/disconnect/",
        f"{troubled['bluesky']}/",
        f"{troubled['whatsapp']}/",
        "connect/mastodon/",
        "connect/whatsapp/",
        "connect/log/",
    ):
        page.goto(f"{desk.address}/channels/{path}")
        looks_right(page)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_house_without_channels_shows_what_can_be_connected(desk, width, scheme):
    from heard.listening.models import ChannelAccount

    ChannelAccount.objects.all().delete()
    page = desk.open("/channels/", width=width, scheme=scheme)
    expect(page.get_by_role("heading", name="Social networks and chat")).to_be_visible()
    expect(page.get_by_text("Reads a mailbox by IMAP and answers by SMTP.")).to_be_visible()
    looks_right(page)


def test_feed_is_connected_by_keyboard_with_its_steps_in_sight(desk):
    page = desk.open("/channels/")
    page.get_by_role("link", name="Blog or news feed").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Find the address of the feed")).to_be_in_viewport()
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Acme blog")
    page.get_by_label("Address of the feed").focus()
    page.keyboard.type("https://blog.acme.example/feed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme blog")).to_be_visible()
    expect(page.get_by_role("table", name="Changes of its health, newest first")).to_contain_text("A colleague connected it.")


def test_address_for_the_network_is_shown_after_saving_and_can_be_copied(desk, troubled):
    page = desk.open("/channels/connect/whatsapp/")
    expect(page.get_by_text("is shown here as soon as this is saved")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{desk.address}/channels/{troubled['whatsapp']}/")
    page.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/hooks/{troubled['whatsapp']}/")


def test_lost_sign_in_is_one_click_away_from_every_page(desk, troubled):
    page = desk.open("/customers/")
    page.get_by_role("link", name="Acme, mastodon").click()
    expect(page.get_by_text("We hear nobody here until somebody acts.")).to_be_visible()
    expect(page.get_by_text("This does not work until the network allows it.")).to_be_visible()
    page.get_by_role("link", name="Put it right").click()
    expect(page.get_by_role("heading", name="Step by step")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Sign in again with Mastodon")).to_be_in_viewport()
    page.get_by_text("Or paste what the network gave you").click()
    expect(page.get_by_label("Access token")).to_be_visible()


def test_colleague_without_the_right_is_told_who_can(desk, alice, troubled):
    page = desk.open(f"/channels/{troubled['mastodon']}/", member=alice)
    expect(page.get_by_text("An administrator can put it right.")).to_be_visible()
    expect(page.get_by_role("link", name="Disconnect")).to_have_count(0)


def test_channel_is_paused_resumed_left_and_connected_again(desk):
    page = desk.open(f"/channels/{desk.account_id}/")
    page.get_by_role("button", name="Pause").press("Enter")
    page.get_by_role("button", name="Resume").press("Enter")
    page.get_by_role("link", name="Disconnect this channel").press("Enter")
    expect(page.get_by_role("heading", name="What stays")).to_be_visible()
    page.get_by_role("button", name="Disconnect").press("Enter")
    expect(page.get_by_text("Nothing is left to do at the network.")).to_be_visible()
    expect(page.get_by_role("button", name="Test")).to_have_count(0)
    page.get_by_role("link", name="Connect again").press("Enter")
    page.get_by_role("button", name="Connect again").press("Enter")
    expect(page.get_by_text("is tried again. Test it now.")).to_be_visible()
    page.get_by_role("button", name="Test").press("Enter")
    expect(page.locator("#health")).to_contain_text("It works.")
    history = page.get_by_role("table", name="Changes of its health, newest first").get_by_role("row")
    expect(history.nth(1)).to_contain_text("hearing")  # comes by itself
