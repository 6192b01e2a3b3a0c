"""The chat in the corner of a shop's own pages, from both sides: a visitor in a real browser on a foreign origin, and the desk."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from heard.listening.channels.webchat.proof import proof_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECRET = "a secret of the shop's server, of forty letters"
HOSTILE_STYLE = (
    "* { color: red !important; font-size: 40px !important; display: inline !important } button { visibility: hidden }"
)
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
MOST_BYTES = 15_000


@dataclass
class Shop:
    """A web site that we did not write: pages of a few lines on an origin of their own, with a policy or without."""

    origin: str = ""
    tag: str = ""
    policy: str = ""
    head: str = ""
    language: str = "en"
    console: list[str] = field(default_factory=list)

    @property
    def page(self) -> str:
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{self.head}</head>'
            f"<body><main><h1>Acme shop</h1><p>Buy a router.</p></main>{self.tag}</body></html>"
        )


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shop.page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if shop.policy:
                self.send_header("Content-Security-Policy", shop.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shop.origin = f"http://127.0.0.1:{server.server_port}"
    yield shop
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Site:
    """The shop with a chat on it. `visit` is somebody's browser; `chat` sets the account anew."""

    shop: Shop
    address: str  # of Heard
    account_id: int
    visit: Callable
    configure: Callable


@pytest.fixture
def site(desk, shop, chromium) -> Iterator[Site]:
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    config = {"origins": [shop.origin], "title": "Ask Acme", "colour": "#0b6b52"}
    given = {"kind": "webchat", "name": "Shop chat", "secrets": {"identify_secret": SECRET}}
    account_id = actions.connect(HEARD, config=config, **given)
    shop.tag = f'<script async src="{desk.address}/chat/{account_id}/widget.js"></script>'
    contexts = []

    def visit(*, width: int = 1440, height: int = 900, scheme: str = "light", context=None) -> Page:
        if context is None:
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: shop.console.append(message.text))
        page.goto(shop.origin)
        return page

    def configure(**changes: object) -> None:
        config.update(changes)
        actions.change(HEARD, account_id, name="Shop chat", config={k: v for k, v in config.items() if v not in (None, [])})

    yield Site(shop, desk.address, account_id, visit, configure)
    for context in contexts:
        context.close()


def opened(page: Page) -> Page:
    page.get_by_role("button", name=re.compile("Open chat|Chat öffnen")).click()
    return page


def says(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def signs_in(page: Page, id_: str, *, name: str = "") -> None:
    """The shop vouches for who is signed in, and the chat has believed it."""
    who = {"id": id_, "name": name, "hash": proof_of(id_, secret=SECRET)}
    page.evaluate("who => (window.heardChat = window.heardChat || []).push(['identify', who])", who)
    page.wait_for_function("id => Object.values(localStorage).some((kept) => JSON.parse(kept).who === id)", arg=id_)


def message(page: Page, text: str):
    return page.get_by_role("log").get_by_text(text, exact=True)


def answers(desk_page: Page, text: str) -> None:
    desk_page.locator("#reply-text").fill(text)
    desk_page.keyboard.press("Control+Enter")
    expect(desk_page.locator("article.ours", has_text=text)).to_contain_text("Sent")


def stands_on_the_desk(desk, text: str) -> Page:
    """The conversation with these words, opened by a colleague."""
    page = desk.open("/?view=everything")
    page.locator("#rows").get_by_text(text).first.click()
    expect(page.locator(".words", has_text=text).first).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-live-state", "live")
    return page


def test_a_visitor_and_the_desk_talk_to_each_other_live_and_after_a_reload(desk, site):
    visitor = opened(site.visit())
    expect(visitor.get_by_role("dialog", name="Ask Acme")).to_contain_text("Hello. How can we help?")
    says(visitor, "My router is down since yesterday, please help!")
    agent = stands_on_the_desk(desk, "My router is down since yesterday")
    answers(agent, "Please restart it once.")
    expect(message(visitor, "Please restart it once.")).to_be_visible()
    says(visitor, "That did not help, it still blinks red. What now?")
    expect(agent.locator(".words", has_text="still blinks red")).to_be_visible()

    visitor.reload()
    opened(visitor)
    said = visitor.get_by_role("log").locator(".said")
    expect(said).to_have_text(
        [
            "Hello. How can we help?",
            "My router is down since yesterday, please help!",
            "Please restart it once.",
            "That did not help, it still blinks red. What now?",
        ]
    )
    answers(agent, "A technician comes at two.")
    expect(message(visitor, "A technician comes at two.")).to_be_visible()


def test_what_is_said_while_the_visitor_was_cut_off_is_there_once_when_they_are_back(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    agent = stands_on_the_desk(desk, "My router is down, please help!")
    answers(agent, "First answer.")
    expect(message(visitor, "First answer.")).to_be_visible()
    visitor.context.set_offline(True)
    expect(visitor.get_by_text("No connection. We keep trying; nothing is lost.")).to_be_visible()
    says(visitor, "Are you still there?")
    expect(visitor.get_by_text("Not sent yet")).to_be_visible()
    answers(agent, "Second answer.")
    visitor.context.set_offline(False)
    expect(message(visitor, "Second answer.")).to_have_count(1)
    expect(message(visitor, "First answer.")).to_have_count(1)
    expect(agent.locator(".words", has_text="Are you still there?")).to_be_visible()
    expect(visitor.get_by_text("Not sent yet")).to_have_count(0)
    expect(message(visitor, "Are you still there?")).to_have_count(1)


def test_a_stranger_on_the_same_site_sees_nothing_of_it(desk, site):
    """Threat 35."""
    dana, eve = opened(site.visit()), opened(site.visit())
    says(dana, "My customer number is 4711, is my contract still running?")
    says(eve, "What does a router cost?")
    answers(stands_on_the_desk(desk, "My customer number is 4711"), "It runs until May.")
    answers(stands_on_the_desk(desk, "What does a router cost?"), "From 49 euros.")
    expect(message(eve, "From 49 euros.")).to_be_visible()
    expect(message(dana, "It runs until May.")).to_be_visible()
    eve.reload()
    opened(eve)
    expect(message(eve, "From 49 euros.")).to_be_visible()
    assert "May" not in eve.get_by_role("log").inner_text()
    assert "4711" not in eve.get_by_role("log").inner_text()
    assert "euros" not in dana.get_by_role("log").inner_text()


def test_whoever_the_shop_vouches_for_is_one_customer_before_and_after_and_on_every_device(desk, site):
    from heard.identity.models import Face, IdentityLink

    first = opened(site.visit())
    says(first, "Where is my parcel? It should have come on Friday.")
    agent = stands_on_the_desk(desk, "Where is my parcel?")
    signs_in(first, "42", name="Dana Doe")
    says(first, "It is order A-77, can you look?")
    expect(agent.locator(".words", has_text="It is order A-77")).to_be_visible()
    expect(agent.get_by_text("Signed in to the site as Dana Doe.").first).to_be_visible()
    assert Face.objects.filter(certain_key=f"webchat:{site.account_id} user 42").values("customer_id").distinct().count() == 1
    assert IdentityLink.objects.get().why.endswith("user 42, verified.")
    answers(agent, "It comes today.")
    expect(message(first, "It comes today.")).to_be_visible()
    expect(message(first, "Where is my parcel? It should have come on Friday.")).to_be_visible()

    second = site.visit()
    signs_in(second, "42", name="Dana Doe")
    opened(second)
    expect(message(second, "It is order A-77, can you look?")).to_be_visible()
    expect(message(second, "It comes today.")).to_be_visible()
    second.evaluate("() => heardChat.push(['reset'])")
    expect(message(second, "It comes today.")).to_have_count(0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "`hash` is missing"),
        ({"hash": ""}, "`hash` is missing"),
        ({"hash": "0" * 64}, "`hash` does not belong to this `id`"),
        ({"hash": proof_of("43", secret=SECRET)}, "`hash` does not belong to this `id`"),
        ({"hash": proof_of("42", secret="")}, "`hash` does not belong to this `id`"),
    ],
    ids=["missing", "empty", "wrong", "of another id", "of an empty secret"],
)
def test_identify_without_a_proof_is_refused_aloud_and_shows_nothing_more(desk, site, given, said):
    """Threat 34."""
    dana = site.visit()
    signs_in(dana, "42")
    says(opened(dana), "My secret is a surprise party on Friday, do you deliver?")
    stands_on_the_desk(desk, "surprise party")
    eve = opened(site.visit())
    says(eve, "Hello, can you help me?")
    stands_on_the_desk(desk, "Hello, can you help me?")
    with eve.expect_console_message(lambda m: m.type == "error" and m.text.startswith("Heard chat: identify")) as complaint:
        eve.evaluate("who => heardChat.push(['identify', who])", {"id": "42", "email": "dana@example.org", **given})
    assert said in complaint.value.text
    says(eve, "Still me.")
    expect(message(eve, "Still me.")).to_be_visible()
    expect(message(eve, "Hello, can you help me?")).to_be_visible()
    eve.reload()
    opened(eve)
    expect(message(eve, "Still me.")).to_be_visible()
    assert "party" not in eve.get_by_role("log").inner_text()


def test_another_customer_at_the_same_computer_does_not_see_the_first_ones_words(desk, site):
    page = site.visit()
    signs_in(page, "42")
    says(opened(page), "I am Dana and my parcel is late, please help.")
    stands_on_the_desk(desk, "I am Dana and my parcel is late")
    signs_in(page, "43")
    expect(message(page, "I am Dana and my parcel is late, please help.")).to_have_count(0)
    says(page, "I am Eve.")
    stands_on_the_desk(desk, "I am Eve.")
    assert "Dana" not in page.get_by_role("log").inner_text()


def test_a_file_goes_up_and_comes_down_again_and_a_program_does_not(desk, site, tmp_path):
    visitor = opened(site.visit())
    label, program = tmp_path / "label.txt", tmp_path / "setup.exe"
    label.write_text("A-77")
    program.write_bytes(b"MZ")
    visitor.locator("heard-chat input[type=file]").set_input_files(label)
    says(visitor, "This is on my parcel, is it right?")
    agent = stands_on_the_desk(desk, "This is on my parcel, is it right?")
    expect(agent.get_by_role("link", name="label.txt")).to_be_visible()
    visitor.locator("heard-chat input[type=file]").set_input_files(program)
    expect(visitor.get_by_text("We cannot take files of this kind.")).to_be_visible()
    visitor.reload()
    opened(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("button", name="label.txt").click()
    assert Path(download.value.path()).read_text() == "A-77"


def test_a_first_file_and_first_words_at_once_are_of_one_visitor(desk, site):
    visitor = opened(site.visit())
    visitor.locator("heard-chat input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"A-77"})
    says(visitor, "This is on my parcel, is it right?")
    stands_on_the_desk(desk, "This is on my parcel, is it right?")
    visitor.reload()
    expect(opened(visitor).get_by_role("log").locator(".mine")).to_have_count(2)


def test_a_file_of_ours_comes_down_to_its_visitor_alone(desk, site):
    import msgspec

    from heard.engagement.models import Utterance
    from heard.listening.channels.contract import File
    from heard.listening.models import Attachment

    visitor, eve = opened(site.visit()), opened(site.visit())
    says(visitor, "Can you send me the manual, please?")
    says(eve, "Can you help me as well?")
    agent = stands_on_the_desk(desk, "Can you send me the manual")
    stands_on_the_desk(desk, "Can you help me as well?")
    answers(agent, "Here it is.")
    from heard.listening.files import keep_file  # as a composer with files will store them: see write_out

    manual = File(name="manual.pdf", content_type="application/pdf", data=b"%PDF manual")
    assert msgspec.convert(msgspec.to_builtins(manual), File) == manual
    said = Utterance.objects.get(reply__text="Here it is.").interaction_id
    attached = Attachment.objects.create(
        interaction_id=said, name=manual.name, content_type=manual.content_type, size_bytes=11, sha256=keep_file(manual.data)
    )
    visitor.reload()
    opened(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("button", name="manual.pdf").click()
    assert Path(download.value.path()).read_bytes() == manual.data
    token = eve.evaluate("() => JSON.parse(Object.values(localStorage)[0]).token")
    headers = {"origin": site.shop.origin, "authorization": f"Bearer {token}"}
    assert httpx.get(f"{site.address}/chat/{site.account_id}/file/{attached.pk}", headers=headers).status_code == 404


def test_outside_opening_hours_words_are_left_and_answered_by_mail(desk, site):
    from heard.governance.permissions import HEARD
    from heard.listening import actions

    actions.connect(HEARD, kind="simulated_mail", name="Support mail", address="help@acme.example", config={})
    site.configure(opening_hours=["Mon 00:00-00:01"], time_zone="Pacific/Kiritimati")
    visitor = opened(site.visit())
    expect(visitor.get_by_text("Nobody is here right now. Leave us a message; we answer by e-mail.")).to_be_visible()
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Please fill in all three")).to_be_visible()
    expect(visitor.get_by_label("Your name")).to_be_focused()
    visitor.get_by_label("Your name").fill("Dana Doe")
    visitor.get_by_label("Your e-mail address").fill("dana@customer.example")
    visitor.get_by_label("What can we do for you?").fill("My router is down, please write to me.")
    visitor.get_by_role("button", name="Send").click()
    expect(
        visitor.get_by_text("we have your message and answer by e-mail to dana@customer.example.", exact=False)
    ).to_be_visible()
    agent = stands_on_the_desk(desk, "My router is down, please write to me.")
    expect(agent.locator("#compose-reply [data-way]")).to_contain_text("dana@customer.example")
    expect(agent.locator("#compose-reply [data-way]")).to_contain_text("Support mail")


def test_with_no_mail_account_the_chat_says_that_the_answer_will_be_there(site):
    site.configure(opening_hours=["Mon 00:00-00:01"], time_zone="Pacific/Kiritimati")
    visitor = opened(site.visit())
    expect(visitor.get_by_text("the answer will be here when you come back")).to_be_visible()
    expect(visitor.get_by_label("Your message")).to_be_focused()


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


def test_an_answer_counts_on_the_button_until_it_is_read(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    agent = stands_on_the_desk(desk, "My router is down, please help!")
    visitor.keyboard.press("Escape")
    answers(agent, "Please restart it once.")
    expect(visitor.get_by_role("button", name="Open chat (1)")).to_be_visible()
    visitor.get_by_role("button", name="Open chat (1)").click()
    expect(message(visitor, "Please restart it once.")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


def test_raising_the_generation_signs_every_visitor_out(desk, site):
    visitor = opened(site.visit())
    says(visitor, "My router is down, please help!")
    stands_on_the_desk(desk, "My router is down, please help!")
    site.configure(generation="2")
    visitor.wait_for_timeout(1_200)  # what is known of an account is a second old
    visitor.reload()
    opened(visitor)
    expect(visitor.get_by_role("log")).to_contain_text("Hello. How can we help?")
    expect(message(visitor, "My router is down, please help!")).to_have_count(0)
    says(visitor, "I am new here.")
    stands_on_the_desk(desk, "I am new here.")


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
