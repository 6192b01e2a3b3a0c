"""A stand-in for Telegram's Bot API: talks, groups, a connected business account, files, updates by asking and by calling.

Every request is held to the method as `aiogram` declares it, every answer and every update to its types (MIT, made from
Telegram's own documentation); a field that they do not know is a violation too.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

import pytest

from tests.support.closed.graph import JSON, Answer, read_body
from tests.support.servers import require

TOKEN = "700100200:AAF-token_of_the_bot_of_acme"
BOT = {"id": 700100200, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}
DANA = {"id": 4001, "is_bot": False, "first_name": "Dana", "last_name": "Field", "username": "dana_field"}
ROBIN = {"id": 4002, "is_bot": False, "first_name": "Robin"}
OWNER = {"id": 4900, "is_bot": False, "first_name": "Alex", "last_name": "Acme"}
GROUP = {"id": -1001234567, "type": "supergroup", "title": "Router owners", "username": "router_owners"}
CLOSED_GROUP = {"id": -5005, "type": "group", "title": "Neighbours"}
CONNECTION = "bc-Acme_1"


@dataclass(frozen=True)
class Called:
    method: str
    params: JSON
    files: dict


class Refused(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        body = {"ok": False, "error_code": code, "description": description}
        self.answer = Answer(body | ({"parameters": parameters} if parameters else {}), code)


class Telegram(ThreadingHTTPServer):
    """`faults` come first, each once: a Refused or an Answer, or "after" to do it and then hang up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = TOKEN
        self.called: list[Called] = []
        self.faults: list[Refused | Answer | str] = []
        self.violations: list[str] = []
        self.checked = 0
        self.updates: dict[int, JSON] = {}
        self.update_ids = itertools.count(8000)
        self.message_ids: dict[Any, Iterator[int]] = {}
        self.messages: dict[tuple[Any, int], JSON] = {}
        self.files: dict[str, bytes] = {}
        self.webhook: JSON = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.secret = ""
        self.hook: Callable[[bytes, str], int] = lambda body, secret: 0
        self.blocked: set[int] = set()
        self.known: set[int] = set()  # who wrote to the bot
        self.moved: dict[int, int] = {}
        self.reads_all = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def sent(self, *methods: str) -> list[JSON]:
        return [call.params for call in self.called if call.method in (methods or ("sendMessage", "sendPhoto", "sendDocument"))]

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, token: str, method: str, params: JSON, files: dict) -> Answer | None:
        """None: it is done, and nobody learns of it."""
        self.called.append(Called(method, params, files))
        self.held(lambda: check_request(method, params, files))
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Refused):
            return fault.answer
        if isinstance(fault, Answer):
            return fault
        try:
            if token != self.token:
                raise Refused(401, "Unauthorized")
            result = getattr(self, f"do_{method}")(params, files)
        except Refused as refused:
            return refused.answer
        if fault == "after":
            return None
        self.held(lambda: check_result(method, result))
        return Answer({"ok": True, "result": result})

    def do_getMe(self, params: JSON, files: dict) -> JSON:
        return BOT | {
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_all,
            "supports_inline_queries": False,
            "can_connect_to_business": True,
            "has_main_web_app": False,
        }

    def do_getUpdates(self, params: JSON, files: dict) -> list[JSON]:
        """Whoever asks for what follows a place has all that came before it."""
        if self.webhook["url"]:
            raise Refused(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            )
        offset = params.get("offset", 0)
        for id_ in [id_ for id_ in self.updates if id_ < offset]:
            del self.updates[id_]
        until = time.monotonic() + params.get("timeout", 0)
        while not self.updates and time.monotonic() < until:
            time.sleep(0.01)
        return [self.updates[id_] for id_ in sorted(self.updates)[: params.get("limit", 100)]]

    def do_setWebhook(self, params: JSON, files: dict) -> bool:
        self.webhook = self.webhook | {"url": params["url"], "allowed_updates": params["allowed_updates"]}
        self.secret = params["secret_token"]
        return True

    def do_deleteWebhook(self, params: JSON, files: dict) -> bool:
        self.webhook = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.updates)}
        return True

    def do_getWebhookInfo(self, params: JSON, files: dict) -> JSON:
        return self.webhook

    def do_sendMessage(self, params: JSON, files: dict) -> JSON:
        if len(params["text"].encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        return self.accept(params, {"text": params["text"]})

    def do_sendPhoto(self, params: JSON, files: dict) -> JSON:
        _, _, data = files["photo"]
        size = {"file_id": self.keep(data), "file_unique_id": "u1", "width": 8, "height": 8, "file_size": len(data)}
        return self.accept(params, {"photo": [size], **caption_of(params)})

    def do_sendDocument(self, params: JSON, files: dict) -> JSON:
        name, content_type, data = files["document"]
        document = {"file_id": self.keep(data), "file_unique_id": "u2", "file_name": name, "mime_type": content_type}
        return self.accept(params, {"document": document, **caption_of(params)})

    def accept(self, params: JSON, content: JSON) -> JSON:
        chat_id = int(params["chat_id"])
        if chat_id in self.moved:
            raise Refused(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved[chat_id]
            )
        if chat_id in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        business = params.get("business_connection_id")
        if chat_id > 0 and chat_id not in self.known and not business:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        chat = self.chat(chat_id)
        content = dict(content)
        if reply := params.get("reply_parameters"):
            answered = self.messages.get((business or chat_id, reply["message_id"]))
            if answered:
                content["reply_to_message"] = {name: value for name, value in answered.items() if name != "reply_to_message"}
        if business:
            content |= {"business_connection_id": business, "sender_business_bot": BOT}
        return self.message(chat, OWNER if business else BOT, **content)

    def do_editMessageText(self, params: JSON, files: dict) -> JSON:
        message = self.own(params)
        if "text" not in message:
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        return self.change(message, text=params["text"])

    def do_editMessageCaption(self, params: JSON, files: dict) -> JSON:
        return self.change(self.own(params), caption=params["caption"])

    def change(self, message: JSON, **words: str) -> JSON:
        if words.items() <= message.items():
            raise Refused(400, "Bad Request: message is not modified: specified new message content is exactly the same")
        message |= words | {"edit_date": int(time.time())}
        return message

    def own(self, params: JSON) -> JSON:
        place = params.get("business_connection_id") or int(params["chat_id"])
        if (place, params["message_id"]) not in self.messages:
            raise Refused(400, "Bad Request: message to edit not found")
        return self.messages[place, params["message_id"]]

    def do_deleteMessage(self, params: JSON, files: dict) -> bool:
        if self.messages.pop((int(params["chat_id"]), params["message_id"]), None) is None:
            raise Refused(400, "Bad Request: message to delete not found")
        return True

    def do_deleteBusinessMessages(self, params: JSON, files: dict) -> bool:
        for number in params["message_ids"]:
            del self.messages[params["business_connection_id"], number]
        return True

    def do_getFile(self, params: JSON, files: dict) -> JSON:
        if params["file_id"] not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {"file_id": params["file_id"], "file_unique_id": "u", "file_path": f"photos/{params['file_id']}.jpg"}

    # ── What happens on Telegram ────────────────────────────────────────────────────────────────────────────────────

    def keep(self, data: bytes) -> str:
        file_id = f"AgACAgIAAxk-file_{len(self.files) + 1}"
        self.files[file_id] = data
        return file_id

    def chat(self, id_: int) -> JSON:
        people = {each["id"]: each for each in (DANA, ROBIN, OWNER)}
        groups = {each["id"]: each for each in (GROUP, CLOSED_GROUP)}
        if id_ in people:
            return {"id": id_, "type": "private", **{k: v for k, v in people[id_].items() if k not in ("id", "is_bot")}}
        return groups.get(id_) or {"id": id_, "type": "supergroup", "title": "Moved"}

    def message(self, chat: JSON, who: JSON, **content: Any) -> JSON:
        place = content.get("business_connection_id") or chat["id"]
        number = next(self.message_ids.setdefault(place, itertools.count(11)))
        message = {"message_id": number, "from": who, "chat": chat, "date": int(time.time()), **content}
        self.messages[place, number] = message
        return message

    def says(self, who: JSON, text: str = "", *, chat: JSON | None = None, **content: Any) -> JSON:
        """Somebody writes to the bot, or in a group; their message."""
        if chat is None:
            self.known.add(who["id"])
        message = self.message(chat or self.chat(who["id"]), who, **({"text": text} if text else {}), **content)
        self.happens(message=message)
        return message

    def writes_to_business(self, who: JSON, text: str, *, customer: JSON | None = None) -> JSON:
        """A customer writes to the business account, or its owner to a `customer`."""
        message = self.message(self.chat((customer or who)["id"]), who, text=text, business_connection_id=CONNECTION)
        self.happens(business_message=message)
        return message

    def edits(self, message: JSON, text: str, *, after_seconds: int = 1, **content: Any) -> None:
        changed = message | {"text": text, "edit_date": message["date"] + after_seconds, **content}
        self.happens(edited_message=changed)

    def reacts(self, who: JSON, message: JSON, before: list[str], after: list[str], *, at: int) -> None:
        def kinds(emoji: list[str]) -> list[JSON]:
            return [{"type": "emoji", "emoji": each} for each in emoji]

        self.happens(
            message_reaction={
                "chat": message["chat"],
                "message_id": message["message_id"],
                "user": who,
                "date": at,
                "old_reaction": kinds(before),
                "new_reaction": kinds(after),
            }
        )

    def happens(self, **what: JSON) -> JSON:
        update = json.loads(json.dumps({"update_id": next(self.update_ids), **what}))
        self.held(lambda: check_update(update))
        if self.webhook["url"]:
            assert self.call(update) == 200
        else:
            self.updates[update["update_id"]] = update
        return update

    def call(self, update: JSON, secret: str | None = None) -> int:
        return self.hook(json.dumps(update).encode(), self.secret if secret is None else secret)

    def held(self, check: Callable[[], None]) -> None:
        self.checked += 1
        try:
            check()
        except Exception as error:
            self.violations.append(f"{type(error).__name__}: {error}"[:800])


def caption_of(params: JSON) -> JSON:
    words = params.get("caption", "")
    if len(words.encode("utf-16-le")) // 2 > 1024:
        raise Refused(400, "Bad Request: message caption is too long")
    return {"caption": words} if words else {}


# ── Held to the types of aiogram ────────────────────────────────────────────────────────────────────────────────────


def check_request(method: str, params: JSON, files: dict) -> None:
    from aiogram import methods
    from aiogram.types import BufferedInputFile

    declared = getattr(methods, method[0].upper() + method[1:])
    given = {name: BufferedInputFile(data, filename=file_name) for name, (file_name, _, data) in files.items()}
    no_more(declared.model_validate({**params, **given}))


def check_result(method: str, result: Any) -> None:
    from aiogram import methods
    from pydantic import TypeAdapter

    declared = getattr(methods, method[0].upper() + method[1:])
    no_more(TypeAdapter(declared.__returning__).validate_python(result))


def check_update(update: JSON) -> None:
    from aiogram.types import Update

    no_more(Update.model_validate(update))


def no_more(value: Any) -> None:
    """Not a field that is not declared, however deep; aiogram itself lets them pass."""
    from pydantic import BaseModel

    if isinstance(value, BaseModel):
        assert not value.model_extra, f"{type(value).__name__} has no {sorted(value.model_extra)}"
        for name in value.model_fields_set:
            no_more(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            no_more(each)


def from_form(method: str, form: dict[str, str]) -> JSON:
    """A form holds text; what is declared as something else is read as JSON, as Telegram does."""
    from aiogram import methods

    fields = getattr(methods, method[0].upper() + method[1:]).model_fields
    return {name: value if is_text(fields.get(name)) else json.loads(value) for name, value in form.items()}


def is_text(field: Any) -> bool:
    kinds = set(get_args(field.annotation) or [field.annotation]) if field else {str}
    return str in kinds and int not in kinds


class _Handler(BaseHTTPRequestHandler):
    server: Telegram
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        token, _, method = self.path.removeprefix("/bot").partition("/")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        params, files = read_body(self.headers.get("content-type", ""), body)
        params = from_form(method, params) if files else params
        self.say(self.server.take(token, method, params, files))

    def do_GET(self) -> None:
        _, _, place = self.path.removeprefix("/file/bot").partition("/")
        file_id = place.removeprefix("photos/").removesuffix(".jpg")
        known = self.server.files.get(file_id) if self.server.token in self.path else None
        self.say(Answer(known or b"", 404 if known is None else 200, content_type="application/octet-stream"))

    def say(self, answer: Answer | None) -> None:
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.bytes)))
        self.end_headers()
        self.wfile.write(answer.bytes)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[Telegram]:
    """Serves until the end, and then shows whatever did not fit the types."""
    server = Telegram()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
    assert not server.violations, "\n".join(server.violations)


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    try:
        import aiogram  # noqa: F401
    except ImportError:
        require(False, "aiogram, to hold the stand-in for Telegram to its types")
    with running() as server:
        yield server
