"""The only door out by HTTP: channels, feeds, media, avatars and webhooks all go through `client()`.

The addresses we fetch come from strangers. So each connection is judged when it is made, on the address it really goes
to: names are looked up once and dialled by number, redirects are judged again, answers are cut off when they are too
large or too slow. HEARD_ALLOW_PRIVATE_ADDRESSES lifts the first rule, for tests and for servers in one's own network.

    httpx.TransportError
    └── Guarded
        ├── AddressRefused   private, loopback, link-local, metadata or reserved
        ├── TooLarge         more bytes than we take, counted after unpacking
        └── TooSlow          the whole answer, with all redirects, took too long (also an httpx.TimeoutException)
"""

import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic
from typing import Any

import httpcore
import httpx
from django.conf import settings

from heard import __version__
from heard.kernel.addresses import addresses_of, is_public

MAX_REDIRECTS = 5
CONNECT_SECONDS = 10
UNPACKED_CHUNK = 1 << 16
ENDLESS = {"endless": True}  # pass as `extensions=` to read a stream that never ends: no limit of bytes and of total time


class Guarded(httpx.TransportError):
    """We refused to go on. The text is for an administrator."""


class AddressRefused(Guarded):
    pass


class TooLarge(Guarded):
    pass


class TooSlow(Guarded, httpx.TimeoutException):
    pass


def client(*, timeout_seconds: float = 20, max_bytes: int = 20_000_000, allow_private: bool | None = None) -> httpx.Client:
    """A guarded httpx client. `timeout_seconds` bounds the whole answer; `allow_private` defaults to the setting."""
    lifted = settings.ALLOW_PRIVATE_ADDRESSES if allow_private is None else allow_private
    return guarded(permits=anywhere if lifted else is_public, timeout_seconds=timeout_seconds, max_bytes=max_bytes)


def guarded(*, permits: Callable[[str], bool], timeout_seconds: float = 20, max_bytes: int = 20_000_000) -> httpx.Client:
    """`permits` judges a numeric address."""
    return httpx.Client(
        transport=GuardedTransport(permits=permits, total_seconds=timeout_seconds, max_bytes=max_bytes),
        timeout=httpx.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        trust_env=False,  # a proxy from the environment would dial addresses we never saw
        headers={"User-Agent": f"Heard/{__version__}", "Accept-Encoding": "gzip, deflate"},
    )


def anywhere(address: str) -> bool:
    return True


# ── Dialling ────────────────────────────────────────────────────────────────────────────────────────────────────────

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class GuardedNetwork(httpcore.NetworkBackend):
    """Dials only addresses that `permits` agrees to, by number."""

    def __init__(self, permits: Callable[[str], bool]) -> None:
        self._permits = permits
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._permitted(host, port):
            try:
                return TimedStream(self._network.connect_tcp(address, port, time_left(timeout), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    def _permitted(self, host: str, port: int) -> list[str]:
        try:
            found = addresses_of(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not a known name") from error
        permitted = [address for address in found if self._permits(address)]
        if not permitted:
            raise AddressRefused(f"{host} is a private address; HEARD_ALLOW_PRIVATE_ADDRESSES=yes would allow it")
        return permitted

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused("sockets of this machine are private")


class TimedStream(httpcore.NetworkStream):
    """A connection on which no single wait outlasts the deadline of the whole request."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, time_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, time_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def time_left(timeout: float | None) -> float | None:
    """The shorter of a step's own timeout and what is left of the request. Raises TooSlow when nothing is."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - monotonic()
    if left <= 0:
        raise TooSlow("the answer took too long")
    return left if timeout is None else min(left, timeout)


@contextmanager
def until(deadline: float | None) -> Iterator[None]:
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def certificates() -> ssl.SSLContext:
    """The authorities we trust. Reading them takes longer than most requests, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedTransport(httpx.HTTPTransport):
    def __init__(self, *, permits: Callable[[str], bool], total_seconds: float, max_bytes: int) -> None:
        super().__init__(verify=certificates(), trust_env=False)
        # httpx has no argument for the network, httpcore has: its pool takes the place of the one just made.
        self._pool = httpcore.ConnectionPool(ssl_context=certificates(), network_backend=GuardedNetwork(permits))
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.extensions.get("endless"):
            return super().handle_request(request)
        # Redirects carry the extensions on, so that all hops share one deadline.
        deadline = request.extensions.setdefault("deadline", monotonic() + self._total_seconds)
        with until(deadline), as_too_slow():
            response = super().handle_request(request)
        body = LimitedBody(response, deadline=deadline, max_bytes=self._max_bytes)
        headers = [
            (name, value) for name, value in response.headers.multi_items() if name not in ("content-encoding", "content-length")
        ]
        return httpx.Response(response.status_code, headers=headers, stream=body, extensions=response.extensions)


class LimitedBody(httpx.SyncByteStream):
    """The unpacked body. Unpacks in small steps, so that a bomb is noticed before it fills the memory."""

    def __init__(self, response: httpx.Response, *, deadline: float, max_bytes: int) -> None:
        self._response = response
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._unpack = unpacker(response.headers.get("content-encoding", ""))

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        for packed in self._packed():
            for chunk in self._unpack(packed):
                taken += len(chunk)
                if taken > self._max_bytes:
                    raise TooLarge(f"the answer has more than {self._max_bytes} bytes")
                yield chunk

    def _packed(self) -> Iterator[bytes]:
        chunks = iter(self._response.stream)  # type: ignore[arg-type]
        while True:
            with until(self._deadline), as_too_slow():
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def close(self) -> None:
        self._response.close()


@contextmanager
def as_too_slow() -> Iterator[None]:
    """A wait that was cut short by the deadline of the request is TooSlow; other time-outs stay what they are."""
    try:
        yield
    except httpx.TimeoutException as error:
        deadline = _deadline.get()
        if deadline is None or monotonic() < deadline:
            raise
        raise TooSlow("the answer took too long") from error


def unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Raises httpx.DecodingError, at once or while unpacking, for what we did not ask for and for damaged bytes."""
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return lambda packed: iter((packed,))
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError(f"the answer is packed with {coding!r}")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # recognises gzip and zlib by their first bytes

    def unpack(packed: bytes) -> Iterator[bytes]:
        try:
            while packed:
                yield inflater.decompress(packed, UNPACKED_CHUNK)
                packed = inflater.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError("the packed answer is damaged") from error

    return unpack
