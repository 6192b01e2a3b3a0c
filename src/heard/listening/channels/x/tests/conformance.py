"""X in a few lines: what it answers when all is well, and what it shows of what it took."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from heard.listening.channels.contract import Account
from heard.listening.conformance import Answer, Asked, ChannelConformance

ME = {"id": "2244994945", "username": "acme", "name": "Acme"}
DANA = {"id": "4001", "username": "dana_field", "name": "Dana"}
TOKENS = {"token_type": "bearer", "expires_in": 7200, "access_token": "later-token-1", "refresh_token": "later-token-2"}


class Conformance(ChannelConformance):
    address = "4001"

    def account(self, base_url: str) -> Account:
        """The session of a test is no other test's."""
        given = super().account(base_url)
        return replace(given, secrets=dict(given.secrets))

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        match asked.path:
            case "/2/oauth2/token":
                return said(TOKENS)
            case "/2/users/me":
                return said({"data": ME})
            case "/2/users/2244994945/mentions":
                return said(page([] if asked.query.get("since_id") else [post("1800000000000000001", DANA, "@acme hello")]))
            case "/2/users/2244994945/tweets":
                found = [post(new_id(number), ME, json.loads(each.body)["text"]) for number, each in enumerate(taken)]
                return said(page([] if asked.query.get("since_id") else found))
            case "/2/tweets" if asked.method == "POST":
                return said({"data": {"id": "1800000000000000009", "text": json.loads(asked.body)["text"]}})
            case "/2/tweets" | "/2/dm_events":
                return said(page([]))
        return None


def page(posts: list) -> dict:
    return {"data": posts, "includes": {"users": [ME, DANA]}, "meta": {"result_count": len(posts)}}


def post(id_: str, who: dict, words: str) -> dict:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"id": id_, "text": words, "author_id": who["id"], "created_at": at, "edit_history_post_ids": [id_]}


def new_id(number: int) -> str:
    return str((int(datetime.now(UTC).timestamp() * 1000) - 1288834974657 << 22) + number)


def said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())
