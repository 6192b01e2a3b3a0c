"""Meta in a few lines: what it answers when all is well, and the comments that it took."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs

from msgspec.structs import replace

from heard.listening.channels.contract import Outgoing
from heard.listening.channels.meta.tests.conformance import Conformance as MetaConformance
from heard.listening.channels.meta.tests.conformance import said
from heard.listening.conformance import Answer, Asked


class Conformance(MetaConformance):
    def message(self, text: str) -> Outgoing:
        return replace(super().message(text), in_reply_to="1_11", thread_ref="200300400_1")

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == "/v23.0/1_11/comments" and asked.method == "POST":
            return said({"id": "1_99", "permalink_url": "https://www.facebook.com/1_99"})
        if asked.path == "/v23.0/1_11/comments":
            return said({"data": [_comment(post) for post in taken]})
        return None


def _comment(post: Asked) -> dict:
    return {
        "id": "1_99",
        "message": parse_qs(post.body.decode())["message"][0],
        "created_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "from": {"id": "200300400", "name": "Acme"},
    }
