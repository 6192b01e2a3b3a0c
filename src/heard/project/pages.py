"""Pages: WSGI in a few threads, beside what is bare ASGI.

a2wsgi carries an answer to the event loop in pieces, and its thread waits for each to be taken: three journeys for a page. A page
that is asked for without a body and answered whole, as nearly all are, goes over in one piece here, at a third of the price.

Drawing is the work of one core: pages drawn at once are all as late as the last of them, pages that take turns are each there as
soon as they can be. What takes longer than a turn, such as a slow question to the store, keeps nobody waiting for its end.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, NamedTuple

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

READS = {"GET", "HEAD"}
LONGEST_TURN_SECONDS = 0.1
BODY_HEADERS = {b"content-length", b"transfer-encoding"}


class Answer(NamedTuple):
    head: dict[str, Any]
    body: bytes


class Pages:
    """The ASGI application of a WSGI application."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], *, threads: int) -> None:
        self._wsgi = wsgi
        self._with_body = WSGIMiddleware(wsgi, workers=threads)  # type: ignore[arg-type]
        self._threads = self._with_body.executor
        self._turn = threading.Lock()

    async def __call__(self, scope, receive, send) -> None:
        if scope["method"] not in READS or any(name in BODY_HEADERS for name, _ in scope["headers"]):
            await self._with_body(scope, receive, send)
            return
        loop = asyncio.get_running_loop()

        def tell(message: dict[str, Any]) -> None:
            asyncio.run_coroutine_threadsafe(send(message), loop).result()

        answer = await loop.run_in_executor(self._threads, self._asked, build_environ(scope, BytesIO()), tell)  # type: ignore[arg-type]
        if answer:
            await send(answer.head)
            await send({"type": "http.response.body", "body": answer.body})

    def _asked(self, environ: Any, tell: Callable[[dict[str, Any]], None]) -> Answer | None:
        """None when the answer was a stream, such as a file, and has been told piece by piece, no faster than it was taken."""
        head: dict[str, Any] = {"type": "http.response.start"}

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            head["status"] = int(status[:3])
            head["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        is_my_turn = self._turn.acquire(timeout=LONGEST_TURN_SECONDS)
        try:
            pieces: Any = self._wsgi(environ, start)
        finally:
            if is_my_turn:
                self._turn.release()
        try:
            if not getattr(pieces, "streaming", False):
                return Answer(head, b"".join(pieces))
            tell(head)
            for piece in pieces:
                tell({"type": "http.response.body", "body": piece, "more_body": True})
            tell({"type": "http.response.body", "body": b""})
            return None
        finally:
            getattr(pieces, "close", int)()
