"""What the stand-ins for Meta share: an HTTP server with the manners of the Graph API, webhooks with its signature, and faults.

Whatever does not fit Meta's own description is written down in `violations`; the fixtures look there at the end.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from heard.listening.channels.meta.webhook import signature

JSON = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request as Graph sees it: `form` holds fields of a form, of JSON or of multipart; files are {name: (file name, type, bytes)}."""

    method: str
    path: str  # without the version
    version: str
    query: dict[str, str]
    headers: dict[str, str]
    form: JSON = field(default_factory=dict)
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    content_type: str = ""


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """An error as Graph words it."""

    def __init__(self, code: int, message: str = "refused", *, subcode: int = 0, status: int = 400, headers=None, **more) -> None:
        super().__init__(message)
        error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AQt_hJ68vFybS4TnupatNtX", **more}
        self.answer = Answer({"error": error | ({"error_subcode": subcode} if subcode else {})}, status, headers or {})


class Graph(ThreadingHTTPServer):
    """`routes` answers; `faults` come first, each once: a Refused or an Answer, or "after" to do it and then hang up."""

    daemon_threads = True
    token = "EAAGm0PX4ZCpsBA-token-of-a-system-user"
    app_id = "700100"
    app_secret = "app-secret-of-acme"
    verify_token = "a-long-word-that-acme-made-up"
    scopes: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.faults: list[Refused | Answer | str] = []
        self.violations: list[str] = []
        self.checked = 0
        self.ahead = timedelta(0)
        self.hook: Callable[[bytes, str], int] = lambda body, sign: 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def secrets(self) -> dict[str, str]:
        return {"access_token": self.token, "app_secret": self.app_secret, "verify_token": self.verify_token}

    def passes(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, asked: Asked) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        self.asked.append(asked)
        self.held(lambda: self.check_request(asked))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Refused):
            answer = fault.answer
        elif isinstance(fault, Answer):
            answer = fault
        else:
            answer = self.answered(asked)
            if fault == "after":
                return None
        if answer.content_type == "application/json" and not isinstance(fault, Answer):
            self.held(lambda: self.check_answer(asked, answer))
        return answer

    def answered(self, asked: Asked) -> Answer:
        try:
            if asked.path == "" and "batch" in asked.form:
                return self.batch(asked)
            self.sign_in(asked)
            return self.routes(asked)
        except Refused as error:
            return error.answer

    def sign_in(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            raise Refused(190, f"Malformed access token {asked.headers.get('authorization')}", status=401)

    def batch(self, asked: Asked) -> Answer:
        """Only what we use of it: one question about a token, asked by the app itself."""
        [question] = json.loads(asked.form["batch"])
        url = urlsplit(question["relative_url"])
        given = dict(parse_qsl(url.query))
        if asked.headers["authorization"] != f"Bearer {self.app_id}|{self.app_secret}":
            body = {"error": {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}}
            return Answer([{"code": 400, "body": json.dumps(body)}])
        assert (question["method"], url.path) == ("GET", "debug_token")
        valid = given["input_token"] == self.token
        token = {"app_id": self.app_id, "type": "SYSTEM_USER", "application": "Acme", "is_valid": valid, "expires_at": 0}
        told = {"data": token | {"scopes": list(self.scopes) if valid else []}}
        self.held(lambda: self.check_token(told))
        return Answer([{"code": 200, "body": json.dumps(told)}])

    def routes(self, asked: Asked) -> Answer:
        raise NotImplementedError

    # ── Held to the description ─────────────────────────────────────────────────────────────────────────────────────

    def check_request(self, asked: Asked) -> None:
        raise NotImplementedError

    def check_answer(self, asked: Asked, answer: Answer) -> None:
        raise NotImplementedError

    def check_token(self, told: JSON) -> None:
        raise NotImplementedError

    def held(self, check: Callable[[], None]) -> None:
        self.checked += 1
        try:
            check()
        except Exception as error:
            self.violations.append(f"{type(error).__name__}: {error}"[:600])

    # ── What Heard is told ──────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, webhook: JSON) -> int:
        """Calls the webhook as Meta does; the status of the answer."""
        body = json.dumps(webhook).encode()
        return self.hook(body, signature(self.app_secret, body))

    def at(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S+0000")


class _Handler(BaseHTTPRequestHandler):
    server: Graph
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        version, _, path = url.path.lstrip("/").partition("/")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        form, files = read_body(headers.get("content-type", ""), body)
        content_type = headers.get("content-type", "").partition(";")[0]
        answer = self.server.take(
            Asked(self.command, path, version, dict(parse_qsl(url.query)), headers, form, files, content_type)
        )
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.bytes)),
            **answer.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.bytes)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


def read_body(content_type: str, body: bytes) -> tuple[JSON, dict[str, tuple[str, str, bytes]]]:
    if content_type.startswith("application/json"):
        return json.loads(body), {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    if not content_type.startswith("multipart/form-data"):
        return {}, {}
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    form, files = {}, {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename():
            files[name] = (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        else:
            form[name] = part.get_payload(decode=True).decode()
    return form, files


@contextmanager
def running(graph: Graph) -> Iterator[Graph]:
    """Serves until the end, and then shows whatever did not fit the description."""
    threading.Thread(target=graph.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield graph
    finally:
        graph.shutdown()
        graph.server_close()
    assert not graph.violations, "\n".join(graph.violations)
