"""Telegram in a few lines: what it answers when all is well, and how it calls."""

import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote

from msgspec.structs import replace

from heard.listening.channels.contract import Account, ConfigField, Request
from heard.listening.channels.telegram.listen import call_secret
from heard.listening.conformance import Answer, Asked, ChannelConformance, Signing

DANA = {"id": 4001, "is_bot": False, "first_name": "Dana"}
CHAT = {"id": 4001, "type": "private", "first_name": "Dana"}


class Conformance(ChannelConformance):
    address = "4001"
    signing = Signing(over_body=False, window_seconds=None)  # a secret in a header; a replay is a double by its number

    def secret(self, field: ConfigField) -> str:
        return f"700100200:{super().secret(field)}"

    def account(self, base_url: str) -> Account:
        """Polled, where the suite asks; what calls us is another matter of the same account."""
        given = super().account(base_url)
        asks = base_url.startswith("http://127.0.0.1")
        return replace(given, config={**given.config, "listen": "ask" if asks else "webhook"})

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": call_secret(account)}
        return Request(method="POST", path="/hooks/1/", headers=headers, body=body)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        match unquote(asked.path).rpartition("/")[2]:
            case "getMe":
                return said({"id": 1, "is_bot": True, "first_name": "Acme", "username": "acme_bot"})
            case "getUpdates":
                offset = json.loads(asked.body).get("offset", 0)
                message = {"message_id": 5, "date": 1767262000, "chat": CHAT, "from": DANA, "text": "Hello"}
                return said([] if offset > 8000 else [{"update_id": 8000, "message": message}])
            case "sendMessage":
                words = json.loads(asked.body)["text"]
                return said({"message_id": 9, "date": 1767262001, "chat": CHAT, "text": words})
        return None


def said(result: object) -> Answer:
    return Answer(body=json.dumps({"ok": True, "result": result}).encode())
