"""The menus under a message, in a real browser: fetched when they are opened, by keyboard, and without JavaScript."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HELP = "My broadband is down since yesterday, please help!"


@pytest.fixture
def conversation(desk):
    """Opened by its own address; the page."""
    desk.hear("Dana", HELP)
    page = desk.open("/")
    page.goto(desk.address + page.get_by_role("link", name="Dana").get_attribute("href").split("?")[0])
    return page


def test_why_opens_by_keyboard_and_says_at_once_what_a_colleague_corrected(conversation):
    why = conversation.locator("summary", has_text="Why").first
    why.focus()
    conversation.keyboard.press("Enter")
    menu = conversation.locator("[id^=why-]")
    expect(menu.get_by_text("Not so? Say what is true")).to_be_visible()
    menu.get_by_role("button", name="sales").focus()
    conversation.keyboard.press("Enter")
    expect(menu.get_by_text("kinds corrected by Ada")).to_be_visible()
    expect(menu.get_by_role("button", name="sales")).to_have_attribute("aria-pressed", "true")
    expect(conversation.locator(".message-foot")).to_contain_text("sales")
    conversation.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(why).to_be_focused()


def test_a_message_is_settled_with_the_arrow_keys(conversation):
    conversation.locator("summary", has_text="Settle").focus()
    conversation.keyboard.press("Enter")
    expect(conversation.get_by_role("button", name="No answer due").first).to_be_visible()
    for _ in range(2):
        conversation.keyboard.press("ArrowDown")
    conversation.keyboard.press("Enter")
    expect(conversation.locator(".message-foot")).to_contain_text("No answer due by Ada")


def test_opening_a_menu_moves_nothing_in_the_story(conversation):
    where = "[...document.querySelectorAll('.message, #composer')].map((e) => e.getBoundingClientRect().top).join()"
    before = conversation.evaluate(where)
    conversation.locator("summary", has_text="Why").first.focus()
    conversation.keyboard.press("Enter")
    expect(conversation.get_by_text("Not so? Say what is true").first).to_be_visible()
    assert conversation.evaluate(where) == before


def test_the_list_beside_a_conversation_comes_with_the_open_row_marked(conversation):
    expect(conversation.locator("#rows .row-h[aria-current=true]")).to_contain_text("Dana")


def test_on_a_phone_the_list_is_not_asked_for_and_escape_goes_one_step_back(desk, conversation):
    asked = []
    page = conversation.context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.on("request", lambda request: asked.append(request.url.removeprefix(desk.address)))
    page.goto(conversation.url)
    page.locator("summary", has_text="Why").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not so? Say what is true").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[id^=why-]")).to_be_hidden()
    assert page.url == conversation.url
    assert not [address for address in asked if address.startswith("/?")]


def test_without_javascript_the_menu_holds_the_way_to_its_own_page(desk, conversation, chromium):
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies(conversation.context.cookies())
    page = context.new_page()
    page.goto(conversation.url)
    page.locator("summary", has_text="Why").first.click()
    page.get_by_role("link", name="Why, on a page of its own").click()
    page.get_by_role("button", name="sales").click()
    expect(page).to_have_url(conversation.url)
    expect(page.locator(".message-foot")).to_contain_text("sales")
    page.get_by_role("link", name="Inbox").first.click()
    expect(page.get_by_role("link", name="Dana")).to_be_visible()
    context.close()
