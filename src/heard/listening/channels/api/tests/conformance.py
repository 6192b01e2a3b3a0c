from datetime import datetime

from heard.listening.channels.api.adapter import SECRET, WINDOW_SECONDS, signature
from heard.listening.channels.contract import Account, Request
from heard.listening.conformance import ChannelConformance, Signing


class Conformance(ChannelConformance):
    signing = Signing(window_seconds=WINDOW_SECONDS)

    def signed(self, body: bytes, *, at: datetime, account: Account) -> Request:
        stamp = str(int(at.timestamp()))
        proof = signature(account.secrets.get(SECRET, ""), stamp, body)
        headers = {"content-type": "application/json", "x-heard-timestamp": stamp, "x-heard-signature": proof}
        return Request(method="POST", path="/hooks/1/", headers=headers, body=body)
