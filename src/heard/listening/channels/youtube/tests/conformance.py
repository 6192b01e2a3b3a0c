"""YouTube in a few lines: one comment, and the answers that it took."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from msgspec.structs import replace

from heard.listening.channels.contract import Outgoing
from heard.listening.channels.google.tests.conformance import Conformance as GoogleConformance
from heard.listening.channels.google.tests.conformance import said, signed_in
from heard.listening.conformance import Answer, Asked

US, DANA = "UCacmeacmeacmeacmeacme00", "UCdanadanadanadanadana00"
ID = "UgxKREWxIgDrw8w2e_Z4AaABAg"


class Conformance(GoogleConformance):
    address: ClassVar[str] = DANA

    def message(self, text: str) -> Outgoing:
        return replace(super().message(text), in_reply_to=ID, thread_ref=ID)

    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if (token := signed_in(asked)) is not None:
            return token
        if asked.path == "/youtube/v3/commentThreads":
            return said({"items": [{"id": ID, "snippet": {"topLevelComment": _comment(ID, DANA, "Where is it?")}}]})
        if asked.path == "/youtube/v3/comments" and asked.method == "POST":
            return said(_answer(asked))
        if asked.path == "/youtube/v3/comments":
            return said({"items": [_answer(each) for each in taken]})
        if asked.path == "/youtube/v3/channels":
            return said({"items": [{"id": US, "snippet": {"title": "Acme"}}]})
        return None


def _answer(asked: Asked) -> dict:
    return _comment(f"{ID}.9abc", US, json.loads(asked.body)["snippet"]["textOriginal"])


def _comment(id_: str, who: str, words: str) -> dict:
    at = datetime.now(UTC).replace(microsecond=0, second=0).isoformat() if who == US else "2026-01-01T12:00:00Z"
    snippet = {"textOriginal": words, "authorChannelId": {"value": who}, "publishedAt": at, "updatedAt": at, "videoId": "vid-1"}
    return {"id": id_, "snippet": snippet}
