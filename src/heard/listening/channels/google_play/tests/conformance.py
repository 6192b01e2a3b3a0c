"""Google Play in a few lines: one review, and the answer that it took."""

import json
import time
from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from heard.listening.channels.contract import Account
from heard.listening.channels.google.sign_in import KEPT, Grant
from heard.listening.channels.google.tests.conformance import Conformance as GoogleConformance
from heard.listening.channels.google.tests.conformance import said, signed_in
from heard.listening.conformance import Answer, Asked, LostPlace

REVIEWS = "/androidpublisher/v3/applications/com.acme.app/reviews"
ID = "gp:AOqpTOH1"
AT = {"seconds": "1767268800", "nanos": 0}
LOST = b'{"error": {"code": 400, "message": "Invalid token", "status": "INVALID_ARGUMENT", "errors": [{"reason": "badRequest"}]}}'


class Conformance(GoogleConformance):
    address: ClassVar[str] = ID
    lost_place: ClassVar[LostPlace] = LostPlace({"page": "forgotten", "whole": True}, Answer(status=400, body=LOST))

    def account(self, base_url: str) -> Account:
        """Signed in within this hour, so that its first question is the one about reviews."""
        account = super().account(base_url)
        mark = Grant(proof=account.secrets["service_account_key"], form=lambda _: {}).mark
        ends_at = str(int(time.time()) + 3000)
        kept = dict(zip(KEPT, ("canary-kept-access-7a91c0", ends_at, mark, "canary-scope-2b7d"), strict=True))
        return replace(account, secrets=account.secrets | kept)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if (token := signed_in(asked)) is not None:
            return token
        if asked.path == REVIEWS:
            return said({"reviews": [_review(taken)]})
        if asked.path == f"{REVIEWS}/{ID}":
            return said(_review(taken))
        if asked.path == f"{REVIEWS}/{ID}:reply":
            return said({"result": {"replyText": json.loads(asked.body)["replyText"], "lastEdited": AT}})
        return None


def _review(taken: Sequence[Asked]) -> dict:
    words = {"userComment": {"text": "It does not start.", "lastModified": AT, "starRating": 1}}
    replies = [{"developerComment": {"text": json.loads(asked.body)["replyText"], "lastModified": AT}} for asked in taken[-1:]]
    return {"reviewId": ID, "authorName": "Dana Field", "comments": [words, *replies]}
