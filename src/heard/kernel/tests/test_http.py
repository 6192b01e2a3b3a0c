"""Threats 40 and 41: what strangers name as an address must not reach our own network, nor fill our memory or time."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import httpx
import pytest

from heard.kernel import http
from heard.kernel.addresses import is_public

OUTSIDE = "127.0.0.5"  # plays the open internet: the only address the guard of these tests lets through


class Eve(BaseHTTPRequestHandler):
    """A hostile server: every path is another trick."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        getattr(self, self.path.strip("/").split("/")[0])()

    def hello(self) -> None:
        self.say(b"hello")

    def inside(self) -> None:
        self.redirect(f"http://127.0.0.1:{self.server.server_port}/hello")

    def metadata(self) -> None:
        self.redirect("http://169.254.169.254/latest/meta-data/")

    def file(self) -> None:
        self.redirect("file:///etc/passwd")

    def circle(self) -> None:
        self.redirect("/circle")

    def bomb(self) -> None:
        self.say(gzip.compress(bytes(30_000_000)), encoding="gzip")

    def torn(self) -> None:
        self.say(b"no gzip at all", encoding="gzip")

    def packed(self) -> None:
        self.say(gzip.compress(b"hello"), encoding="gzip")

    def endless(self) -> None:
        self.drip(b"x" * 65_536)

    def slow(self) -> None:
        self.drip(b"x", pause=0.02)

    def silent(self) -> None:
        self.server.over.wait(5)

    def say(self, body: bytes, *, encoding: str = "identity") -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def drip(self, chunk: bytes, *, pause: float = 0) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):  # the other side hangs up
            while not self.server.over.wait(pause):
                self.wfile.write(chunk)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(address: str, port: int = 0) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer((address, port), Eve)
    server.daemon_threads = True
    server.asked, server.over = [], threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def outside() -> Iterator[ThreadingHTTPServer]:
    with serving(OUTSIDE) as server:
        yield server


@pytest.fixture
def ours(outside) -> Iterator[ThreadingHTTPServer]:
    """A server of our own network, on the same port as the stranger's."""
    with serving("127.0.0.1", outside.server_port) as server:
        yield server


def fetch(server: ThreadingHTTPServer, path: str, **limits) -> httpx.Response:
    with http.guarded(permits=lambda address: address == OUTSIDE, **limits) as client:
        return client.get(f"http://{OUTSIDE}:{server.server_port}/{path}")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.100.100.200", "168.63.129.16",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00:ec2::254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_address_of_our_own_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_however_it_is_written(ours, name):
    with http.client(allow_private=False) as client, pytest.raises(http.AddressRefused):
        client.get(f"http://{name}:{ours.server_port}/hello")
    assert ours.asked == []


def test_own_network_is_reachable_where_the_operator_allows_it(ours, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    with http.client() as client:
        assert client.get(f"http://127.0.0.1:{ours.server_port}/hello").text == "hello"


def test_operator_who_says_nothing_is_protected(ours, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    with http.client() as client, pytest.raises(http.AddressRefused, match="HEARD_ALLOW_PRIVATE_ADDRESSES"):
        client.get(f"http://127.0.0.1:{ours.server_port}/hello")


@pytest.mark.parametrize("trick", ["inside", "metadata"])
def test_redirect_into_our_network_is_refused(outside, ours, trick):
    with pytest.raises(http.AddressRefused):
        fetch(outside, trick)
    assert (outside.asked, ours.asked) == ([f"/{trick}"], [])


def test_redirect_to_a_file_is_refused(outside):
    with pytest.raises(httpx.UnsupportedProtocol):
        fetch(outside, "file")


def test_redirects_in_a_circle_end(outside):
    with pytest.raises(httpx.TooManyRedirects):
        fetch(outside, "circle")
    assert len(outside.asked) == http.MAX_REDIRECTS + 1


def test_name_is_asked_once_and_dialled_by_the_number_that_was_judged(monkeypatch):
    """DNS rebinding: the second answer of the name server would be loopback."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    dialled = []
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 80))]
    )
    monkeypatch.setattr(
        httpcore.SyncBackend, "connect_tcp", lambda _, host, *rest: dialled.append(host) or httpcore.MockStream([])
    )
    http.GuardedNetwork(is_public).connect_tcp("rebind.example", 80)
    assert (dialled, list(answers)) == (["93.184.216.34"], ["127.0.0.1"])


def test_name_with_a_private_address_beside_a_public_one_is_dialled_at_the_public_one(monkeypatch):
    dialled = []
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("10.0.0.1", "93.184.216.34")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(
        httpcore.SyncBackend, "connect_tcp", lambda _, host, *rest: dialled.append(host) or httpcore.MockStream([])
    )
    http.GuardedNetwork(is_public).connect_tcp("both.example", 80)
    assert dialled == ["93.184.216.34"]


def test_socket_of_this_machine_is_refused():
    with pytest.raises(http.AddressRefused):
        http.GuardedNetwork(http.anywhere).connect_unix_socket("/run/docker.sock")


def test_endless_answer_is_cut_off(outside):
    with pytest.raises(http.TooLarge):
        fetch(outside, "endless", max_bytes=1_000_000)


def test_packed_bomb_is_noticed_before_it_fills_the_memory(outside):
    with pytest.raises(http.TooLarge):
        fetch(outside, "bomb", max_bytes=1_000_000)


def test_packed_answer_is_unpacked(outside):
    assert fetch(outside, "packed").text == "hello"


def test_damaged_packed_answer_is_a_decoding_error(outside):
    with pytest.raises(httpx.DecodingError):
        fetch(outside, "torn")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_coding_we_did_not_ask_for_is_refused(coding):
    with pytest.raises(httpx.DecodingError):
        http.unpacker(coding)


def test_answer_that_drips_is_cut_off_although_each_byte_comes_in_time(outside):
    with pytest.raises(http.TooSlow):
        fetch(outside, "slow", timeout_seconds=0.3)


def test_server_that_says_nothing_is_given_up(outside):
    with pytest.raises(httpx.TimeoutException):
        fetch(outside, "silent", timeout_seconds=0.3)


def test_stream_that_is_meant_to_be_endless_may_outlast_both_limits(outside):
    with (
        http.guarded(permits=lambda address: address == OUTSIDE, timeout_seconds=2, max_bytes=5) as client,
        client.stream("GET", f"http://{OUTSIDE}:{outside.server_port}/slow", extensions=dict(http.ENDLESS)) as answer,
    ):
        heard = answer.iter_bytes(1)
        assert b"".join(next(heard) for _ in range(110)) == b"x" * 110  # a fiftieth of a second each, or more


def test_unknown_name_is_a_connect_error():
    with http.client(allow_private=False) as client, pytest.raises(httpx.ConnectError, match="not a known name"):
        client.get("http://nowhere.invalid/")
