"""A stand-in for X's API, version 2: users, posts with edits and deletions, direct messages, pictures, likes, limits, OAuth 2.0.

Every request and every answer is held to X's own description. Faults that are given as an `Answer` are as X's pages tell them;
the description does not have all of them.
"""

import base64
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.closed.consents import fits
from tests.support.closed.graph import JSON, Answer, read_body
from tests.support.closed.x_description import Asked, check_answer, check_request, description, openapi
from tests.support.servers import require

ME = {"id": "2244994945", "username": "acme", "name": "Acme", "protected": False}
DANA = {"id": "4001", "username": "dana_field", "name": "Dana Field", "protected": False}
ROBIN = {"id": "4002", "username": "robin_s", "name": "Robin", "protected": False}
PEOPLE = {each["id"]: each for each in (ME, DANA, ROBIN)}
CLIENT_ID, CLIENT_SECRET = "VGhlQ2xpZW50OjE", "the-secret-of-the-app-of-acme"
SCOPES = "tweet.read users.read offline.access tweet.write media.write dm.read dm.write tweet.moderate.write like.read"
PROBLEMS = "https://api.x.com/2/problems/"


class Refused(Exception):
    def __init__(self, status: int, problem: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        body = {"type": f"{PROBLEMS}{problem}", "title": problem, "detail": detail, "status": status, **more}
        self.answer = Answer(body, status, content_type="application/problem+json")


def usage_capped() -> Answer:
    """As X's pages show it."""
    body = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap", "type": f"{PROBLEMS}usage-capped"}
    return Answer(body | {"period": "Monthly", "scope": "Product"}, 429, content_type="application/problem+json")


class X(ThreadingHTTPServer):
    """`faults` come first, each once, at the path it names ("" is any but the sign-in): an Answer, a Refused, or "after"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.faults: list[tuple[str, Answer | Refused | str]] = []
        self.violations: list[str] = []
        self.checked = 0
        self.ahead = timedelta(0)
        self.numbers = itertools.count(1)
        self.posts: dict[str, JSON] = {}
        self.protected: set[str] = set()
        self.dms: dict[str, JSON] = {}
        self.media: dict[str, JSON] = {}
        self.files: dict[str, bytes] = {}
        self.likes: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self.closed_to_dms: set[str] = set()
        self.refresh_token = "refresh-token-0-of-acme"
        self.access_tokens: set[str] = set()
        self.consents: dict[str, dict[str, str]] = {}
        self.scopes = SCOPES
        self.renewals = 0
        self.limits: dict[str, str] = {}
        self.page = 100

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def secrets(self) -> dict[str, str]:
        return {"client_secret": CLIENT_SECRET, "refresh_token": "refresh-token-0-of-acme"}

    def new_id(self) -> str:
        return str((int(self.now.timestamp() * 1000) - 1288834974657 << 22) + next(self.numbers))

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, asked: Asked) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        self.asked.append(asked)
        if asked.path.startswith("/2/oauth2/"):
            return self.oauth(asked)
        if asked.path.startswith("/media/"):
            return Answer(self.files[asked.path.rpartition("/")[2]], content_type="image/jpeg")
        self.held(lambda: check_request(asked))
        fault = next((fault for fault in self.faults if fault[0] in asked.path), None)
        if fault:
            self.faults.remove(fault)
        if fault and isinstance(fault[1], Answer):
            return fault[1]
        try:
            if fault and isinstance(fault[1], Refused):
                raise fault[1]
            if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.access_tokens:
                return Answer({"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401)
            answer = self.routed(asked)
        except Refused as refused:
            answer = refused.answer
        if fault and fault[1] == "after":
            return None
        self.held(lambda: check_answer(asked, answer))
        return answer

    def oauth(self, asked: Asked) -> Answer:
        given = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if given != f"{CLIENT_ID}:{CLIENT_SECRET}" or asked.form.get("client_id") != CLIENT_ID:
            return Answer({"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, 401)
        if asked.path.endswith("/revoke"):
            self.access_tokens.discard(asked.form["token"])
            self.refresh_token = "" if asked.form["token"] == self.refresh_token else self.refresh_token
            return Answer({"revoked": True})
        if asked.form["grant_type"] == "authorization_code":
            consent = self.consents.pop(asked.form["code"], None)
            if not fits(consent, asked.form):
                return Answer({"error": "invalid_request", "error_description": f"not so: {asked.form}"}, 400)
        elif asked.form["grant_type"] != "refresh_token" or asked.form["refresh_token"] != self.refresh_token:
            return Answer({"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, 400)
        self.renewals += 1
        self.refresh_token = f"refresh-token-{self.renewals}-of-acme"
        self.access_tokens = {f"access-token-{self.renewals}-of-acme"}
        tokens = {"access_token": f"access-token-{self.renewals}-of-acme", "refresh_token": self.refresh_token}
        return Answer({"token_type": "bearer", "expires_in": 7200, "scope": self.scopes, **tokens})

    def says_yes(self, consent_page: str) -> dict[str, str]:
        """What somebody who opens the consent page and says yes brings back."""
        asked = dict(parse_qsl(urlsplit(consent_page).query))
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        self.consents["code-of-acme"] = asked
        return {"state": asked["state"], "code": "code-of-acme"}

    def routed(self, asked: Asked) -> Answer:
        parts = asked.path.removeprefix("/2/").split("/")
        match asked.method, parts:
            case "GET", ["users", "me"]:
                return Answer({"data": ME})
            case "GET", ["users", _, "mentions"]:
                return self.timeline(asked, lambda post: is_to_us(post) or self.answers_us(post))
            case "GET", ["users", _, "tweets"]:
                return self.timeline(asked, lambda post: post["author_id"] == ME["id"])
            case "GET", ["tweets", "search", "recent"]:
                return self.search(asked)
            case "GET", ["tweets"]:
                return self.lookup(asked.query["ids"].split(","))
            case "POST", ["tweets"]:
                return Answer({"data": self.accept(json.loads(asked.body))}, 201)
            case "DELETE", ["tweets", id_]:
                return self.remove(self.posts, id_)
            case "PUT", ["tweets", id_, "hidden"]:
                hidden = json.loads(asked.body)["hidden"]
                (self.hidden.add if hidden else self.hidden.discard)(id_)
                return Answer({"data": {"hidden": hidden}})
            case "GET", ["tweets", id_, "liking_users"]:
                found = [PEOPLE[who] for who in self.likes.get(id_, [])]
                return Answer({"data": found, "meta": {"result_count": len(found)}})
            case "GET", ["dm_events"]:
                return self.messages(asked, lambda event: True)
            case "GET", ["dm_conversations", "with", who, "dm_events"]:
                return self.messages(asked, lambda event: who in event["dm_conversation_id"].split("-"))
            case "POST", ["dm_conversations", "with", who, "messages"]:
                return self.tell(who, json.loads(asked.body))
            case "DELETE", ["dm_events", id_]:
                return self.remove(self.dms, id_)
            case "POST", ["media", "upload"]:
                _, _, data = asked.files["media"]
                return Answer({"data": {"id": self.keep(data)["id"]}})
            case "POST", ["media", "metadata"]:
                body = json.loads(asked.body)
                self.media[body["id"]]["alt_text"] = body["metadata"]["alt_text"]["text"]
                return Answer({"data": {"id": body["id"]}})
        raise AssertionError(f"nobody answers {asked.method} {asked.path}")

    def timeline(self, asked: Asked, wanted: Callable[[JSON], bool]) -> Answer:
        since = int(asked.query.get("since_id", 0))
        found = [post for post in self.posts.values() if wanted(post) and int(post["id"]) > since]
        return self.paged(asked, found, "pagination_token")

    def search(self, asked: Asked) -> Answer:
        since = asked.query.get("since_id", "")
        oldest = int((self.now - timedelta(days=7)).timestamp() * 1000) - 1288834974657 << 22
        if since and int(since) < oldest:
            detail = f"'since_id' must be a tweet id created after {self.now - timedelta(days=7)}"
            raise Refused(400, "invalid-request", detail)
        words = asked.query["query"].split(" -is:")[0].strip('"').lower()
        found = [each for each in self.posts.values() if words in each["text"].lower() and each["author_id"] != ME["id"]]
        return self.paged(asked, [each for each in found if int(each["id"]) > max(int(since or 0), oldest)], "next_token")

    def paged(self, asked: Asked, found: list[JSON], token: str) -> Answer:
        found = sorted(found, key=lambda post: int(post["id"]), reverse=True)
        start, size = int(asked.query.get(token, 0)), min(int(asked.query["max_results"]), self.page)
        page = found[start : start + size]
        meta: JSON = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(found) > start + size:
            meta["next_token"] = str(start + size)
        answer = {"data": [self.shown(post) for post in page], "includes": self.includes(page), "meta": meta}
        return Answer(answer if page else {"meta": meta}, headers=self.limits)

    def shown(self, post: JSON) -> JSON:
        likes = len(self.likes.get(post["id"], []))
        metrics = dict.fromkeys(("repost_count", "reply_count", "quote_count", "bookmark_count", "impression_count"), 0)
        return post | {"public_metrics": metrics | {"like_count": likes}}

    def includes(self, found: list[JSON]) -> JSON:
        people = {each.get("author_id") or each["sender_id"] for each in found}
        keys = {key for each in found for key in each.get("attachments", {}).get("media_keys", [])}
        media = [
            {"media_key": m["media_key"], "type": "photo", "url": m["url"], "alt_text": m["alt_text"]}
            for m in self.media.values()
        ]
        return {"users": [PEOPLE[who] for who in sorted(people)], "media": [each for each in media if each["media_key"] in keys]}

    def lookup(self, ids: list[str]) -> Answer:
        known = [self.posts[id_] for id_ in ids if id_ in self.posts and self.posts[id_]["author_id"] not in self.protected]
        errors = [self.missing(id_) for id_ in ids if id_ not in {post["id"] for post in known}]
        answer: JSON = {"errors": errors} if errors else {}
        if known:
            answer |= {"data": [self.shown(post) for post in known], "includes": self.includes(known)}
        return Answer(answer)

    def missing(self, id_: str) -> JSON:
        kind = "not-authorized-for-resource" if id_ in self.posts else "resource-not-found"
        what = {"resource_type": "tweet", "resource_id": id_, "parameter": "ids", "value": id_}
        return {"type": f"{PROBLEMS}{kind}", "title": "Not here", "detail": f"Could not find tweet with ids: [{id_}].", **what}

    def accept(self, body: JSON) -> JSON:
        if any(post["text"] == body["text"] for post in self.posts.values() if post["author_id"] == ME["id"]):
            raise Refused(403, "invalid-request", "You are not allowed to create a Tweet with duplicate content.")
        reply = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        if reply and reply not in self.posts:
            raise Refused(400, "invalid-request", "Reply to a tweet that is deleted or not visible to you is not allowed.")
        post = self.says(ME, body["text"], reply_to=reply, pictures=body.get("media", {}).get("media_ids", []))
        return {"id": post["id"], "text": post["text"]}

    def tell(self, who: str, body: JSON) -> Answer:
        if who in self.closed_to_dms:
            detail = "You do not have permission to DM one or more participants."
            raise Refused(403, "not-authorized-for-resource", detail, resource_type="user")
        event = self.writes(ME, body.get("text", ""), to=who, pictures=[each["media_id"] for each in body.get("attachments", [])])
        return Answer({"data": {"dm_conversation_id": event["dm_conversation_id"], "dm_event_id": event["id"]}}, 201)

    def messages(self, asked: Asked, wanted: Callable[[JSON], bool]) -> Answer:
        return self.paged_messages(asked, [event for event in self.dms.values() if wanted(event)])

    def paged_messages(self, asked: Asked, found: list[JSON]) -> Answer:
        found = sorted(found, key=lambda event: int(event["id"]), reverse=True)
        start, size = (
            int(asked.query.get("pagination_token", "").lstrip("p") or 0),
            min(int(asked.query["max_results"]), self.page),
        )
        page = found[start : start + size]
        meta: JSON = {"result_count": len(page)}
        if len(found) > start + size:
            meta["next_token"] = str(start + size).rjust(20, "p")
        includes = self.includes(page)
        includes["users"] = list(PEOPLE.values())
        return Answer({"data": page, "includes": includes, "meta": meta} if page else {"meta": meta})

    def remove(self, where: dict[str, JSON], id_: str) -> Answer:
        if where.pop(id_, None) is None:
            raise Refused(404, "resource-not-found", "Not Found", resource_type="tweet")
        return Answer({"data": {"deleted": True}})

    # ── What happens on X ───────────────────────────────────────────────────────────────────────────────────────────

    def keep(self, data: bytes) -> JSON:
        number = str(1_900_000_000_000_000_000 + next(self.numbers))
        self.files[number] = data
        self.media[number] = {"id": number, "media_key": f"3_{number}", "url": f"{self.url}/media/{number}", "alt_text": ""}
        return self.media[number]

    def says(self, who: JSON, text: str, *, reply_to: str = "", pictures: list[str] | tuple = (), **more: Any) -> JSON:
        id_ = self.new_id()
        post: JSON = {
            "id": id_,
            "text": text,
            "author_id": who["id"],
            "created_at": self.moment(),
            "conversation_id": id_,
            "edit_history_post_ids": [id_],
            "lang": "en",
        }
        if "@acme" in text:
            start = text.index("@acme")
            post["entities"] = {"mentions": [{"start": start, "end": start + 5, "username": "acme", "id": ME["id"]}]}
        if reply_to:
            post["referenced_posts"] = [{"type": "replied_to", "id": reply_to}]
            post["in_reply_to_user_id"] = self.posts[reply_to]["author_id"]
            post["conversation_id"] = self.posts[reply_to]["conversation_id"]
        if pictures:
            post["attachments"] = {"media_keys": [self.media[number]["media_key"] for number in pictures]}
        self.posts[id_] = post | more
        return self.posts[id_]

    def edits(self, post: JSON, text: str) -> JSON:
        """An edited post is another one; both know all of them."""
        new = self.says(PEOPLE[post["author_id"]], text)
        history = [*post["edit_history_post_ids"], new["id"]]
        for id_ in history:
            self.posts[id_]["edit_history_post_ids"] = history
        new["conversation_id"] = post["conversation_id"]
        return new

    def writes(self, who: JSON, text: str, *, to: str = ME["id"], pictures: list[str] | tuple = ()) -> JSON:
        event: JSON = {
            "id": self.new_id(),
            "event_type": "MessageCreate",
            "text": text,
            "sender_id": who["id"],
            "created_at": self.moment(),
            "dm_conversation_id": "-".join(sorted((who["id"], to), key=int)),
        }
        if pictures:
            event["attachments"] = {"media_keys": [self.media[number]["media_key"] for number in pictures]}
        self.dms[event["id"]] = event
        return event

    def answers_us(self, post: JSON) -> bool:
        return post.get("in_reply_to_user_id") == ME["id"] and post["author_id"] != ME["id"]

    def moment(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def passes(self, **time: float) -> None:
        self.ahead += timedelta(**time)

    def held(self, check: Callable[[], None]) -> None:
        self.checked += 1
        try:
            check()
        except Exception as error:
            cause = error.__cause__
            self.violations.append(f"{type(error).__name__}: {error} {cause!r}"[:1200])


def is_to_us(post: JSON) -> bool:
    return "entities" in post and post["author_id"] != ME["id"]


class _Handler(BaseHTTPRequestHandler):
    server: X
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        content_type = headers.get("content-type", "")
        form, files = ({}, {}) if content_type.startswith("application/json") else read_body(content_type, body)
        answer = self.server.take(
            Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body, form, files, content_type)
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

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[X]:
    """Serves until the end, and then shows whatever did not fit the description."""
    server = X()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
    assert not server.violations, "\n".join(server.violations)


@pytest.fixture
def x() -> Iterator[X]:
    description()
    try:
        openapi()
    except ImportError:
        require(False, "openapi-core, to hold the stand-in for X to its description")
    with running() as server:
        yield server
