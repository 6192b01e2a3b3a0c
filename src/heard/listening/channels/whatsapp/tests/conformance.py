"""Meta in a few lines: what it answers when all is well."""

from collections.abc import Sequence

from heard.listening.channels.meta.tests.conformance import Conformance as MetaConformance
from heard.listening.channels.meta.tests.conformance import said
from heard.listening.conformance import Answer, Asked


class Conformance(MetaConformance):
    def answers(self, asked: Asked, taken: Sequence[Asked]) -> Answer | None:
        if asked.path == "/v23.0/106540352242922/messages":
            return said({"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": "wamid.9"}]})
        if asked.path == "/v23.0/102290129340398/message_templates":
            return said({"data": []})
        return None
