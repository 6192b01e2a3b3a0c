"""A network on this machine that answers as it is told to: well, badly, slowly or not at all.

Whatever host an adapter asks for, the client that it is given dials this server, by the same guarded transport as always.
"""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit

import httpx

from heard.kernel import http

PATIENCE_SECONDS = 30  # of the client: a busy machine is no slow network
SHORT_PATIENCE_SECONDS = 0.4  # where the network is slow on purpose
MAX_BYTES = 1_000_000
CHUNK = b"x" * 65_536


@dataclass(frozen=True)
class Asked:
    """One request as it reached the network. Header names are lower case; `url` names the host that was meant."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def says(self, words: str) -> bool:
        """Whether it carries these words, written in any of the usual ways."""
        return words in f"{self.path} {unquote_plus(str(self.query))} {self.body.decode('utf-8', 'replace')}"


@dataclass(frozen=True)
class Answer:
    """What the network says. `after_seconds` late; `hangs_up` in the middle of it; `is_endless` with a body that never ends."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    after_seconds: float = 0
    hangs_up: bool = False
    is_endless: bool = False


class Loopback:
    """`answer` decides for each request; `asked` is all that came."""

    def __init__(self, answer: Callable[[Asked], Answer], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.answer = answer
        self.patience_seconds = patience_seconds
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        """As adapters get it, but for where it dials and how long it waits."""
        return httpx.Client(
            transport=_Rerouted(self.port, self.patience_seconds),
            timeout=self.patience_seconds,
            follow_redirects=True,
            max_redirects=http.MAX_REDIRECTS,
            trust_env=False,
        )

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Rerouted(http.GuardedTransport):
    def __init__(self, port: int, patience_seconds: float) -> None:
        super().__init__(permits=http.anywhere, total_seconds=patience_seconds, max_bytes=MAX_BYTES)
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        here = httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
        return super().handle_request(here)


@contextmanager
def loopback(answer: Callable[[Asked], Answer], *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Loopback]:
    network = Loopback(answer, patience_seconds=patience_seconds)
    network.start()
    try:
        yield network
    finally:
        network.stop()


@contextmanager
def nobody_there() -> Iterator[Loopback]:
    """An address at which nothing listens any more."""
    network = Loopback(lambda _: Answer())
    network._server.server_close()
    yield network


@contextmanager
def babble() -> Iterator[str]:
    """The address of something that greets everybody with nonsense and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:  # it is over
                    return
                with caller, suppress(OSError):
                    caller.sendall(b"\x00\xff nonsense\r\n")

        threading.Thread(target=greet, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts


def _handler(network: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            self.close_connection = True
            asked = self._asked()
            network.asked.append(asked)
            answer = network.answer(asked)
            network.over.wait(answer.after_seconds)
            try:
                self._say(answer)
            except OSError:  # the client had no patience left, as it was meant to
                return

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_one

        def _asked(self) -> Asked:
            place = urlsplit(self.path)
            return Asked(
                method=self.command,
                path=unquote_plus(place.path),
                query=dict(parse_qsl(place.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self._body(),
            )

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("transfer-encoding", ""):
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            return body

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) + 100 * answer.hangs_up
            if not answer.is_endless:
                self.send_header("content-length", str(length))
            self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            while answer.is_endless and not network.over.is_set():
                self.wfile.write(CHUNK)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what is logged in a test is looked through for secrets."""

    return Handler


# ── Secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def shows(text: str, secret: str) -> bool:
    """Whether a secret, or a long word of it, can be read out of a text: as it is, in an address, or in base64."""
    words = [word for word in secret.split() if len(word) >= 8] or [secret]
    return any(form and form in text for word in words for form in _forms(word))


def _forms(word: str) -> list[str]:
    """In base64 a word looks different at each of three places; its edges depend on its neighbours and are left out."""
    packed = [base64.b64encode(b"\0" * place + word.encode()).decode()[4:-4] for place in range(3)]
    return [word, quote(word, safe=""), quote(word), *(form for form in packed if len(form) >= 8)]
