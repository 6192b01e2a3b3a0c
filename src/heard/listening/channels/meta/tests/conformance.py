"""How Meta signs a call and asks whether a webhook is ours: the same for all that is made of it."""

import json
from datetime import datetime

from heard.listening.channels.contract import Account, Request, Response
from heard.listening.channels.meta.webhook import signature
from heard.listening.conformance import Answer, ChannelConformance, Signing


class Conformance(ChannelConformance):
    signing = Signing(window_seconds=None)  # Meta signs no time; a replay is a double

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": signature(account.secrets["app_secret"], body),
        }
        return Request(method="POST", path="/hooks/1/", headers=headers, body=body)

    def handshake(self, account: Account) -> tuple[Request, Response]:
        query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": account.secrets["verify_token"]}
        return Request(method="GET", path="/hooks/1/", query=query), Response(body=b"1158201444")


def said(what: object) -> Answer:
    return Answer(body=json.dumps(what).encode())
