"""A web server for feeds with all that real ones do: ETag, Last-Modified, 304, 410, redirects, damage, slowness. stdlib, and the real thing."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Page:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    conditional: bool = True
    drips: bool = False  # a byte now and then, for as long as somebody waits
    endless: bool = False
    breaks_off: bool = False  # in the middle of what it announced


class Site(ThreadingHTTPServer):
    """`pages` may change while it runs; `asked` lists (path, headers, status answered)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str], int]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def show(self, path: str, body: str | bytes, **page) -> str:
        """Puts `body` there and returns its address."""
        self.pages[path] = Page(body=body.encode() if isinstance(body, str) else body, **page)
        return self.url + path

    @property
    def statuses(self) -> list[int]:
        return [status for _, _, status in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path, Page(status=404))
        etag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
        known = page.conditional and page.status == 200 and self.headers.get("If-None-Match") == etag
        status = 304 if known else page.status
        self.server.asked.append((self.path, dict(self.headers), status))
        self.send_response(status)
        for name, value in {"Content-Type": "application/xml", "ETag": etag, **page.headers}.items():
            self.send_header(name, value)
        if page.breaks_off:
            self.send_header("Content-Length", str(len(page.body) + 1000))
        self.end_headers()
        with suppress(OSError):  # whom we bore hangs up
            self._write(b"" if known else page.body, page)

    def _write(self, body: bytes, page: Page) -> None:
        self.wfile.write(body)
        while page.endless:
            self.wfile.write(b" " * 65_536)
        while page.drips and not self.server.over.wait(0.05):
            self.wfile.write(b" ")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
