"""Thousands of open live pages, as light as Python can be, in a process of its own: each a real connection with its own session,
on which it waits for server-sent events.

    .venv/bin/python bench/watchers.py < order.json

The order, one line, is {"host", "port", "path", "sessions": [...]}. When every page is open and has been welcomed, "open" is
told; then the watchers listen until their input ends and nothing has come for a second, and tell one JSON object:

got    {topic and payload: [[page, moment], ...]}: which pages were told, and when (time.monotonic(), the same clock in every
       process of one machine); a page is its place in the order
lost   pages that ended, or were told something that is no event
"""

import json
import resource
import select
import socket
import sys
import time
from collections import defaultdict

OPENING_AT_ONCE = 16
GIVE_UP_SECONDS = 60
QUIET_SECONDS = 1.0


class Page:
    def __init__(self, number: int, order: dict) -> None:
        self.number = number
        self.socket = socket.create_connection((order["host"], order["port"]), timeout=GIVE_UP_SECONDS)
        self.rest = b""
        self.is_settled = False  # welcomed, or lost
        self.socket.sendall(
            f"GET {order['path']} HTTP/1.1\r\nHost: {order['host']}:{order['port']}\r\nAccept: text/event-stream\r\n"
            f"Cookie: sessionid={order['sessions'][number]}\r\n\r\n".encode()
        )

    def blocks(self, part: bytes) -> list[bytes]:
        """Whole events and comments that have come; the line breaks of the chunks around them do no harm."""
        *whole, self.rest = (self.rest + part).replace(b"\r\n", b"\n").split(b"\n\n")
        return whole


class Watchers:
    def __init__(self, order: dict) -> None:
        self.got: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.lost: set[int] = set()
        self._order = order
        self._over = False
        self._heard_at = 0.0
        self._poll = select.epoll()
        self._pages: dict[int, Page] = {}

    def open_all(self) -> None:
        ahead = list(range(len(self._order["sessions"])))
        opening = 0
        end = time.monotonic() + GIVE_UP_SECONDS
        while (ahead or opening) and time.monotonic() < end:
            while ahead and opening < OPENING_AT_ONCE:
                page = Page(ahead.pop(), self._order)
                self._pages[page.socket.fileno()] = page
                self._poll.register(page.socket.fileno(), select.EPOLLIN)
                opening += 1
            opening -= self._hear(1.0)

    def listen_until(self, over: int) -> None:
        """`over` is a file that becomes readable when it is enough."""
        self._poll.register(over, select.EPOLLIN | select.EPOLLHUP)
        while not self._over:
            self._hear(None, over=over)
        self._poll.unregister(over)
        end = time.monotonic() + GIVE_UP_SECONDS
        self._heard_at = time.monotonic()
        while self._heard_at + QUIET_SECONDS > time.monotonic() < end:
            self._hear(QUIET_SECONDS / 5)

    def _hear(self, timeout: float | None, *, over: int = -1) -> int:
        """How many pages were welcomed, or lost before that."""
        settled = 0
        for number, _ in self._poll.poll(timeout):
            if number == over:
                self._over = True
                continue
            page = self._pages[number]
            was_settled = page.is_settled
            part = page.socket.recv(65536)
            self._heard_at = moment = time.monotonic()
            for block in page.blocks(part):
                self._take(page, block, moment)
            if not part:
                self._lose(page)
                self._poll.unregister(number)
            settled += page.is_settled and not was_settled
        return settled

    def _take(self, page: Page, block: bytes, moment: float) -> None:
        if block.endswith(b": welcome"):
            page.is_settled = True
        elif b"event: " in block:
            lines = dict(line.partition(": ")[::2] for line in block.decode().splitlines())
            self.got[f"{lines['event']} {lines['data']}"].append((page.number, moment))
        elif not block.endswith(b": ping") and not block.startswith(b"HTTP/1.1 200"):
            self._lose(page)

    def _lose(self, page: Page) -> None:
        page.is_settled = True
        self.lost.add(page.number)


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    watchers = Watchers(json.loads(sys.stdin.readline()))
    watchers.open_all()
    print("open", flush=True)
    watchers.listen_until(sys.stdin.fileno())
    print(json.dumps({"got": watchers.got, "lost": sorted(watchers.lost)}))


if __name__ == "__main__":
    main()
