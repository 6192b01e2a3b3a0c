"""Twilio in a few lines: what it answers when all is well, and how it signs."""

import json
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from heard.listening.channels.contract import Account, Request
from heard.listening.channels.twilio.webhook import pairs_of, signature
from heard.listening.conformance import Answer, Asked, ChannelConformance

SID = "AC" + "0" * 31 + "1"
URL = "https://heard.example/hooks/1/"


class Conformance(ChannelConformance):
    def account(self, base_url: str) -> Account:
        account = super().account(base_url)
        return replace(account, address="+442079460999", config={**account.config, "account_sid": SID})

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        proof = signature(account.secrets.get("auth_token", ""), URL, pairs_of(body) if body.isascii() else [])
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": proof}
        return Request(method="POST", path="/hooks/1/", url=URL, headers=headers, body=body)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == f"/2010-04-01/Accounts/{SID}/Messages.json":
            return Answer(status=201, body=json.dumps({"sid": "SM" + "0" * 31 + "1", "status": "queued"}).encode())
        return None
