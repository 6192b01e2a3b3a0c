"""A server in a few lines: what it answers when all is well, and what it shows of what it took."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs

from heard.listening.channels.mastodon.words import length
from heard.listening.conformance import Answer, Asked, ChannelConformance

ME = {"id": "1", "acct": "brand", "url": "https://a.example/@brand"}
DANA = {"id": "2", "acct": "dana@customer.example", "url": "https://customer.example/@dana"}
PLACES = {
    "/api/v2/instance": {"title": "A", "version": "4.5.0", "configuration": {"statuses": {"max_characters": 500}}},
    "/api/v1/accounts/verify_credentials": ME,
    "/api/v2/search": {"statuses": []},
    "/api/v1/timelines/tag/help": [],
}


class Conformance(ChannelConformance):
    def length(self, text: str) -> int:
        """A link counts as 23 and a mention without its host."""
        return length(text)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == "/api/v1/notifications":
            return _said([] if asked.query.get("min_id") else [_mention()])
        if asked.path == "/api/v1/statuses" and asked.method == "POST":
            return _said(_status("9", ME, parse_qs(asked.body.decode())["status"][0]))
        if asked.path == "/api/v1/accounts/1/statuses":
            return _said([_status("9", ME, parse_qs(post.body.decode())["status"][0]) for post in taken])
        if asked.path == "/api/v1/statuses/5":
            return _said(_mention()["status"])
        return _said(PLACES[asked.path]) if asked.path in PLACES else None


def _mention() -> dict:
    status = _status("5", DANA, "@brand where is my order?")
    return {"id": "7", "type": "mention", "account": DANA, "created_at": status["created_at"], "status": status}


def _status(id_: str, who: dict, words: str) -> dict:
    return {
        "id": id_,
        "account": who,
        "content": f"<p>{words}</p>",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "visibility": "public",
        "uri": f"https://a.example/{id_}",
    }


def _said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())
