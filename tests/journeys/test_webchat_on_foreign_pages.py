"""The chat as a guest on pages that we did not write: their policies, their styles, who may have it, and how it is used there."""

import json
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.shop import answers, message, opened, says, shop, site, stands_on_the_desk  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE_STYLE = (
    "* { color: red !important; font-size: 40px !important; display: inline !important } button { visibility: hidden }"
)
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
MOST_BYTES = 15_000


def test_it_works_under_a_strict_policy_without_one_complaint_of_the_browser(site):
    site.shop.policy = (
        f"default-src 'none'; script-src {site.address}; connect-src {site.address}; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )
    visitor = opened(site.visit())
    says(visitor, "Does this work?")
    expect(message(visitor, "Does this work?")).to_be_visible()
    assert [line for line in site.shop.console if "Security Policy" in line] == []
    head = visitor.locator("heard-chat header").evaluate("e => getComputedStyle(e).backgroundColor")
    assert head == "rgb(11, 107, 82)"


def test_the_style_of_the_page_does_not_reach_the_chat(site):
    site.shop.head = f"<style>{HOSTILE_STYLE}</style>"
    visitor = site.visit()
    button = visitor.get_by_role("button", name="Open chat")
    expect(button).to_be_visible()
    button.click()
    style = visitor.locator("heard-chat .said").first.evaluate("e => [getComputedStyle(e).fontSize, getComputedStyle(e).color]")
    assert style == ["16px", "rgb(29, 26, 22)"]


def test_a_page_of_a_site_that_is_not_allowed_has_no_chat(site):
    """Threat 37: compared whole, never by how it ends."""
    site.configure(origins=[site.shop.origin.replace("127.0.0.1", "localhost"), "https://example.com"])
    chat = f"{site.address}/chat/{site.account_id}/settings"
    refused = [site.shop.origin, "https://attacker-example.com", "https://www.example.com", "http://example.com"]
    refused += ["https://example.com:8443", "https://example.com.evil.example", "null", "https://example.com/", "", "EXAMPLE.com"]
    answers_ = {origin: httpx.get(chat, headers={"origin": origin} if origin else {}) for origin in refused}
    assert {origin: answer.status_code for origin, answer in answers_.items()} == dict.fromkeys(refused, 403)
    assert [origin for origin, answer in answers_.items() if "access-control-allow-origin" in answer.headers] == []
    assert (
        httpx.get(chat, headers={"origin": "https://example.com"}).headers["access-control-allow-origin"] == "https://example.com"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(desk, site, scheme, width):
    visitor = site.visit(width=width, height=844 if width == 390 else 900, scheme=scheme)
    expect(visitor.get_by_role("button", name="Open chat")).to_be_visible()
    assert violations(visitor) == []
    opened(visitor)
    says(visitor, "My router is down, please help! https://www.acme.example/routers")
    answers(stands_on_the_desk(desk, "My router is down"), "Please restart it once.")
    expect(message(visitor, "Please restart it once.")).to_be_visible()
    assert violations(visitor) == []
    wide = visitor.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_form(site, scheme):
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    actions.connect(HEARD, kind="simulated_mail", name="Support mail", address="help@acme.example", config={})
    site.configure(opening_hours=["Mon 00:00-00:01"], time_zone="Pacific/Kiritimati")
    visitor = opened(site.visit(scheme=scheme))
    expect(visitor.get_by_label("Your e-mail address")).to_be_visible()
    assert violations(visitor) == []


def violations(page: Page) -> list[str]:
    page.wait_for_timeout(50)
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in Axe().run(page, options=WCAG_AA).response["violations"]
        for node in violation["nodes"]
    ]


def test_it_is_used_by_the_keyboard_alone(site):
    visitor = site.visit()
    expect(visitor.get_by_role("button", name="Open chat")).to_be_visible()
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_label("Your message")).to_be_focused()
    visitor.keyboard.type("First line")
    visitor.keyboard.press("Shift+Enter")
    visitor.keyboard.type("second line")
    visitor.keyboard.press("Enter")
    expect(message(visitor, "First line\nsecond line")).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("button", name="Open chat")).to_be_focused()


def test_it_speaks_the_language_of_the_page_and_says_what_the_administrator_wrote(site):
    site.shop.language = "de-AT"
    site.configure(texts=["de.greeting = Grüß Gott <b>und</b> willkommen"])
    visitor = opened(site.visit())
    expect(message(visitor, "Grüß Gott <b>und</b> willkommen")).to_be_visible()
    expect(visitor.get_by_label("Ihre Nachricht")).to_be_focused()


def test_the_program_is_small_and_lasts_and_its_loader_is_asked_for_anew(site):
    loader = httpx.get(f"{site.address}/chat/{site.account_id}/widget.js")
    assert loader.headers["cache-control"] == "public, max-age=300"
    source, chat = (json.loads(text) for text in re.findall(r's\.(?:src|dataset\.heard)=("[^"]+")', loader.text))
    assert chat == f"{site.address}/chat/{site.account_id}/"
    program = httpx.get(source)
    assert program.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert program.headers["content-type"].startswith("text/javascript")
    assert len(program.content) < MOST_BYTES
    assert httpx.get(re.sub(r"[0-9a-f]{16}", "0" * 16, source)).headers["cache-control"] == "no-cache"
