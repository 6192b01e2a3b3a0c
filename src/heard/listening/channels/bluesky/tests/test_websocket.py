"""Against a server of sockets that does what the standard allows, and what it does not."""

import base64
import hashlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from heard.kernel import http
from heard.listening.channels.bluesky.websocket import connected
from heard.listening.channels.contract import Rejected, Retryable

Says = Callable[[socket.socket], None]


@contextmanager
def server(says: Says, *, accept: bool = True) -> Iterator[str]:
    """The address of a server that shakes hands with one client and then does what `says` does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening.accept()[0] as client:
            asked = client.recv(10_000).decode()
            key = re.search(r"(?i)sec-websocket-key: (\S+)", asked)[1] if accept else "other"
            token = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
            upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {token}"
            client.sendall(f"HTTP/1.1 101 Switching Protocols\r\n{upgrade}\r\n\r\n".encode())
            says(client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}/stream"
    finally:
        thread.join(5)
        listening.close()


def frame(payload: bytes, *, opcode: int = 2, last: bool = True) -> bytes:
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + struct.pack(">H", size)
        if size < 1 << 16
        else b"\x7f" + struct.pack(">Q", size)
    )
    return bytes([0x80 * last | opcode]) + length + payload


def heard(says: Says, *, accept: bool = True) -> list[bytes | None]:
    with server(says, accept=accept) as url, connected(http.client(allow_private=True), url, cursor=7) as stream:
        return list(stream.messages(patience_seconds=0.2))


BYE = frame(b"\x03\xe8", opcode=8)


def test_messages_of_every_size_come_whole_however_they_are_cut_on_the_way():
    messages = [b"a", b"b" * 125, b"c" * 126, b"d" * 70_000, b""]
    wire = b"".join(frame(message) for message in messages) + BYE

    def says(client: socket.socket) -> None:
        for start in range(0, len(wire), 997):
            client.sendall(wire[start : start + 997])

    assert [message for message in heard(says) if message is not None] == messages


def test_message_in_several_frames_is_one_and_a_ping_between_them_is_answered():
    answers: list[bytes] = []

    def says(client: socket.socket) -> None:
        client.sendall(frame(b"one ", last=False) + frame(b"hi", opcode=9) + frame(b"two", opcode=0))
        answers.append(client.recv(100))
        client.sendall(BYE)

    assert [message for message in heard(says) if message is not None] == [b"one two"]
    head, mask, masked = answers[0][:2], answers[0][2:6], answers[0][6:]
    assert (head, bytes(b ^ mask[i] for i, b in enumerate(masked))) == (b"\x8a\x82", b"hi")


def test_silence_is_told_so_that_somebody_may_look_up():
    was_told = threading.Event()

    def says(client: socket.socket) -> None:
        assert was_told.wait(30)
        client.sendall(frame(b"late") + BYE)

    with server(says) as url, connected(http.client(allow_private=True), url, cursor=7) as stream:
        messages = stream.messages(patience_seconds=0.2)
        assert next(messages) is None
        was_told.set()
        assert [message for message in messages if message is not None] == [b"late"]


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\x82",
        b"\x82\x81\x00\x00\x00\x00a",
        b"\x82\x7f" + struct.pack(">Q", 1 << 40),
        frame(b"x" * 60_000, last=False) * 150,
    ],
    ids=["hangs up", "in a frame", "masked", "too large", "too many frames"],
)
def test_stream_that_breaks_is_opened_again_later(wire):
    def says(client: socket.socket) -> None:
        try:
            client.sendall(wire)
        except OSError:
            return  # they hung up on us, as they should

    with pytest.raises(Retryable):
        heard(says)


def test_who_does_not_shake_hands_is_no_stream():
    with pytest.raises(Rejected, match="has no stream"):
        heard(lambda client: None, accept=False)


def test_stream_on_a_private_address_is_not_opened():
    """Threat 1: the guard judges it as any other address."""
    with pytest.raises(Retryable, match="private address"), connected(http.client(allow_private=False), "ws://127.0.0.1:9/x"):
        pass


def test_what_is_no_address_is_refused():
    with pytest.raises(Rejected, match="not the address of a stream"), connected(http.client(), "relay.example"):
        pass
