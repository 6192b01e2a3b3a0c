"""Threat 10, in a real browser: what a mail wants to fetch from elsewhere is not asked for, until a person asks for its pictures."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from heard.governance.permissions import HEARD
from heard.listening import actions
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.server, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx"
    b"\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
HTML = """<html><head><link rel="stylesheet" href="{0}/style.css"><link rel="prefetch" href="{0}/prefetch">
<style>@import url("{0}/import.css"); body {{ background: url({0}/background.png) }}</style><script src="{0}/script.js"></script></head>
<body background="{0}/body.png"><p style="background-image: url({0}/inline.png)">My router is broken, please help!</p>
<img src="{0}/picture.png" alt="the router"><img src="{0}/plain.png" srcset="{0}/set.png 2x"><picture><source srcset="{0}/source.png"></picture>
<video src="{0}/film.mp4" poster="{0}/poster.png"></video><audio src="{0}/sound.mp3" autoplay></audio><iframe src="{0}/frame"></iframe>
<object data="{0}/object"></object><embed src="{0}/embed"><input type="image" src="{0}/input.png"><svg><image href="{0}/svg.png"/></svg>
<form action="{0}/form"><button>Go</button></form><meta http-equiv="refresh" content="0;url={0}/refresh"></body></html>"""


@dataclass
class Tracker:
    """Somebody's server that counts who reads: the paths that were asked for, in order."""

    address: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    told = Tracker()

    class Counts(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(PICTURE)))
            self.end_headers()
            self.wfile.write(PICTURE)

        def log_message(self, *args) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counts)
    told.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def test_no_request_leaves_before_a_person_asks_for_the_pictures(desk, alice, mail_server, desk_address, tracker):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Rosa <rosa@pictures.test>", desk_address, "My router"
    mail.set_content("My router is broken, please help!")
    mail.add_alternative(HTML.format(tracker.address), subtype="html")
    mail_server.deliver(mail, to=desk_address)
    actions.connect(HEARD, kind="email", name="Help desk", address=desk_address, **mail_server.account(desk_address))

    page = desk.open("/", member=alice)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.get_by_role("link", name="Rosa").first.click(timeout=30_000)
    page.locator("summary", has_text="show as sent").click()
    expect(page.locator("iframe[data-loaded]")).to_be_visible()
    shown = page.frame_locator("iframe[data-address]")
    expect(shown.get_by_text("My router is broken")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert tracker.asked == []
    assert [url for url in requested if url.startswith(tracker.address)] == []

    page.get_by_role("button", name="Load pictures").click()
    wait_for(lambda: len(tracker.asked) >= 2)
    page.wait_for_load_state("networkidle")
    assert sorted(tracker.asked) == ["/picture.png", "/plain.png"]
