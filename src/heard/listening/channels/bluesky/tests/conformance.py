"""Bluesky as a network that answers well, for the suite that every channel passes."""

import json
from collections.abc import Sequence
from typing import ClassVar

from heard.listening.channels.bluesky.uris import POST, rkey_of
from heard.listening.channels.contract import Author, Outgoing
from heard.listening.conformance import Answer, Asked, ChannelConformance

US = "did:plc:acmeacmeacmeacmeacmeacme"
DANA = "did:plc:danadanadanadanadanadana"
QUESTION = f"at://{DANA}/{POST}/3kquestion222"
CID = "bafyreiciadjbqu442l6aazgnly36shu2g772pjvf4q3yerc3vqhv6hdddq"
SESSION = {"did": US, "handle": "acme-1.test", "accessJwt": "a.b.c", "refreshJwt": "d.e.f"}
VIEW = {
    "uri": QUESTION,
    "cid": CID,
    "author": {"did": DANA, "handle": "dana.test"},
    "record": {"$type": POST, "text": "hello", "createdAt": "2026-01-01T12:00:00Z"},
    "indexedAt": "2026-01-01T12:00:00Z",
}
MENTION = {**VIEW, "reason": "mention"}
LIKE = {**VIEW, "uri": f"at://{DANA}/app.bsky.feed.like/3klike2222222", "reason": "like", "reasonSubject": f"at://{US}/{POST}/1"}
GONE = Answer(status=400, body=b'{"error": "RecordNotFound", "message": "Could not locate record"}')


class Conformance(ChannelConformance):
    signed_out: ClassVar[Answer] = Answer(
        status=401, body=b'{"error": "AuthenticationRequired", "message": "Invalid identifier or password"}'
    )

    def message(self, text: str) -> Outgoing:
        dana = Author(network="bluesky", external_id=DANA, handle="@dana.test", name="Dana")
        return Outgoing(text=text, to=dana, subject="Your question", visibility="public", in_reply_to=QUESTION)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        match asked.path.rpartition("/")[2]:
            case "com.atproto.server.createSession" | "com.atproto.server.refreshSession":
                return said(SESSION)
            case "app.bsky.notification.listNotifications":
                return said({"notifications": [LIKE, MENTION]})
            case "app.bsky.feed.getPosts":
                return said({"posts": [VIEW]})
            case "app.bsky.feed.getAuthorFeed":
                return said({"feed": []})
            case "app.bsky.feed.searchPosts":
                return said({"posts": []})
            case "com.atproto.repo.createRecord":
                return said({"uri": f"at://{US}/{POST}/{json.loads(asked.body)['rkey']}", "cid": CID})
            case "com.atproto.repo.getRecord":
                return self.record(taken)
        return None

    def record(self, taken: Sequence[Asked]) -> Answer:
        """What we wrote under the key that the suite sends with, if it arrived."""
        written = [json.loads(asked.body) for asked in taken]
        found = next((one for one in written if one["rkey"] == rkey_of("key-1")), None)
        return said({"uri": f"at://{US}/{POST}/{found['rkey']}", "cid": CID, "value": found["record"]}) if found else GONE


def said(answer: object) -> Answer:
    return Answer(body=json.dumps(answer).encode())
