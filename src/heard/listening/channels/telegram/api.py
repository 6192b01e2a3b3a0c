"""The Bot API over the guarded client of the context. https://core.telegram.org/bots/api#making-requests

The token is part of every address, so no error says an address.
"""

import re
from typing import Any, TypeVar

import httpx
import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    Account,
    Ambiguous,
    AuthExpired,
    ChannelError,
    Context,
    File,
    NotFound,
    RateLimited,
    Rejected,
    Retryable,
)
from heard.listening.channels.telegram.payloads import decode
from heard.listening.channels.telegram.read import API

T = TypeVar("T")
DEFAULT_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 3600
TOKEN = re.compile(r"\d{1,20}:[\w-]{1,200}", re.ASCII)
WORDS = {  # what Telegram says, in lower case: what it means to who reads it here
    "bot was blocked by the user": "They have blocked the bot; they would have to unblock it before it can write again.",
    "user is deactivated": "Their account on Telegram does not exist any more.",
    "bot can't initiate conversation": "They never wrote to the bot in private, and Telegram lets no bot write first.",
    "bots can't send messages to bots": "Telegram lets no bot write to another one.",
    "bot was kicked": "The bot was removed from this group.",
    "bot is not a member": "The bot is not in this group any more.",
    "not enough rights": "The bot may not write in this group; an administrator of the group would have to allow it.",
    "have no rights": "The bot may not write here; an administrator of the group would have to allow it.",
    "chat not found": "Telegram knows no such talk of the bot.",
    "message can't be edited": "Telegram lets nobody change this message any more.",
    "message can't be deleted": "Telegram lets nobody delete this message any more; after 48 hours it stays.",
    "business connection": "The connection to the business account has ended; its owner can set it up anew in Telegram.",
    "business_peer_usage_missing": "The business account has not allowed the bot to write in this talk.",
    "file is too big": "Telegram gives bots no files of more than 20 MB.",
}
GONE = ("message to edit not found", "message to delete not found", "message_id_invalid", "wrong file_id", "invalid file_id")


class Parameters(Struct, frozen=True):
    retry_after: float = 0
    migrate_to_chat_id: int = 0


class Envelope(Struct, frozen=True):
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    description: str = ""
    error_code: int = 0
    parameters: Parameters = Parameters()


class Moved(Rejected):
    """The group became a supergroup and has another number now. What was to be said was not said."""

    def __init__(self, message: str, *, chat: int) -> None:
        super().__init__(message)
        self.chat = chat


class Found(Struct, frozen=True):
    file_path: str = ""


class Api:
    """One bot. Raises the errors of the channel contract and no others."""

    def __init__(self, ctx: Context) -> None:
        self._http: httpx.Client = ctx.http
        self._root = root_of(ctx.account)
        self._token = token_of(ctx.account)

    def ask(self, method: str, type_: type[T], *, timeout_seconds: float | None = None, **params: Any) -> T:
        """What may be asked, or done, twice."""
        how: dict[str, Any] = {"timeout": timeout_seconds} if timeout_seconds else {}
        try:
            return self.act(method, type_, params, **how)
        except Ambiguous as error:
            raise Retryable(str(error)) from error

    def act(self, method: str, type_: type[T], params: dict, *, files: dict | None = None, **how: Any) -> T:
        """Not repeated; Ambiguous when the answer leaves open whether it was done."""
        how = how | ({"data": form_of(params), "files": files} if files else {"json": params})
        answer = self._request("POST", f"{self._root}/bot{self._token}/{method}", **how)
        try:
            envelope = decode(answer.content, Envelope)
        except ValueError:
            envelope = Envelope(ok=False, error_code=answer.status_code)
            if answer.is_success:
                raise Ambiguous("Telegram took it and gave a damaged answer") from None
        if not envelope.ok:
            raise self._refusal(envelope, answer)
        try:
            return decode(envelope.result, type_)
        except ValueError:
            raise Ambiguous("Telegram took it and gave a damaged answer") from None

    def fetch(self, file: File, file_id: str) -> File:
        """`file` with its bytes; where it lies is told for an hour."""
        path = self.ask("getFile", Found, file_id=file_id).file_path
        if not re.fullmatch(r"[\w./-]+", path, re.ASCII) or path.startswith("/") or ".." in path:
            raise NotFound(f"{file.name} is not where it could be fetched")
        try:
            answer = self._request("GET", f"{self._root}/file/bot{self._token}/{path}")
        except Ambiguous as error:
            raise Retryable(f"{file.name} could not be fetched: {error}") from None
        if not answer.is_success:
            later = answer.is_server_error or answer.status_code == 429
            raise (Retryable if later else NotFound)(f"{file.name} could not be fetched: {answer.status_code}")
        return msgspec.structs.replace(file, data=answer.content, size_bytes=len(answer.content))

    def _request(self, method: str, url: str, **how: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, follow_redirects=False, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Retryable("Telegram cannot be reached") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise Rejected("the address of the Bot API is not a web address") from None
        except httpx.HTTPError as error:
            raise Ambiguous(f"Telegram broke off: {type(error).__name__}") from None

    def _refusal(self, envelope: Envelope, answer: httpx.Response) -> ChannelError:
        code = envelope.error_code or answer.status_code
        said = envelope.description.replace(self._token, "…")[:300]
        says = f"Telegram says {code}: {said or answer.reason_phrase or 'no word why'}"
        if code in (401, 404):  # 404: an address with a token of no known form
            return AuthExpired("Telegram does not accept the bot's token. Get it again from @BotFather and enter it here.")
        if code == 429:
            return RateLimited(says, after_seconds=wait_seconds(envelope, answer))
        if code == 409:
            return Retryable(conflict_in_words(said), after_seconds=60)
        if code >= 500 or answer.is_success or answer.is_redirect:
            return Ambiguous(says)
        if envelope.parameters.migrate_to_chat_id:
            return Moved("The group has moved.", chat=envelope.parameters.migrate_to_chat_id)
        if any(words in said.lower() for words in GONE):
            return NotFound(says)
        return Rejected(next((words for found, words in WORDS.items() if found in said.lower()), says))


def wait_seconds(envelope: Envelope, answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    asked = envelope.parameters.retry_after or (float(given) if given.isascii() and given.isdigit() else DEFAULT_WAIT_SECONDS)
    return min(max(asked, 1), LONGEST_WAIT_SECONDS)


def conflict_in_words(said: str) -> str:
    if "webhook" in said.lower():
        return (
            "Telegram calls a webhook for this bot, so it cannot be polled. Press the test button, which takes the webhook away."
        )
    return "Somebody else polls this bot too; only one may. End the other one, or get a new token for this one from @BotFather."


def form_of(params: dict) -> dict[str, str]:
    """For a form with files, as the Bot API reads it: what is no text goes as JSON."""
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in params.items()}


def root_of(account: Account) -> str:
    given = str(account.config.get("base_url") or API).strip().rstrip("/")
    if not given.startswith(("https://", "http://")):
        raise Rejected(f"{given[:60]} is not the address of the Bot API; expected {API}")
    return given


def token_of(account: Account) -> str:
    """Raises AuthExpired: what stands here becomes part of an address."""
    token = account.secrets.get("bot_token", "").strip()
    if not TOKEN.fullmatch(token):
        raise AuthExpired("This is not a token of a bot. @BotFather gives one as 123456789:letters; enter it here.")
    return token
