"""An assessor elsewhere: a small web server that answers questions about a voice, as docs/how-to/add-an-assessor.md describes them. stdlib."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Reader(ThreadingHTTPServer):
    """`says` is the answer, an object or the bytes themselves; `asked` holds (headers, what was asked)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says: Any = {}
        self.status = 200
        self.is_silent = False  # takes the question and says nothing
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/read"


class _Handler(BaseHTTPRequestHandler):
    server: Reader

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), asked))
        if self.server.is_silent:
            self.server.over.wait(30)
            return
        body = self.server.says if isinstance(self.server.says, bytes) else json.dumps(self.server.says).encode()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def reader() -> Iterator[Reader]:
    server = Reader()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
