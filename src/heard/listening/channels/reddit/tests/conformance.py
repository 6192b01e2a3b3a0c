"""Reddit in a few lines: one mention, and the comments that it took."""

import json
import time
from collections.abc import Sequence
from urllib.parse import parse_qs

from msgspec.structs import replace

from heard.listening.channels.contract import Outgoing
from heard.listening.conformance import Answer, Asked, ChannelConformance


class Conformance(ChannelConformance):
    def message(self, text: str) -> Outgoing:
        return replace(super().message(text), in_reply_to="t1_abc")

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == "/api/v1/access_token":
            return _said({"access_token": "canary-access-2f7be1", "expires_in": 3600, "scope": "*", "token_type": "bearer"})
        if asked.path == "/message/inbox":
            return _said(_listing([_comment("t1_abc", "dana", "Hello u/acme", "t3_q", 1767268800)]))
        if asked.path == "/api/info":
            return _said(_listing([]))
        if asked.path == "/api/comment":
            return _said({"json": {"errors": [], "data": {"things": [_answer(asked)]}}})
        if asked.path == "/user/acme/comments":
            return _said(_listing([_answer(each) for each in taken]))
        return None


def _answer(asked: Asked) -> dict:
    return _comment("t1_def", "acme", parse_qs(asked.body.decode())["text"][0], "t1_abc", time.time())


def _comment(name: str, who: str, words: str, parent: str, at: float) -> dict:
    data = {"name": name, "author": who, "body": words, "parent_id": parent, "created_utc": at, "edited": False}
    return {"kind": "t1", "data": data}


def _listing(children: list) -> dict:
    return {"kind": "Listing", "data": {"children": children, "after": None}}


def _said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())
