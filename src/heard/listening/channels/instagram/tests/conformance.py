"""Meta in a few lines: what it answers when all is well, and the messages that it took."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from msgspec.structs import replace

from heard.listening.channels.contract import Context
from heard.listening.channels.instagram.send import RENEWED_AT
from heard.listening.channels.meta.tests.conformance import Conformance as MetaConformance
from heard.listening.channels.meta.tests.conformance import said
from heard.listening.conformance import Answer, Asked
from heard.listening.conformance.loopback import Loopback

US = "17841400000000001"


POST, STANDS, DELETED = "17900000000000001", "17900000000000002", "17900000000000003"


class Conformance(MetaConformance):
    begins_at: ClassVar[dict] = {"known": {POST: [STANDS, DELETED]}}

    def context(self, network: Loopback) -> Context:
        """With a token that was renewed just now: renewing it is another story, told in tests/journeys/test_instagram.py."""
        ctx = super().context(network)
        secrets = {**ctx.account.secrets, RENEWED_AT: ctx.now().isoformat()}
        return replace(ctx, account=replace(ctx.account, secrets=secrets))

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == f"/v23.0/{US}/messages":
            return said({"recipient_id": "dana-1", "message_id": "aWdf9"})
        if asked.path == f"/v23.0/{US}/media":
            return said({"data": [{"id": POST, "comments": {"data": [{"id": STANDS}]}}]})
        if asked.path == f"/v23.0/{DELETED}":
            error = {"message": "It does not exist", "type": "GraphMethodException", "code": 100, "error_subcode": 33}
            return Answer(status=400, body=json.dumps({"error": error}).encode())
        if asked.path == f"/v23.0/{US}/conversations":
            return said({"data": [{"id": "t_1", "messages": {"data": [_message(post) for post in taken]}}]})
        return None


def _message(post: Asked) -> dict:
    return {
        "id": "aWdf9",
        "message": json.loads(post.body)["message"]["text"],
        "created_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "from": {"id": US, "username": "acme"},
    }
