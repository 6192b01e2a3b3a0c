"""A stand-in for a Facebook Page with its Messenger: posts, comments, private messages, the 24 hours, private replies; and webhooks.

Meta describes Pages nowhere in a form for machines. So what it answers is held to the shapes of recorded answers, and what it
is asked and what it tells to the tables below, made by hand from Meta's reference:
https://developers.facebook.com/docs/messenger-platform/reference/send-api
https://developers.facebook.com/docs/graph-api/reference/comment
https://developers.facebook.com/docs/graph-api/webhooks/reference/page
"""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.support.closed import recorded
from tests.support.closed.graph import JSON, Answer, Asked, Graph, Refused, running

PAGE = "200300400"
MESSAGE = {"recipient", "message", "messaging_type", "tag"}
ASKS = {  # (method, edge): what may be asked; `None`: a comment or post itself
    ("POST", "messages"): MESSAGE,
    ("POST", "comments"): {"message", "source", "attachment_id", "attachment_url", "fields"},
    ("POST", None): {"is_hidden", "message", "attachment_id", "attachment_url"},
    ("DELETE", None): set(),
    ("GET", None): {"fields"},
    ("GET", "comments"): {"fields", "order", "filter", "limit", "since"},
    ("GET", "conversations"): {"fields", "user_id", "platform", "folder", "tags", "limit"},
    ("GET", "subscribed_apps"): {"fields"},
    ("DELETE", "subscribed_apps"): set(),
}
TELLS = {  # field of the webhook: what stands in its value
    "feed": {
        *("from", "item", "verb", "post", "post_id", "comment_id", "parent_id", "message", "created_time", "photo", "video"),
        *("link", "photos", "photo_id", "video_id", "published", "is_hidden", "reaction_type"),
    }
}
SAYS = {"sender", "recipient", "timestamp", "message", "postback", "reaction", "read", "delivery", "message_edit"}
MORE_IN_ERRORS = {"error_subcode", "is_transient", "error_user_title", "error_user_msg"}


class Page(Graph):
    scopes = (
        *("pages_messaging", "pages_read_engagement", "pages_read_user_content"),
        *("pages_manage_engagement", "pages_manage_metadata"),
    )
    window_closed = (10, 2018278)

    def __init__(self) -> None:
        super().__init__()
        self.subscribed = ["feed", "messages", "message_echoes", "message_deliveries"]
        self.words: dict[str, JSON] = {}  # comments and posts
        self.messages: list[JSON] = []
        self.last_words: dict[str, datetime] = {}
        self.answered_privately: set[str] = set()
        self.human_agent = False
        self.numbering = itertools.count(11)

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self, asked: Asked) -> Answer:
        owner, _, edge = asked.path.partition("/")
        match asked.method, edge:
            case "POST", "messages":
                return Answer(self.take_message(asked))
            case "POST", "comments":
                return Answer(self.take_comment(owner, asked))
            case "GET", "comments":
                below = [each for each in self.words.values() if each["parent"] == owner]
                return Answer({"data": [shown(each, asked) for each in reversed(below)]})
            case "GET", "conversations":
                return Answer({"data": self.talks(asked.query["user_id"])})
            case "GET", "subscribed_apps":
                return Answer({"data": [{"id": self.app_id, "subscribed_fields": self.subscribed}]})
            case "DELETE", "subscribed_apps":
                self.subscribed = []
                return Answer({"success": True})
            case "GET", "" if owner == PAGE:
                return Answer({"id": PAGE, "name": "Acme"})
        return self.change(owner, asked)

    def change(self, id_: str, asked: Asked) -> Answer:
        if id_ not in self.words:
            raise Refused(100, f"Unsupported request. Object with ID '{id_}' does not exist", subcode=33)
        if asked.method == "DELETE":
            del self.words[id_]
        elif "is_hidden" in asked.form:
            self.words[id_]["is_hidden"] = asked.form["is_hidden"] == "true"
        else:
            self.words[id_]["message"] = asked.form["message"]
        return Answer({"success": True})

    def take_comment(self, parent: str, asked: Asked) -> JSON:
        if parent not in self.words:
            raise Refused(100, f"Object with ID '{parent}' does not exist", subcode=33)
        id_ = self.put(PAGE, "Acme", asked.form["message"], parent=parent)
        return {"id": id_, "permalink_url": self.words[id_]["permalink_url"]}

    def take_message(self, asked: Asked) -> JSON:
        recipient, message = of_form(asked.form["recipient"]), of_form(asked.form["message"])
        person = self.person_of(recipient, asked.form.get("tag"))
        told = {"id": f"m_A{next(self.numbering)}", "created_time": self.at(), "from": {"id": PAGE, "name": "Acme"}}
        to = {"data": [{"id": person, "name": "Dana Field"}]}
        self.messages.append({**told, "to": to, "message": message.get("text", "")})
        self.files = asked.files
        return {"recipient_id": person, "message_id": told["id"]}

    def person_of(self, recipient: JSON, tag: str | None) -> str:
        """Whom it reaches. Refused where Meta would not let it through."""
        if "id" in recipient:
            self.check_window(recipient["id"], tag)
            return recipient["id"]
        target = recipient.get("comment_id") or recipient["post_id"]
        words = self.words.get(target)
        if words is None:
            raise Refused(100, f"Object with ID '{target}' does not exist", subcode=33)
        if target in self.answered_privately:
            raise Refused(10900, "(#10900) Activity already replied to")
        if self.now - words["at"] > timedelta(days=7):
            raise Refused(10903, "(#10903) This user cant reply to this activity")
        self.answered_privately.add(target)
        return words["from"]["id"]

    def check_window(self, person: str, tag: str | None) -> None:
        if person not in self.last_words:
            raise Refused(100, "(#100) No matching user found", subcode=2018001)
        silent = self.now - self.last_words[person]
        allowed = timedelta(days=7) if tag == "HUMAN_AGENT" and self.human_agent else timedelta(hours=24)
        if silent > allowed:
            code, subcode = self.window_closed
            raise Refused(code, "(#10) This message is sent outside of allowed window.", subcode=subcode)

    def talks(self, person: str) -> list[JSON]:
        ours = [each for each in self.messages if each["to"]["data"][0]["id"] == person]
        return [
            {"id": f"t_{person}", "messages": {"data": [{k: v for k, v in each.items() if k != "to"} for each in ours[::-1]]}}
        ]

    # ── What happens there, and what Heard is told ──────────────────────────────────────────────────────────────────

    def put(self, who: str, name: str, words: str, *, parent: str = "") -> str:
        id_ = f"1_{next(self.numbering)}" if parent else f"{PAGE}_{next(self.numbering)}"
        link = f"https://www.facebook.com/{PAGE}/posts/1?comment_id={id_}"
        self.words[id_] = {
            "id": id_,
            "message": words,
            "created_time": self.at(),
            "from": {"id": who, "name": name},
            "is_hidden": False,
            "permalink_url": link,
            "parent": parent,
            "at": self.now,
        }
        return id_

    def comments(self, who: str, name: str, words: str, *, below: str) -> str:
        id_ = self.put(who, name, words, parent=below)
        self.feed("add", id_, post=below, message=words)
        return id_

    def feed(self, verb: str, id_: str, *, post: str, **more) -> None:
        value = {
            "from": self.words[id_]["from"] if id_ in self.words else {"id": "0"},
            "item": "comment",
            "verb": verb,
            "post_id": post,
            "comment_id": id_,
            "parent_id": post,
            "created_time": int(self.now.timestamp()),
            **more,
        }
        change = {"field": "feed", "value": value}
        assert (
            self.tell({"object": "page", "entry": [{"id": PAGE, "time": int(self.now.timestamp()), "changes": [change]}]}) == 200
        )

    def writes(self, who: str, words: str, **more) -> str:
        mid = f"m_Q{next(self.numbering)}"
        self.last_words[who] = self.now
        self.says(who, PAGE, message={"mid": mid, "text": words, **more})
        return mid

    def says(self, sender: str, recipient: str, **what) -> None:
        at = int(self.now.timestamp() * 1000)
        thing = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at, **what}
        assert self.tell({"object": "page", "entry": [{"id": PAGE, "time": at, "messaging": [thing]}]}) == 200

    def tell(self, webhook: JSON) -> int:
        self.held(lambda: check_webhook(webhook))
        return super().tell(webhook)

    # ── Held to the description ─────────────────────────────────────────────────────────────────────────────────────

    def check_request(self, asked: Asked) -> None:
        if asked.path == "":
            return recorded.check_batch(asked)
        owner, _, edge = asked.path.partition("/")
        allowed = ASKS[asked.method, edge or None]
        given = {*asked.query, *asked.form, *asked.files} - {"appsecret_proof", "filedata"}
        assert given <= allowed, f"{asked.method} {asked.path} knows no {given - allowed}"
        assert (owner == PAGE) == (edge in ("messages", "conversations", "subscribed_apps") or asked.method == "GET" and not edge)
        if edge == "messages":
            return check_message(asked)
        return check_fields(asked.query.get("fields") or asked.form.get("fields", ""), edge)

    def check_answer(self, asked: Asked, answer: Answer) -> None:
        if answer.status != 200:
            error = {name: value for name, value in answer.body["error"].items() if name not in MORE_IN_ERRORS}
            return recorded.shape("error").check({"error": error})
        edge = asked.path.partition("/")[2]
        if edge == "comments":
            for comment in answer.body.get("data", [answer.body]):
                recorded.shape("comment").check(comment)
        elif edge == "conversations":
            for message in (message for talk in answer.body["data"] for message in talk["messages"]["data"]):
                recorded.shape("message").check(message)
        elif asked.method == "GET" and asked.path == PAGE:
            recorded.shape("page").check(answer.body)
        return None

    def check_token(self, told: JSON) -> None:
        recorded.shape("token").check(told)


def of_form(value) -> JSON:
    return json.loads(value) if isinstance(value, str) else value


def shown(words: JSON, asked: Asked) -> JSON:
    return {field: words[field] for field in asked.query["fields"].split(",")}


def check_message(asked: Asked) -> None:
    recipient, message = of_form(asked.form["recipient"]), of_form(asked.form["message"])
    assert len(recipient) == 1
    assert set(recipient) <= {"id", "comment_id", "post_id"}
    assert set(message) <= {"text", "metadata"} or set(message) == {"attachment"}
    assert len(message.get("text", "x").encode("utf-16-le")) // 2 <= 2000
    assert len(message.get("metadata", "")) <= 1000
    assert asked.form["messaging_type"] in ("RESPONSE", "UPDATE", "MESSAGE_TAG")
    assert (asked.form["messaging_type"] == "MESSAGE_TAG") == ("tag" in asked.form)
    if "attachment" in message:
        assert message["attachment"]["type"] in ("image", "video", "audio", "file")
        assert set(asked.files) == {"filedata"}


def check_fields(fields: str, edge: str) -> None:
    """Only fields that Meta answered somewhere."""
    if edge in ("comments", "conversations"):
        inner = re.sub(r"^messages\.limit\(\d+\)\{(.*)\}$", r"\1", fields)
        known = {
            path.partition(".")[0].partition("[")[0]
            for path in recorded.shape(edge.removesuffix("s") if edge == "comments" else "message").kinds
        }
        assert set(inner.split(",")) <= known


def check_webhook(webhook: JSON) -> None:
    assert set(webhook) == {"object", "entry"}
    for entry in webhook["entry"]:
        assert set(entry) <= {"id", "time", "changes", "messaging"}
        for change in entry.get("changes", []):
            assert set(change["value"]) <= TELLS[change["field"]]
        for thing in entry.get("messaging", []):
            assert set(thing) <= SAYS


@pytest.fixture
def page() -> Iterator[Page]:
    for name in ("token", "error", "comment", "message", "page"):
        recorded.shape(name)
    with running(Page()) as graph:
        yield graph
