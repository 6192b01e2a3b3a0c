"""Pages on their way from WSGI to the web server."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, StreamingHttpResponse

from heard.project.pages import Pages
from heard.project.settings import HERE
from tests.support import event_loop

HOST = (b"host", b"localhost")


def ask(wsgi, path: str = "/", **how) -> list[dict]:
    """What the web server is told."""
    return event_loop.run(asked(Pages(wsgi, threads=2), path, **how))


async def asked(pages, path: str, *, method: str = "GET", headers: tuple = (HOST,), body: tuple = (b"",)) -> list[dict]:
    scope = {
        "type": "http", "method": method, "path": path, "query_string": b"a=1", "headers": headers, "http_version": "1.1",
        "server": ("localhost", 80), "client": ("198.51.100.7", 1),
    }  # fmt: skip
    parts = [{"type": "http.request", "body": part, "more_body": n < len(body)} for n, part in enumerate(body, start=1)]
    told: list[dict] = []

    async def receive() -> dict:
        return parts.pop(0)

    async def send(message: dict) -> None:
        told.append(message)

    await pages(scope, receive, send)
    return told


def answering(response, seen: list | None = None):
    """A WSGI application of one answer of Django's."""

    def wsgi(environ, start):
        if seen is not None:
            seen.append(environ)
        start(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return response

    return wsgi


def test_a_page_goes_over_in_one_piece_and_is_closed():
    response, seen = HttpResponse("Grüß Gott", status=203, headers={"X-Heard": "yes"}), []
    head, body = ask(answering(response, seen), "/ä/")
    assert (head["status"], (b"x-heard", b"yes") in head["headers"]) == (203, True)
    assert body == {"type": "http.response.body", "body": "Grüß Gott".encode()}
    assert response.closed
    told = {name: seen[0][name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "REMOTE_ADDR")}
    assert list(told.values()) == ["GET", "/ä/".encode().decode("latin-1"), "a=1", "localhost", "198.51.100.7"]


def test_a_stream_is_told_piece_by_piece_and_never_held_as_a_whole():
    taken = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"one", b"two"):
            taken.append(piece)
            yield piece

    response = StreamingHttpResponse(pieces())
    head, *bodies = ask(answering(response))
    assert head["status"] == 200
    assert [(b["body"], b.get("more_body", False)) for b in bodies] == [(b"one", True), (b"two", True), (b"", False)]
    assert (taken, response.closed) == ([b"one", b"two"], True)


def test_what_is_sent_along_is_read_as_it_comes():
    def echo(environ, start):
        said = environ["wsgi.input"].read()
        start("200 OK", [])
        return [said]

    length = (b"content-length", b"10")
    told = ask(echo, method="POST", headers=(HOST, length), body=(b"hello", b"world"))
    assert b"".join(message.get("body", b"") for message in told) == b"helloworld"


def test_an_application_that_fails_leaves_its_error_to_the_web_server():
    def broken(environ, start):
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        ask(broken)


@pytest.mark.parametrize("method, told", [("GET", True), ("HEAD", False)])
def test_files_of_the_desk_come_whole(method, told):
    head, *bodies = ask(get_wsgi_application(), "/static/heard.svg", method=method)
    file = Path(HERE / "static/heard.svg").read_bytes()
    assert (head["status"], b"".join(b["body"] for b in bodies)) == (200, file if told else b"")


def test_pages_are_drawn_in_turn(monkeypatch):
    monkeypatch.setattr("heard.project.pages.LONGEST_TURN_SECONDS", 30)
    under_way, most = [], []

    def draw(environ, start):
        under_way.append(environ)
        most.append(len(under_way))
        threading.Event().wait(0.01)
        under_way.pop()
        start("200 OK", [])
        return [b"done"]

    async def many() -> None:
        pages = Pages(draw, threads=4)
        await asyncio.gather(*(asked(pages, "/") for _ in range(4)))

    event_loop.run(many())
    assert most == [1, 1, 1, 1]


def test_a_page_that_takes_long_lets_the_others_pass():
    passed = threading.Event()

    def draw(environ, start):
        if environ["PATH_INFO"] == "/slow/":
            assert passed.wait(30)
        else:
            passed.set()
        start("200 OK", [])
        return [b"done"]

    async def two() -> None:
        pages = Pages(draw, threads=2)
        slow = asyncio.create_task(asked(pages, "/slow/"))
        await asyncio.sleep(0)  # it has begun
        await asyncio.gather(slow, asked(pages, "/"))

    event_loop.run(two())
    assert passed.is_set()
