"""Listening on a WebSocket (RFC 6455) through the guarded HTTP client: enough of it to hear messages and to stay connected.

The connection is opened as an HTTP request, so that the guard judges where it goes; the stream below it is then ours.
"""

import os
import struct
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from typing import Any

import httpcore
import httpx

from heard.listening.channels.contract import Rejected, Retryable

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING = 0, 1, 2, 8, 9
_PONG = 10
LARGEST_MESSAGE = 8_000_000  # bytes; a commit of the AT Protocol has at most 2 MB
READ_AT_ONCE = 1 << 16


class WebSocket:
    """Messages of the other side as they come."""

    def __init__(self, stream: Any, host: str) -> None:
        self._stream = stream
        self._host = host
        self._unread = bytearray()
        self._message = bytearray()

    def messages(self, *, patience_seconds: float) -> Iterator[bytes | None]:
        """Each message, and None whenever nothing came for so long. Ends when the other side says goodbye."""
        while True:
            frame = self._frame()
            if frame is None:
                if not self._fill(patience_seconds):
                    yield None
                continue
            opcode, is_last, payload = frame
            if opcode == _CLOSE:
                return
            if opcode == _PING:
                self._say(_PONG, payload)
            elif opcode in (_CONTINUED, _TEXT, _BINARY):
                yield from self._joined(payload, is_last)

    def _joined(self, payload: bytes, is_last: bool) -> Iterator[bytes]:
        if is_last and not self._message:
            yield payload
            return
        self._message += payload
        if len(self._message) > LARGEST_MESSAGE:
            raise Retryable(f"{self._host} sent a message that is too large")
        if is_last:
            whole, self._message = bytes(self._message), bytearray()
            yield whole

    def _frame(self) -> tuple[int, bool, bytes] | None:
        """The next whole frame among the bytes read so far: opcode, whether a message ends with it, payload."""
        data = self._unread
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if data[1] & 0x80:
            raise Retryable(f"{self._host} masks its frames, which only clients may do")
        if size > 125:
            width, form = (2, ">H") if size == 126 else (8, ">Q")
            if len(data) < at + width:
                return None
            size, at = struct.unpack_from(form, data, at)[0], at + width
        if size > LARGEST_MESSAGE:
            raise Retryable(f"{self._host} sent a message that is too large")
        if len(data) < at + size:
            return None
        frame = data[0] & 0x0F, bool(data[0] & 0x80), bytes(data[at : at + size])
        del data[: at + size]
        return frame

    def _fill(self, patience_seconds: float) -> bool:
        """Whether anything came."""
        try:
            came = self._stream.read(READ_AT_ONCE, timeout=patience_seconds)
        except httpcore.ReadTimeout:
            return False
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Retryable(f"the stream of {self._host} broke off: {type(error).__name__}") from error
        if not came:
            raise Retryable(f"the stream of {self._host} broke off")
        self._unread += came
        return True

    def _say(self, opcode: int, payload: bytes) -> None:
        """A control frame, masked as the standard wants it."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[position % 4] for position, byte in enumerate(payload))
        try:
            self._stream.write(bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + masked, timeout=10)
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
            raise Retryable(f"the stream of {self._host} broke off: {type(error).__name__}") from error


@contextmanager
def connected(http: httpx.Client, url: str, **params: str | int) -> Iterator[WebSocket]:
    """`url` may begin with wss or https. Raises Rejected where there is no WebSocket, Retryable where there is none now."""
    address = url.replace("wss://", "https://", 1).replace("ws://", "http://", 1)
    key = b64encode(os.urandom(16)).decode()
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
    how: dict[str, Any] = {"timeout": httpx.Timeout(20, connect=10), "extensions": {"endless": True}}
    try:
        with http.stream("GET", address, params=params, headers=headers, **how) as answer:
            check(answer, key)
            yield WebSocket(answer.extensions["network_stream"], answer.url.host)
    except httpx.UnsupportedProtocol as error:
        raise Rejected(f"{url} is not the address of a stream; expected wss://HOST") from error
    except httpx.HTTPError as error:
        raise Retryable(f"{url} cannot be reached: {type(error).__name__}: {error}") from error


def check(answer: httpx.Response, key: str) -> None:
    expected = b64encode(sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()).decode()
    if answer.status_code == 101 and answer.headers.get("sec-websocket-accept") == expected:
        return
    says = f"{answer.url.host} has no stream there: it says {answer.status_code}"
    raise (Retryable if answer.status_code >= 500 or answer.status_code == 429 else Rejected)(says)
