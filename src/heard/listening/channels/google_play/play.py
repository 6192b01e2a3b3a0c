"""The three questions of androidpublisher v3 about reviews, for one app."""

import re
from urllib.parse import quote

from heard.listening.channels.contract import Ambiguous, Context, Rejected, Retryable
from heard.listening.channels.google.api import Api, decoded
from heard.listening.channels.google.sign_in import by_service_account
from heard.listening.channels.google_play.payloads import Replied, Result, Review

ROOT = "https://androidpublisher.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)
QUOTA_WAIT_SECONDS = 900  # 200 questions an hour; Google does not say when the hour began


class Play:
    def __init__(self, ctx: Context) -> None:
        package = ctx.account.address.strip()
        if not PACKAGE.fullmatch(package):
            raise Rejected("the address of this account is the app's package name, such as com.example.app")
        grant = by_service_account(ctx, ctx.account.secrets.get("service_account_key", ""), scope=SCOPE)
        self._api = Api(ctx, grant, root=ROOT, quota_wait_seconds=lambda: QUOTA_WAIT_SECONDS)
        self._path = f"androidpublisher/v3/applications/{package}/reviews"

    def list(self, *, limit: int, token: str = "") -> bytes:
        return self._api.get(self._path, maxResults=max(limit, 1), **({"token": token} if token else {}))

    def get(self, review_id: str) -> bytes:
        return self._api.get(self._of(review_id))

    def review(self, review_id: str) -> Review:
        return decoded(self.get(review_id), Review)

    def reply(self, review_id: str, text: str) -> Result:
        """The same words twice are one answer; so an open end may be tried again."""
        try:
            return self._api.write("POST", f"{self._of(review_id)}:reply", Replied, json={"replyText": text}).result
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def _of(self, review_id: str) -> str:
        return f"{self._path}/{quote(review_id, safe='')}"
