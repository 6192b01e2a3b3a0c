"""A shop that we did not write, with our chat in the corner of its pages: visitors in real browsers on a foreign origin."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from heard.listening.channels.webchat.proof import proof_of

SECRET = "a secret of the shop's server, of forty letters"


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
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
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
