"""A homeserver in a few lines: what it answers when all is well, and what it shows of what it took."""

import json
from collections.abc import Sequence
from datetime import datetime

from heard.listening.channels.contract import Account, Request, Response
from heard.listening.channels.matrix.door import TAKEN
from heard.listening.conformance import Answer, Asked, ChannelConformance, Signing

ROOM = "!two:customer.example"
V3 = "/_matrix/client/v3"


class Conformance(ChannelConformance):
    signing = Signing(over_body=False)  # one word, shared by both; an event that comes twice is known by its id
    too_many = Answer(status=429, body=b'{"errcode": "M_LIMIT_EXCEEDED", "error": "Too many requests", "retry_after_ms": 17000}')

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        below = "_matrix/app/v1/transactions/42"
        headers = {"authorization": f"Bearer {account.secrets.get('hs_token', '')}", "content-type": "application/json"}
        return Request(method="PUT", path=f"/hooks/1/{below}", below=below, headers=headers, body=body)

    def handshake(self, account: Account) -> tuple[Request, Response]:
        below = "_matrix/app/v1/ping"
        headers = {"authorization": f"Bearer {account.secrets.get('hs_token', '')}"}
        return Request(method="POST", path=f"/hooks/1/{below}", below=below, headers=headers, body=b"{}"), TAKEN

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        room = f"{V3}/rooms/{ROOM}"
        if asked.path.startswith(f"{room}/send/"):
            return said({"event_id": "$1"})
        if asked.path == f"{room}/messages":
            return said({"chunk": [event(post, number) for number, post in enumerate(taken)]})
        if asked.path.endswith("/account_data/m.direct") and asked.method == "GET":
            return said({"@dana:customer.example": [ROOM]}) if taken else None
        places = {
            f"{V3}/createRoom": {"room_id": ROOM},
            f"{V3}/user/@help:mx.test/account_data/m.direct": {},
            f"{room}/state/m.room.member/@dana:customer.example": {"membership": "join"},
            f"{room}/state/m.room.join_rules": {"join_rule": "invite"},
        }
        return said(places[asked.path]) if asked.path in places else None


def event(post: Asked, number: int) -> dict:
    who = {"sender": "@help:mx.test", "type": "m.room.message", "origin_server_ts": 1795321489591}
    return {"event_id": f"${number}", "content": json.loads(post.body), **who}


def said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())
