"""/chat/<account id>/: what the page of a visitor asks and brings. Bare ASGI beside Django, as webhooks are.

GET  widget.js        the one script tag of a site       GET  ../widget-<version>.js   what it loads
GET  settings         colours, texts, who is there       GET  stream                   our words, live
POST words            something typed                    POST file?id=&name=           a file, as the bytes of the body
POST identify         who is signed in to the site       POST left                     words with a mail address to answer to
GET  file/<number>    a file of the visitor's own conversation

What comes in is kept as a delivery and walks like any other voice; 202 is said after the commit. A page is let in by its
origin, compared whole; a visitor is known by the token in `Authorization`, never by a cookie and never in an address.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from django.db import Error
from msgspec import Meta, Struct

from heard.kernel.clock import now
from heard.listening import visitors
from heard.listening.actions import receive_together
from heard.listening.channels.contract import Account, RawEvent
from heard.listening.channels.webchat.adapter import SECRET
from heard.listening.channels.webchat.files import MAX_FILE_BYTES, TYPES, RefusedFile, accepted
from heard.listening.channels.webchat.payloads import (
    MAX_WORDS,
    USER,
    Brought,
    Enclosed,
    Known,
    Left,
    Visitor,
    Words,
    words_id,
)
from heard.listening.channels.webchat.proof import NotProved, check_proof
from heard.listening.channels.webchat.settings import Settings, settings_of
from heard.listening.channels.webchat.texts import language_of
from heard.listening.files import open_file
from heard.listening.webhook import Door, door_of
from heard.project.hooks import Doors, Keeper, NotKept
from heard.project.store_thread import StoreThread
from heard.project.webchat import calls, program, tokens
from heard.project.webchat.calls import Answer, Call, Refused, told
from heard.project.webchat.paces import Paces
from heard.project.webchat.streams import Streams, file_of

log = logging.getLogger(__name__)

KIND = "webchat"
UPLOADS_AT_ONCE = 8  # of 8 MB each, in memory
_LOADER = re.compile(r"/chat/\d{1,17}/widget\.js")
_PROGRAM = re.compile(r"/chat/widget-([0-9a-f]{16})\.js")
_ID = r"^[A-Za-z0-9-]{8,40}$"
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@[^@\s<>\"(),:;\\]+\.[^@\s<>\"(),:;\\.]{2,}")

Id = Annotated[str, Meta(pattern=_ID)]
Name = Annotated[str, Meta(max_length=120)]
Address = Annotated[str, Meta(max_length=254)]
Place = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=MAX_WORDS)]


class _Say(Struct):
    id: Id
    text: Text
    page: Place = ""


class _Leave(Struct):
    id: Id
    name: Name
    email: Address
    text: Text
    page: Place = ""


class _Identify(Struct):
    """Every field may be missing or of another kind, so that what is wrong is said in words rather than by a shape."""

    id: str | int = ""
    hash: str | None = None
    name: Name | None = None
    email: Address | None = None


@dataclass(frozen=True)
class ChatDoor(Door):
    """A `Door` with what else an open chat has to know."""

    by_mail: bool = False  # whether somebody here can answer by mail


def chat_door_of(account_id: int) -> ChatDoor | None:
    """None for whatever is no chat that is switched on."""
    door = door_of(account_id)
    if door is None or door.account is None or door.account.kind != KIND:
        return None
    return ChatDoor(account_id, door.adapter, door.account, by_mail=visitors.mail_answers(visitors.team_of(account_id)))


class _Chat:
    """One account as one call sees it."""

    def __init__(self, account: Account, *, by_mail: bool) -> None:
        self.account, self.settings, self.by_mail = account, settings_of(account), by_mail

    def visitor(self, token: str) -> Visitor:
        """Raises NoVisitor."""
        return tokens.visitor_of(token, account_id=self.account.id, generation=self.settings.generation)

    def token(self, visitor: Visitor) -> str:
        return tokens.token_of(visitor, account_id=self.account.id, generation=self.settings.generation)


class Webchat:
    """The chats of one process. `app` is the ASGI application for /chat/."""

    def __init__(self, *, is_watched: Callable[[], bool]) -> None:
        self._is_watched = is_watched
        self._doors = Doors(chat_door_of)
        self._keeper = Keeper(receive_together)
        self._files = StoreThread("chat-files")
        self._streams = Streams()
        self._paces = Paces()
        self._uploads: asyncio.Semaphore | None = None

    async def close(self) -> None:
        """What is under way is kept first."""
        await asyncio.to_thread(self._keeper.close)
        await asyncio.to_thread(self._doors.close)
        await asyncio.to_thread(self._files.close)
        await self._streams.close()

    async def app(self, scope: dict, receive: Any, send: Any) -> None:
        call = Call(scope, receive)
        if (script := self._script(scope["path"])) is not None:
            await calls.write(send, script)
            return
        try:
            self._paces.call(call.remote)
            chat = await self._chat(call)
        except Refused as error:
            await calls.write(send, calls.refusal(error))
            return
        readable = calls.readable_by(call.origin)
        if call.method == "OPTIONS":
            await calls.write(send, Answer(status=204), *readable, *calls.PREFLIGHT)
            return
        try:
            if (call.method, call.below) == ("GET", "stream"):
                await self._stream(call, chat, send, readable)
                return
            answer = await self._answer(call, chat)
        except tokens.NoVisitor:
            answer = calls.refusal(Refused(401, "visitor"))
        except Refused as error:
            answer = calls.refusal(error)
        except (NotKept, Error):
            answer = calls.refusal(Refused(503, "lost", after_seconds=2))
        await calls.write(send, answer, *readable)

    def _script(self, path: str) -> Answer | None:
        try:
            if found := _PROGRAM.fullmatch(path):
                return program.program(found[1])
            return program.loader(int(path.split("/")[2])) if _LOADER.fullmatch(path) else None
        except program.NotBuilt as error:
            return calls.refusal(Refused(503, str(error)))

    async def _chat(self, call: Call) -> _Chat:
        """Raises Refused, with nothing that the page of a strange origin could read."""
        door = await self._doors.find(call.account_id)
        if not isinstance(door, ChatDoor) or door.account is None:
            raise Refused(404, "no such chat")
        chat = _Chat(door.account, by_mail=door.by_mail)
        if call.origin not in chat.settings.origins:
            raise Refused(403, "this site may not use this chat; an administrator allows it in Heard, under “Your sites”")
        return chat

    async def _answer(self, call: Call, chat: _Chat) -> Answer:
        match call.method, call.below:
            case "GET", "settings":
                return self._settings(call, chat)
            case "POST", "words":
                return await self._words(call, chat)
            case "POST", "file":
                return await self._file(call, chat)
            case "POST", "identify":
                return await self._identify(call, chat)
            case "POST", "left":
                return await self._left(call, chat)
            case "GET", below if below.startswith("file/"):
                return await self._download(call, chat)
        raise Refused(404, "nothing here")

    # ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _settings(self, call: Call, chat: _Chat) -> Answer:
        settings, language = chat.settings, language_of(call.asked("languages"))
        return told(
            {
                "open": self._is_open(settings),
                "by_mail": chat.by_mail,
                "colour": settings.colour,
                "ink": settings.ink,
                "title": settings.title or chat.account.name,
                "language": language,
                "texts": settings.texts[language],
                "files": sorted(TYPES) if settings.takes_files else [],
                "most_bytes": MAX_FILE_BYTES,
                "most_letters": MAX_WORDS,
                "known": bool(call.token) and self._knows(call, chat),
            }
        )

    def _is_open(self, settings: Settings) -> bool:
        return settings.hours.is_open(now()) and (not settings.needs_colleague or self._is_watched())

    def _knows(self, call: Call, chat: _Chat) -> bool:
        try:
            chat.visitor(call.token)
        except tokens.NoVisitor:
            return False
        return True

    async def _stream(self, call: Call, chat: _Chat, send: Any, readable: tuple[tuple[str, str], ...]) -> None:
        visitor = chat.visitor(call.token)

        async def still_known() -> bool:
            try:
                return (await self._chat(call)).visitor(call.token) == visitor
            except (Refused, tokens.NoVisitor):
                return False
            except Error:
                return True  # the store is away for a moment; that ends nobody's conversation

        more = (("content-type", "text/event-stream; charset=utf-8"), ("x-accel-buffering", "no"), calls.NO_STORE, *readable)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more]
        await self._streams.run(call, chat.account, visitor, send, headers, still_known)

    async def _download(self, call: Call, chat: _Chat) -> Answer:
        number = call.below.removeprefix("file/")
        if not (number.isascii() and number.isdigit() and len(number) < 18):
            raise Refused(404, "no such file")
        found = await self._files.run(_read_file, chat.account, chat.visitor(call.token), int(number))
        if found is None:
            raise Refused(404, "no such file")
        name, data = found
        kept_apart = ("content-disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        return Answer(body=data, content_type="application/octet-stream", headers=(kept_apart, calls.NO_STORE, *calls.SAFE))

    # ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _words(self, call: Call, chat: _Chat) -> Answer:
        said = await call.read(_Say)
        if not said.text.strip():
            raise Refused(422, "needed")
        visitor = self._who(call, chat)
        self._paces.words(_pace_of(chat, visitor), call.remote)
        return await self._keep_words(
            chat, Words(id=said.id, by=visitor, at=now(), text=_clean(said.text), page=_page(said.page))
        )

    async def _file(self, call: Call, chat: _Chat) -> Answer:
        if not chat.settings.takes_files:
            raise Refused(403, "file_type")
        id_ = call.asked("id")
        if not re.fullmatch(_ID, id_):
            raise Refused(422, "id")
        try:
            name, content_type = accepted(call.asked("name"))
        except RefusedFile as error:
            raise Refused(415, str(error)) from error
        visitor = self._who(call, chat)
        self._paces.file(_pace_of(chat, visitor), call.remote)
        self._uploads = self._uploads or asyncio.Semaphore(UPLOADS_AT_ONCE)
        async with self._uploads:
            data = await call.body(MAX_FILE_BYTES)
            if not data:
                raise Refused(422, "needed")
            file = Enclosed(name=name, content_type=content_type, data=data)
            return await self._keep_words(chat, Words(id=id_, by=visitor, at=now(), file=file))

    async def _keep_words(self, chat: _Chat, words: Words) -> Answer:
        await self._keep(chat, words_id(words.by.key, words.id), words)
        return told({"token": chat.token(words.by)}, status=202)

    async def _left(self, call: Call, chat: _Chat) -> Answer:
        left = await call.read(_Leave)
        if not left.text.strip() or not left.name.strip() or not _ADDRESS.fullmatch(left.email.strip()):
            raise Refused(422, "needed")
        if not chat.by_mail:
            raise Refused(409, "nobody here could answer by mail")
        self._paces.left(call.remote)
        brought = Left(
            id=left.id,
            at=now(),
            name=" ".join(_clean(left.name).split()),
            email=left.email.strip(),
            text=_clean(left.text),
            page=_page(left.page),
        )
        await self._keep(chat, f"left/{left.id}", brought)
        return told({}, status=202)

    async def _identify(self, call: Call, chat: _Chat) -> Answer:
        """A page that is refused keeps whatever it had before, and nothing more."""
        self._paces.proof(call.remote)
        asked = await call.read(_Identify)
        id_ = str(asked.id)
        try:
            check_proof(id_, asked.hash or "", secret=chat.account.secrets.get(SECRET, ""))
        except NotProved as error:
            raise Refused(403, str(error)) from error
        before = self._before(call, chat)
        visitor = Visitor(
            key=USER + id_,
            name=" ".join(_clean(asked.name or "").split()),
            email=asked.email if asked.email and _ADDRESS.fullmatch(asked.email) else "",
            was=_was(before, USER + id_),
        )
        if before is not None and visitor.was == before.key:
            await self._keep(chat, words_id(visitor.was, f"is {visitor.key}"), Known(by=visitor, at=now()))
        return told({"token": chat.token(visitor)})

    def _before(self, call: Call, chat: _Chat) -> Visitor | None:
        try:
            return chat.visitor(call.token) if call.token else None
        except tokens.NoVisitor:
            return None

    def _who(self, call: Call, chat: _Chat) -> Visitor:
        """Whoever the token says; without one somebody new. Raises NoVisitor for a token that is over, Refused for a flood."""
        if call.token:
            return chat.visitor(call.token)
        self._paces.newcomer(call.remote)
        return Visitor(key=secrets.token_hex(16))

    async def _keep(self, chat: _Chat, key: str, brought: Brought) -> None:
        """When this returns it is committed. Raises NotKept."""
        raw = RawEvent(key=key, body=msgspec.json.encode(brought), content_type="application/json")
        await self._keeper.keep(chat.account.id, [raw])


def _was(before: Visitor | None, key: str) -> str:
    """As whom this page spoke before it was vouched for. Another customer of the same browser takes nothing over."""
    if before is None:
        return ""
    if not before.is_vouched_for:
        return before.key
    return before.was if before.key == key else ""


def _pace_of(chat: _Chat, visitor: Visitor) -> str:
    return f"{chat.account.id} {visitor.key}"


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _page(address: str) -> str:
    """Where the visitor was, without what sites put behind ? and #: it may be anything."""
    bare = address.partition("#")[0].partition("?")[0]
    return bare if bare.startswith(("http://", "https://")) else ""


def _read_file(account: Account, visitor: Visitor, attachment_id: int) -> tuple[str, bytes] | None:
    found = file_of(account, visitor, attachment_id)
    if found is None:
        return None
    try:
        with open_file(found.sha256) as stored:
            return found.name, stored.read()
    except FileNotFoundError:
        return None
