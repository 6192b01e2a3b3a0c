"""A stand-in for Reddit: posts, comments, an inbox, messages, and patience that is told in headers.

Reddit describes its API nowhere in a form for machines. So PRAW is the oracle: it must be able to read what the stand-in answers, and
the stand-in takes from Heard only requests of the shapes in the table below, which PRAW makes too (tests/journeys/test_reddit.py).
"""

import itertools
import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

JSON = dict[str, Any]
US = "acme"
LISTING = {"limit", "after", "before", "count", "show", "raw_json"}
ASKS = {  # (method, place): what may be asked, in the address or in the form
    ("GET", "message/inbox"): LISTING,
    ("GET", "message/sent"): LISTING,
    ("GET", "r/*/new"): LISTING,
    ("GET", "r/*/comments"): LISTING,
    ("GET", "search"): LISTING | {"q", "sort", "t", "type", "restrict_sr", "syntax"},
    ("GET", "r/*/search"): LISTING | {"q", "sort", "t", "type", "restrict_sr", "syntax"},
    ("GET", "user/*/comments"): LISTING | {"sort", "t"},
    ("GET", "api/info"): {"id", "raw_json"},
    ("GET", "api/v1/me"): {"raw_json"},
    ("POST", "api/comment"): {"thing_id", "text", "api_type", "raw_json"},
    ("POST", "api/compose"): {"to", "subject", "text", "api_type", "raw_json"},
    ("POST", "api/editusertext"): {"thing_id", "text", "validate_on_submit", "api_type", "raw_json"},
    ("POST", "api/del"): {"id", "api_type", "raw_json"},
}


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return re.sub(r"^(r|user)/[^/]+/", r"\1/*/", self.path)

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.place


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Reddit(ThreadingHTTPServer):
    """`faults` come first, each once: an Answer, or "after" to do it and then hang up."""

    daemon_threads = True
    client_id, client_secret, password, refresh_token = (
        "p-jcoLKBynTLew",
        "secret-of-the-app",
        "correct-horse-of-acme",
        "1-refresh-of-acme",
    )

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.faults: list[Answer | str] = []
        self.violations: list[str] = []
        self.things: dict[str, JSON] = {}  # by full name, oldest first
        self.inbox: list[str] = []
        self.closed: set[str] = set()
        self.tokens: set[str] = set()
        self.tokens_given, self.scope, self.remaining = 0, "*", 99.0
        self.ahead = timedelta(0)
        self.numbering = itertools.count(1000)
        self.too_young = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def secrets(self) -> dict[str, str]:
        return {"client_secret": self.client_secret, "password": self.password}

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def passes(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, asked: Asked) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        if "python:heard" not in asked.headers.get("user-agent", "") and "PRAW" not in asked.headers.get("user-agent", ""):
            self.violations.append("Reddit wants to know who asks")
        if asked.path in ("api/v1/access_token", "api/v1/revoke_token"):
            return self.sign_in(asked)
        self.asked.append(asked)
        unknown = {*asked.query, *asked.form} - ASKS.get(asked.key, set())
        if asked.key not in ASKS or unknown:
            self.violations.append(f"Reddit has no {asked.key} with {unknown}")
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Answer):
            return fault
        answer = self.routes(asked) if asked.headers.get("authorization", "")[7:] in self.tokens else refused(401)
        return None if fault == "after" else answer

    def sign_in(self, asked: Asked) -> Answer:
        given = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {given}":
            return refused(401)
        if asked.path.endswith("revoke_token"):
            self.tokens.clear()
            return Answer({})
        grants = (
            {"grant_type": "password", "username": US, "password": self.password},
            {"grant_type": "refresh_token", "refresh_token": self.refresh_token},
        )
        if asked.form not in grants:
            return Answer({"error": "invalid_grant"})  # with status 200, as Reddit does
        self.tokens_given += 1
        self.tokens.add(token := f"token-{self.tokens_given}-of-acme")
        return Answer({"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": self.scope})

    def routes(self, asked: Asked) -> Answer:
        match asked.key:
            case ("GET", "message/inbox"):
                return self.listing(self.inbox, asked)
            case ("GET", "message/sent"):
                return self.listing([name for name in self.names("t4_") if self.things[name]["author"] == US], asked)
            case ("GET", "user/*/comments"):
                return self.listing([name for name in self.names("t1_") if self.things[name]["author"] == US], asked)
            case ("GET", "r/*/new" | "r/*/comments"):
                return self.of_subreddit(asked)
            case ("GET", "search" | "r/*/search"):
                words = asked.query["q"].strip('"').lower()
                found = [
                    name
                    for name in self.names("t3_")
                    if words in f"{self.things[name]['title']} {self.things[name]['selftext']}".lower()
                ]
                return self.listing(found, asked)
            case ("GET", "api/info"):
                names = [name for name in asked.query["id"].split(",") if name in self.things]
                return Answer(
                    page([self.shown(name) for name in names if self.things[name]["subreddit"] not in self.closed], None)
                )
            case ("GET", "api/v1/me"):
                return Answer({"name": "Acme", "is_suspended": False, "id": "a1"})
            case ("POST", "api/comment"):
                return self.comment(asked.form)
            case ("POST", "api/compose"):
                self.message(US, asked.form["to"], asked.form["text"], subject=asked.form["subject"])
                return Answer({"json": {"errors": []}})
            case ("POST", "api/editusertext"):
                self.changes(asked.form["thing_id"], asked.form["text"])
                return Answer({"json": {"errors": [], "data": {"things": [self.shown(asked.form["thing_id"])]}}})
            case ("POST", "api/del"):
                self.deletes(asked.form["id"])
                return Answer({})
        return refused(404)

    def names(self, kind: str) -> list[str]:
        """What its author deleted is in no listing."""
        return [name for name, each in self.things.items() if name.startswith(kind) and each["author"] != "[deleted]"]

    def of_subreddit(self, asked: Asked) -> Answer:
        _, subreddit, what = asked.path.split("/")
        if subreddit in self.closed:
            return Answer({"reason": "private", "message": "Forbidden", "error": 403}, 403)
        kind = "t3_" if what == "new" else "t1_"
        return self.listing([name for name in self.names(kind) if self.things[name]["subreddit"] == subreddit], asked)

    def listing(self, names: list[str], asked: Asked) -> Answer:
        """Newest first. After what is not there any more, Reddit lists nothing."""
        listed = [name for name in reversed(names) if self.things[name]["author"] != "[deleted]"]
        if after := asked.query.get("after"):
            listed = listed[listed.index(after) + 1 :] if after in listed else []
        size = int(asked.query.get("limit", 25))
        shown = listed[:size]
        return Answer(page([self.shown(name) for name in shown], shown[-1] if listed[size:] else None))

    def comment(self, form: dict[str, str]) -> Answer:
        parent = self.things.get(form["thing_id"])
        if self.too_young:
            words = "Looks like you've been doing that a lot. Take a break for 9 minutes before trying again."
            return Answer({"json": {"ratelimit": 540.0, "errors": [["RATELIMIT", words, "ratelimit"]]}})
        if parent is None or parent["author"] == "[deleted]":
            return Answer({"json": {"errors": [["DELETED_COMMENT", "that comment has been deleted", "parent"]]}})
        if parent["name"].startswith("t4_"):
            name = self.message(US, parent["author"], form["text"], subject=f"re: {parent['subject']}", answers=parent)
        else:
            name = self.comments(US, form["text"], below=parent["name"])
        return Answer({"json": {"errors": [], "data": {"things": [self.shown(name)]}}})

    # ── What happens there ──────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, name: str) -> JSON:
        return {"kind": name[:2], "data": dict(self.things[name])}

    def put(self, kind: str, who: str, **data: Any) -> str:
        id_ = f"{next(self.numbering):x}"
        name = f"{kind}_{id_}"
        more = {"id": id_, "name": name, "author": who, "created_utc": self.now.timestamp(), "edited": False, "replies": ""}
        self.things[name] = more | data
        return name

    def posts(self, who: str, title: str, words: str, *, subreddit: str) -> str:
        name = self.put("t3", who, title=title, selftext=words, subreddit=subreddit, is_self=True, num_comments=0, score=1)
        link = f"/r/{subreddit}/comments/{name[3:]}/it/"
        self.things[name] |= {"permalink": link, "url": f"https://www.reddit.com{link}"}
        return name

    def comments(self, who: str, words: str, *, below: str) -> str:
        """It comes to our inbox when it answers us or names us."""
        above = self.things[below]
        link = below if below.startswith("t3_") else above["link_id"]
        name = self.put(
            "t1", who, body=words, parent_id=below, link_id=link, subreddit=above["subreddit"], score=1, was_comment=True
        )
        self.things[name]["permalink"] = f"/r/{above['subreddit']}/comments/{link[3:]}/it/{name[3:]}/"
        if who != US and (above["author"] == US or f"u/{US}" in words):
            kind = "username_mention" if f"u/{US}" in words else "comment_reply"
            self.things[name] |= {"type": kind, "dest": US, "context": self.things[name]["permalink"] + "?context=3", "new": True}
            self.inbox.append(name)
        return name

    def message(self, who: str, to: str, words: str, *, subject: str, answers: JSON | None = None) -> str:
        first = (answers["first_message_name"] or answers["name"]) if answers else None
        parent = answers["name"] if answers else None
        about = {"subject": subject, "dest": to, "was_comment": False, "subreddit": None, "context": "", "new": True}
        name = self.put("t4", who, body=words, parent_id=parent, first_message_name=first, **about)
        if to == US:
            self.inbox.append(name)
        return name

    def changes(self, name: str, words: str) -> None:
        self.things[name] |= {"selftext" if name.startswith("t3_") else "body": words, "edited": self.now.timestamp()}

    def deletes(self, name: str) -> None:
        self.changes(name, "[deleted]")
        self.things[name] |= {"author": "[deleted]"}

    def removes(self, name: str) -> None:
        """As a moderator does."""
        self.things[name] |= {"selftext" if name.startswith("t3_") else "body": "[removed]"}


def page(children: list[JSON], after: str | None) -> JSON:
    return {"kind": "Listing", "data": {"children": children, "after": after, "before": None, "dist": len(children)}}


def refused(status: int) -> Answer:
    return Answer({"message": "refused", "error": status}, status)


class _Handler(BaseHTTPRequestHandler):
    server: Reddit
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = dict(parse_qsl(self.rfile.read(int(headers.get("content-length", 0))).decode()))
        answer = self.server.take(Asked(self.command, url.path.strip("/"), dict(parse_qsl(url.query)), headers, form))
        if answer is None:
            self.close_connection = True
            return
        body = json.dumps(answer.body).encode()
        patience = {"x-ratelimit-remaining": str(self.server.remaining), "x-ratelimit-used": "1", "x-ratelimit-reset": "321"}
        self.send_response(answer.status)
        for name, value in {
            "content-type": "application/json",
            "content-length": str(len(body)),
            **patience,
            **answer.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(server: Reddit) -> Iterator[Reddit]:
    """Serves until the end, and then shows whatever had no shape of Reddit's."""
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
    assert not server.violations, "\n".join(server.violations)


@pytest.fixture
def reddit() -> Iterator[Reddit]:
    with running(Reddit()) as server:
        yield server
