"""A stand-in for Instagram by its API with Instagram Login: comments, direct messages, the 24 hours, private replies, a token that ends.

Meta describes Instagram nowhere in a form for machines. So what it answers is held to the shapes of recorded answers, and what
it is asked to the tables below, made by hand from Meta's reference:
https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/comments
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/mentions
"""

import itertools
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from tests.support.closed import recorded
from tests.support.closed.graph import JSON, Answer, Asked, Graph, Refused, running

US, OUR_NAME = "17841400000000001", "acme"
MEDIA = "17900000000000001"
ASKS = {  # (method, edge): what may be asked; `None`: a comment itself
    ("GET", "me"): {"fields"},
    ("GET", "refresh_access_token"): {"grant_type", "access_token"},
    ("POST", "messages"): {"recipient", "message", "messaging_type", "tag"},
    ("GET", "conversations"): {"platform", "user_id", "fields", "limit"},
    ("GET", "media"): {"fields", "limit"},
    ("GET", "subscribed_apps"): {"fields"},
    ("DELETE", "subscribed_apps"): set(),
    ("POST", "replies"): {"message"},
    ("GET", "replies"): {"fields", "limit"},
    ("POST", "mentions"): {"media_id", "comment_id", "message"},
    ("GET", None): {"fields"},
    ("POST", None): {"hide"},
    ("DELETE", None): set(),
}
RECORDED = {"messages": "message", "conversations": "message", "media": "ig_media", "replies": "ig_comment"}
MORE_IN_ERRORS = {"error_subcode", "is_transient", "error_user_title", "error_user_msg"}


class Instagram(Graph):
    scopes = ("instagram_business_basic", "instagram_business_manage_messages", "instagram_business_manage_comments")
    token = "IGAAW-token-of-acme"

    def __init__(self) -> None:
        super().__init__()
        self.subscribed = ["comments", "messages", "messaging_seen"]
        self.comments: dict[str, JSON] = {}
        self.messages: list[JSON] = []
        self.answers_to_mentions: list[JSON] = []
        self.last_words: dict[str, datetime] = {}
        self.answered_privately: set[str] = set()
        self.human_agent = False
        self.token_age = timedelta(days=30)
        self.numbering = itertools.count(11)

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self, asked: Asked) -> Answer:
        owner, edge = place(asked.path)
        match asked.method, edge:
            case "GET", "me":
                return Answer({"user_id": US, "username": OUR_NAME})
            case "GET", "refresh_access_token":
                return Answer(self.renew(asked.query["access_token"]))
            case "POST", "messages":
                self.need("instagram_business_manage_messages")
                return Answer(self.take_message(asked.form))
            case "GET", "conversations":
                self.need("instagram_business_manage_messages")
                return Answer({"data": self.talks(asked.query.get("user_id", ""))})
            case "GET", "media":
                self.need("instagram_business_manage_comments")
                return Answer({"data": [self.post()]})
            case "GET", "subscribed_apps":
                return Answer({"data": [{"subscribed_fields": self.subscribed}]})
            case "DELETE", "subscribed_apps":
                self.subscribed = []
                return Answer({"success": True})
            case "POST", "replies":
                self.known(owner)
                return Answer({"id": self.put(US, OUR_NAME, asked.form["message"], parent=owner)})
            case "POST", "mentions":
                self.need("instagram_business_manage_comments")
                self.answers_to_mentions.append(asked.form)
                return Answer({"id": f"178000000000001{next(self.numbering)}"})
            case "GET", "replies":
                return Answer({"data": [shown(each, asked) for each in self.comments.values() if each["parent"] == owner]})
        return self.change(owner, asked)

    def post(self) -> JSON:
        """Our one post with what stands below it."""
        answers = {id_: each["parent"] for id_, each in self.comments.items() if each["parent"]}
        below = [{"id": id_} for id_ in self.comments if id_ not in answers]
        for each in below:
            if replies := [{"id": id_} for id_, parent in answers.items() if parent == each["id"]]:
                each["replies"] = {"data": replies}
        return {"id": MEDIA, **({"comments": {"data": below}} if below else {})}

    def change(self, id_: str, asked: Asked) -> Answer:
        self.known(id_)
        if asked.method == "GET":
            return Answer({"id": id_})
        if asked.method == "DELETE":
            del self.comments[id_]
        else:
            self.comments[id_]["hidden"] = asked.form["hide"]
        return Answer({"success": True})

    def need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused(10, "(#10) Application does not have permission for this action", status=403)

    def known(self, comment: str) -> None:
        if comment not in self.comments:
            raise Refused(100, f"Object with ID '{comment}' does not exist", subcode=33)

    def renew(self, token: str) -> JSON:
        if self.token_age < timedelta(hours=24):
            raise Refused(100, "The access token is too young")
        if token != self.token or self.token_age > timedelta(days=60):
            raise Refused(190, "Error validating access token: Session has expired", status=401)
        self.token, self.token_age = f"{token}-renewed", timedelta(0)
        return {"access_token": self.token, "token_type": "bearer", "expires_in": 5_184_000}

    def take_message(self, form: JSON) -> JSON:
        person = self.person_of(form["recipient"], form.get("tag"))
        told = {"id": f"aWdfA{next(self.numbering)}", "created_time": self.at(), "from": {"id": US, "name": OUR_NAME}}
        self.messages.append({**told, "to": person, "message": form["message"]["text"]})
        return {"recipient_id": person, "message_id": told["id"]}

    def person_of(self, recipient: JSON, tag: str | None) -> str:
        """Whom it reaches. Refused where Meta would not let it through."""
        comment = recipient.get("comment_id", "")
        if comment:
            self.known(comment)
            if comment in self.answered_privately:
                raise Refused(10900, "(#10900) Activity already replied to")
            self.answered_privately.add(comment)
            return self.comments[comment]["from"]
        person = recipient["id"]
        allowed = timedelta(days=7) if tag == "HUMAN_AGENT" and self.human_agent else timedelta(hours=24)
        if person not in self.last_words or self.now - self.last_words[person] > allowed:
            raise Refused(10, "(#10) This message is sent outside of allowed window.", subcode=2534022)
        return person

    def talks(self, person: str) -> list[JSON]:
        ours = [{k: v for k, v in each.items() if k != "to"} for each in self.messages[::-1] if each["to"] == person]
        return [{"id": f"t_{person}", "messages": {"data": ours}}] if person else []

    # ── What happens there, and what Heard is told ──────────────────────────────────────────────────────────────────

    def put(self, who: str, name: str, text: str, *, parent: str = "") -> str:
        id_ = f"179000000000001{next(self.numbering)}"
        user = {"user": {"id": who}} if who == US else {}  # of others Instagram shows only the name
        seen = {"id": id_, "text": text, "timestamp": self.at(), "username": name, **user}
        self.comments[id_] = {"seen": seen, "from": who, "parent": parent, "hidden": False}
        return id_

    def comments_on_media(self, who: str, name: str, text: str) -> str:
        id_ = self.put(who, name, text)
        self.tells_comment(id_)
        return id_

    def tells_comment(self, id_: str) -> None:
        comment = self.comments[id_]
        who = {"id": comment["from"], "username": comment["seen"]["username"]}
        ours = {"self_ig_scoped_id": who["id"]} if who["id"] == US else {}
        media = {"id": MEDIA, "media_product_type": "FEED"}
        value = {"id": id_, "from": who | ours, "media": media, "text": comment["seen"]["text"]}
        value |= {"parent_id": comment["parent"]} if comment["parent"] else {}
        entry = {"id": US, "time": int(self.now.timestamp()), "field": "comments", "value": value}
        assert self.tell({"object": "instagram", "entry": [entry]}) == 200

    def mentions_us(self, *, media_id: str, comment_id: str = "") -> None:
        value = {"media_id": media_id, **({"comment_id": comment_id} if comment_id else {})}
        entry = {"id": US, "time": int(self.now.timestamp()), "changes": [{"field": "mentions", "value": value}]}
        assert self.tell({"object": "instagram", "entry": [entry]}) == 200

    def writes(self, who: str, text: str, **more) -> str:
        mid = f"aWdfQ{next(self.numbering)}"
        self.last_words[who] = self.now
        self.says(who, US, message={"mid": mid, "text": text, **more})
        return mid

    def says(self, sender: str, recipient: str, **what) -> None:
        at = int(self.now.timestamp() * 1000)
        thing = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at, **what}
        assert self.tell({"object": "instagram", "entry": [{"id": US, "time": at, "messaging": [thing]}]}) == 200

    # ── Held to the description ─────────────────────────────────────────────────────────────────────────────────────

    def check_request(self, asked: Asked) -> None:
        owner, edge = place(asked.path)
        allowed = ASKS[asked.method, edge]
        given = {*asked.query, *asked.form}
        assert given <= allowed, f"{asked.method} {asked.path} knows no {given - allowed}"
        assert (owner == US) == (edge in ("messages", "conversations", "media", "mentions", "subscribed_apps"))
        if edge == "messages":
            check_message(asked.form)
        if asked.method == "POST" and edge == "replies":
            assert len(asked.form["message"].encode("utf-16-le")) // 2 <= 300

    def check_answer(self, asked: Asked, answer: Answer) -> None:
        if answer.status != 200:
            error = {name: value for name, value in answer.body["error"].items() if name not in MORE_IN_ERRORS}
            return recorded.shape("error").check({"error": error})
        edge = place(asked.path)[1]
        found = deepcopy(answer.body).get("data", [answer.body]) if edge in RECORDED and edge != "messages" else []
        for thing in found:
            for below in thing.pop("comments", {}).get("data", []) if edge == "media" else ():
                recorded.shape("ig_comment").check(below)  # within a post nobody recorded them
            for each in thing["messages"]["data"] if edge == "conversations" else [thing]:
                recorded.shape(RECORDED[edge]).check(each)
        return None


def place(path: str) -> tuple[str, str | None]:
    owner, _, edge = path.partition("/")
    return ("", owner) if owner in ("me", "refresh_access_token") else (owner, edge or None)


def shown(comment: JSON, asked: Asked) -> JSON:
    return {field: comment["seen"][field] for field in asked.query["fields"].split(",") if field in comment["seen"]}


def check_message(form: JSON) -> None:
    assert set(form["recipient"]) in ({"id"}, {"comment_id"})
    assert set(form["message"]) == {"text"}
    assert len(form["message"]["text"].encode()) <= 1000
    assert form.get("messaging_type", "MESSAGE_TAG") == "MESSAGE_TAG"
    assert ("messaging_type" in form) == ("tag" in form)


@pytest.fixture
def instagram() -> Iterator[Instagram]:
    for name in ("error", "message", "ig_media", "ig_comment"):
        recorded.shape(name)
    with running(Instagram()) as graph:
        yield graph
