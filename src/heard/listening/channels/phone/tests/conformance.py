from datetime import datetime

from heard.listening.channels.contract import Account, Request
from heard.listening.channels.twilio.webhook import pairs_of, signature
from heard.listening.conformance import ChannelConformance

URL = "https://heard.example/hooks/1/menu?n=1&tries=0"


class Conformance(ChannelConformance):
    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        proof = signature(account.secrets.get("auth_token", ""), URL, pairs_of(body) if body.isascii() else [])
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": proof}
        query = {"n": "1", "tries": "0"}
        return Request(method="POST", path="/hooks/1/menu", below="menu", query=query, url=URL, headers=headers, body=body)
