"""Many callers of a webhook at once, as light as Python can be, in a process of its own so that it shares no lock with what it
measures: keep-alive connections over real sockets, one call under way on each, every body distinct and signed beforehand.

    .venv/bin/python bench/flood.py < order.json

The order is {"host", "port", "path", "secret", "connections", "calls", "first"}; the posts are those of bench/stream.py from
number `first` on, without its doubles. The answer is one JSON object:

statuses   how often each status came back          seconds      from the first call to the last answer
ms         p50, p95 and p99 from call to answer     cpu_seconds  of this process meanwhile
kept       keys of what was answered with 202, with "tell_kept" in the order

A server that goes away ends the flood early: what was answered until then is told.
"""

import json
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator

from report import percentiles
from stream import Stream

from heard.listening.channels.api.adapter import signature

MOST_ANSWER_BYTES = 65536
GIVE_UP_SECONDS = 30  # without any answer


def main() -> None:
    order = json.load(sys.stdin)
    calls = prepared(order)
    flood = Flood(order["host"], order["port"], calls, order["connections"])
    flood.run()
    told = {
        "statuses": flood.statuses,
        "ms": percentiles(flood.took_ms) if flood.took_ms else {},
        "seconds": flood.seconds,
        "cpu_seconds": flood.cpu_seconds,
    }
    print(json.dumps(told | ({"kept": flood.kept} if order.get("tell_kept") else {})))


def prepared(order: dict) -> list[tuple[str, bytes]]:
    """(delivery key, whole HTTP request) of each call."""
    stamp = str(int(time.time()))
    return [
        (key, request(order["host"], order["port"], order["path"], body, stamp, order["secret"]))
        for key, body in posts(order["first"], order["calls"])
    ]


def posts(first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """`count` posts of the fixed stream, each of its own key."""
    stream = Stream(start=first)
    while count:
        for post in stream.posts(1):
            if post.key.startswith("post-"):
                count -= 1
                yield post.key, post.body


def request(host: str, port: int, path: str, body: bytes, stamp: str, secret: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Heard-Timestamp: {stamp}\r\nX-Heard-Signature: {signature(secret, stamp, body)}\r\n\r\n"
    )
    return head.encode() + body


class Flood:
    def __init__(self, host: str, port: int, calls: list[tuple[str, bytes]], connections: int) -> None:
        self.statuses: Counter[str] = Counter()
        self.kept: list[str] = []
        self.took_ms: list[float] = []
        self.seconds = self.cpu_seconds = 0.0
        self._address = (host, port)
        self._ahead = iter(calls)
        self._callers = min(connections, len(calls))

    def run(self) -> None:
        poll = select.epoll()
        lines = {line.socket.fileno(): line for line in (_Line(self._address) for _ in range(self._callers))}
        for number in lines:
            poll.register(number, select.EPOLLIN)
        began, cpu_began = time.perf_counter(), time.process_time()
        for line in list(lines.values()):
            self._next(line)
        open_lines = len(lines)
        while open_lines:
            ready = poll.poll(GIVE_UP_SECONDS)
            if not ready:
                break
            for number, _ in ready:
                if not self._hear(lines[number]):
                    poll.unregister(number)
                    open_lines -= 1
        self.seconds, self.cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        for line in lines.values():
            line.socket.close()

    def _hear(self, line: "_Line") -> bool:
        """Take what came. False when nothing more comes over this line."""
        try:
            part = line.socket.recv(MOST_ANSWER_BYTES)
            if not part:
                return False
            line.answer += part
            if not line.is_complete():
                return True
            self.took_ms.append((time.perf_counter() - line.began) * 1000)
            status = line.answer[9:12].decode()
            self.statuses[status] += 1
            if status == "202":
                self.kept.append(line.key)
            return self._next(line)
        except OSError:
            return False

    def _next(self, line: "_Line") -> bool:
        call = next(self._ahead, None)
        if call is None:
            return False
        line.key, wire = call
        line.answer = b""
        line.began = time.perf_counter()
        line.socket.sendall(wire)
        return True


class _Line:
    """One kept-alive connection and the call that is under way on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=GIVE_UP_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.key = ""
        self.began = 0.0

    def is_complete(self) -> bool:
        head, blank, body = self.answer.partition(b"\r\n\r\n")
        if not blank:
            return False
        head = head.lower()
        _, named, length = head.partition(b"content-length: ")
        if named:
            return len(body) >= int(length.partition(b"\r\n")[0])
        return b"transfer-encoding: chunked" not in head or body.endswith(b"0\r\n\r\n")


if __name__ == "__main__":
    main()
