"""A stand-in for the WhatsApp Cloud API: numbers, messages, files, templates, the 24 hours; and webhooks.

Every request, every answer and every webhook is held to Meta's own OpenAPI description (business-messaging-api v23.0, MIT).
Where that description is behind Meta's own documentation, `NEWER` says how.
"""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

import jsonschema_rs
import pytest
import yaml

from tests.support.closed import recorded
from tests.support.closed.graph import JSON, Answer, Asked, Graph, Refused, running
from tests.support.closed.vendor_data import files_of

US, NUMBER, BUSINESS = "106540352242922", "+49 30 555 0100", "102290129340398"
OPERATIONS = {  # (method, what the path is of us): the path in the description; many fit, as all ids look alike
    ("POST", "messages"): "/{Version}/{Phone-Number-ID}/messages",
    ("POST", "media"): "/{Version}/{Phone-Number-ID}/media",
    ("GET", "medium"): "/{Version}/{Media-ID}",
    ("GET", "number"): "/{Version}/{Phone-Number-ID}",
    ("GET", "phone_numbers"): "/{Version}/{WABA-ID}/phone_numbers",
    ("GET", "message_templates"): "/{Version}/{WABA-ID}/message_templates",
    ("GET", "subscribed_apps"): "/{Version}/{WABA-ID}/subscribed_apps",
    ("DELETE", "subscribed_apps"): "/{Version}/{WABA-ID}/subscribed_apps",
}
OF_ALL_OF_GRAPH = {"appsecret_proof", "fields", "limit", "after"}  # documented for Graph, not for each operation again
NEWER = {"recipient", "biz_opaque_callback_data"}  # documented on Meta's pages, not yet in the description


class WhatsApp(Graph):
    scopes = ("whatsapp_business_messaging", "whatsapp_business_management")

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, JSON] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.last_words: dict[str, datetime] = {}
        self.numbers = [US]
        self.subscribed = True
        self.lookaside = ""  # where files lie, when not here
        self.templates: list[JSON] = []
        self.numbering = itertools.count(1)

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self, asked: Asked) -> Answer:
        if asked.version != "v23.0":
            return self.download(asked)
        match asked.method, place(asked.path):
            case "POST", "messages":
                return Answer(self.accept(asked.form))
            case "POST", "media":
                name, content_type, data = asked.files["file"]
                return Answer({"id": self.keep(content_type, data)})
            case "GET", "medium":
                return Answer(self.medium(asked.path))
            case "GET", "number":
                return Answer(self.number(US))
            case "GET", "phone_numbers":
                return Answer({"data": [self.number(number) | {"status": "LINKED"} for number in self.numbers]})
            case "GET", "message_templates":
                return Answer(self.page_of_templates(asked))
            case "GET", "subscribed_apps":
                app = {"whatsapp_business_api_data": {"id": self.app_id, "name": "Acme", "link": "https://acme.example/"}}
                return Answer({"data": [app] if self.subscribed else []})
            case "DELETE", "subscribed_apps":
                self.subscribed = False
                return Answer({"success": True})
        raise Refused(100, f"Unsupported {asked.method} request", subcode=33)

    def accept(self, message: JSON) -> JSON:
        """As Meta does: what is well-formed is accepted, and what cannot be delivered fails afterwards."""
        to = message.get("to") or message["recipient"]
        if message["type"] == "template" and message["template"]["name"] not in {each["name"] for each in self.templates}:
            raise Refused(132001, "Template name does not exist in the translation", status=404)
        wamid = f"wamid.A{next(self.numbering)}"
        self.sent[wamid] = message
        contact = {"input": to, "wa_id": to}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}

    def keep(self, content_type: str, data: bytes) -> str:
        number = str(2_000_000_000 + next(self.numbering))
        self.files[number] = (content_type, data)
        return number

    def medium(self, number: str) -> JSON:
        if number not in self.files:
            raise Refused(100, "Object does not exist", subcode=33, status=404)
        content_type, data = self.files[number]
        return {
            "messaging_product": "whatsapp",
            "url": self.lookaside or f"{self.url}/lookaside/{number}",
            "mime_type": content_type,
            "sha256": sha256(data).hexdigest(),
            "file_size": str(len(data)),
            "id": number,
        }

    def download(self, asked: Asked) -> Answer:
        content_type, data = self.files[asked.path]
        return Answer(data, content_type=content_type)

    def number(self, number: str) -> JSON:
        return {"id": number, "display_phone_number": NUMBER, "verified_name": "Acme", "quality_rating": "GREEN"}

    def page_of_templates(self, asked: Asked) -> JSON:
        """Two a page, so that somebody has to turn it."""
        start = int(asked.query.get("after") or 0)
        page = self.templates[start : start + 2]
        paging = {"cursors": {"before": str(start), "after": str(start + 2)}}
        more = {"next": f"{self.url}/next"} if start + 2 < len(self.templates) else {}
        return {"data": page, "paging": paging | more}

    # ── What Heard is told ──────────────────────────────────────────────────────────────────────────────────────────

    def says(self, who: str, text: str = "", *, name: str = "Dana Field", id: str = "", **more) -> str:
        """A customer writes; the id of their message."""
        wamid = id or f"wamid.Q{next(self.numbering)}"
        self.last_words[who] = self.now
        kind = {"type": "text", "text": {"body": text}} if text else {}
        self.happens({"from": who, "id": wamid, "timestamp": self.seconds(), **kind, **more}, who, name)
        return wamid

    def happens(self, message: JSON, who: str, name: str) -> None:
        contacts = [{"profile": {"name": name}, "wa_id": who}]
        assert self.tell(self.webhook({"contacts": contacts, "messages": [message]})) == 200

    def delivers(self, wamid: str, *statuses: str) -> None:
        """What became of ours. After 24 hours only a template arrives."""
        message = self.sent[wamid]
        to = message.get("to") or message["recipient"]
        open_until = self.last_words.get(to, self.now - timedelta(days=9)) + timedelta(hours=24)
        late = message["type"] != "template" and self.now > open_until
        for status in ["failed"] if late else statuses:
            told: JSON = {"id": wamid, "status": status, "timestamp": self.seconds(), "recipient_id": to}
            if late:
                details = "Message failed to send because more than 24 hours have passed"
                told["errors"] = [{"code": 131047, "title": "Re-engagement message", "error_data": {"details": details}}]
            assert self.tell(self.webhook({"statuses": [told]})) == 200
            self.passes(seconds=1)

    def webhook(self, value: JSON, *, number: str = US) -> JSON:
        metadata = {"display_phone_number": NUMBER, "phone_number_id": number}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        return {
            "object": "whatsapp_business_account",
            "entry": [{"id": BUSINESS, "changes": [{"field": "messages", "value": value}]}],
        }

    def tell(self, webhook: JSON) -> int:
        self.held(lambda: check_webhook(webhook))
        return super().tell(webhook)

    def seconds(self) -> str:
        return str(int(self.now.timestamp()))

    # ── Held to the description ─────────────────────────────────────────────────────────────────────────────────────

    def check_request(self, asked: Asked) -> None:
        if asked.path == "":
            recorded.check_batch(asked)
        elif asked.version == "v23.0":
            self.check_operation(asked)

    def check_operation(self, asked: Asked) -> None:
        operation = operation_of(asked)
        known = {each["name"] for each in parameters(operation) if each["in"] == "query"}
        assert set(asked.query) <= known | OF_ALL_OF_GRAPH, f"{asked.method} {asked.path} knows no {set(asked.query) - known}"
        for each in parameters(operation):
            value = {"header": asked.headers, "query": asked.query}.get(each["in"], {}).get(each["name"].lower())
            assert value is not None or not each.get("required") or each["in"] == "path" or no_body(asked), each["name"]
            if value is not None and each["name"] != "Content-Type":
                jsonschema_rs.validate(each["schema"], value)
        if "requestBody" in operation:
            content = operation["requestBody"]["content"][asked.content_type]["schema"]
            body = {**asked.form, **dict.fromkeys(asked.files, "binary")}
            if asked.path.endswith("/messages"):
                assert set(asked.form) & {"to", "recipient"}
                body = {"to": "", **{name: value for name, value in asked.form.items() if name not in NEWER}}
            inline(content).validate(body)

    def check_answer(self, asked: Asked, answer: Answer) -> None:
        if asked.path == "":
            return
        responses = operation_of(asked)["responses"]
        if answer.status == 200:
            inline(responses["200"]["content"]["application/json"]["schema"]).validate(answer.body)
        else:
            schema("GraphAPIError").validate(answer.body)

    def check_token(self, told: JSON) -> None:
        recorded.shape("token").check(told)


def check_webhook(webhook: JSON) -> None:
    """Edits and withdrawals are newer than the description; they are held to recorded ones."""
    kinds = {message["type"] for message in webhook["entry"][0]["changes"][0]["value"].get("messages", [])}
    if kinds & {"edit", "revoke"}:
        recorded.shape("whatsapp").check(webhook)
    else:
        schema("WebhookPayload").validate(described(webhook))


def described(webhook: JSON) -> JSON:
    """Messages in webhooks have no `to` and no `recipient_type`, as the examples of the description show; its schema borrows them
    from messages that are sent."""
    copy = json.loads(json.dumps(webhook))
    for change in copy["entry"][0]["changes"]:
        for message in change["value"].get("messages", []):
            message |= {"messaging_product": "whatsapp", "recipient_type": "individual", "to": ""}
    return copy


def place(path: str) -> str:
    owner, _, edge = path.partition("/")
    return edge or ("number" if owner == US else "medium")


def no_body(asked: Asked) -> bool:
    return asked.method in ("GET", "DELETE")


def operation_of(asked: Asked) -> JSON:
    path = OPERATIONS[asked.method, place(asked.path)]
    return {"parameters": [], **description()["paths"][path][asked.method.lower()]}


def parameters(operation: JSON) -> list[JSON]:
    shared = description()["components"]["parameters"]
    return [shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation["parameters"]]


@cache
def description() -> JSON:
    text = files_of("whatsapp_openapi")["business-messaging-api_v23.0.yaml"]
    return relaxed(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def relaxed(node):
    """`allOf` with `additionalProperties: false` in its parts lets nothing pass, not even the description's own examples."""
    if isinstance(node, dict):
        return {key: relaxed(value) for key, value in node.items() if (key, value) != ("additionalProperties", False)}
    return [relaxed(each) for each in node] if isinstance(node, list) else node


def inline(part: JSON):
    return jsonschema_rs.Draft202012Validator({**part, "components": description()["components"]})


@cache
def schema(name: str):
    return inline({"$ref": f"#/components/schemas/{name}"})


@pytest.fixture
def whatsapp() -> Iterator[WhatsApp]:
    description()
    recorded.shape("token")
    with running(WhatsApp()) as graph:
        yield graph
