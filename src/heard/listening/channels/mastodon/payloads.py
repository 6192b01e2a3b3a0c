"""What a Mastodon API says, as far as we read it. Servers differ in what they leave out or send as null, so nearly all is optional."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class Actor(Struct, frozen=True):
    acct: str  # alice on the own server, alice@other.example else
    display_name: str | None = None
    url: str | None = None
    avatar: str | None = None
    followers_count: int | None = None
    id: str = ""
    fields: list[dict[str, Any]] | None = None  # of the profile: name, value (HTML), verified_at where the page links back


class Mentioned(Struct, frozen=True):
    acct: str
    url: str | None = None


class Tag(Struct, frozen=True):
    name: str


class Medium(Struct, frozen=True):
    id: str = ""
    type: str = "unknown"
    url: str | None = None
    remote_url: str | None = None
    preview_url: str | None = None
    description: str | None = None


class Option(Struct, frozen=True):
    title: str
    votes_count: int | None = None


class Poll(Struct, frozen=True):
    options: list[Option] = []
    expires_at: datetime | None = None
    multiple: bool | None = None


class Status(Struct, frozen=True):
    id: str
    account: Actor
    created_at: datetime
    content: str | None = None
    edited_at: datetime | None = None
    in_reply_to_id: str | None = None
    visibility: str | None = None
    uri: str | None = None
    url: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    mentions: list[Mentioned] | None = None
    tags: list[Tag] | None = None
    media_attachments: list[Medium] | None = None
    reblog: Any = None
    poll: Poll | None = None
    quote: Any = None  # Mastodon 4.5: {"state", "quoted_status"}; Pleroma: the status itself; what it may be, `quoted` tells

    @property
    def version(self) -> str:
        """Empty for words as first written."""
        return utc(self.edited_at).isoformat() if self.edited_at else ""


class Quoted(Struct, frozen=True):
    """Words of somebody else that a status shows."""

    id: str
    account: Actor
    content: str | None = None
    uri: str | None = None
    url: str | None = None


def quoted(status: Status) -> Quoted | None:
    """None where nothing is quoted, or where it was deleted, revoked or is hidden from us."""
    shown = status.quote.get("quoted_status", status.quote) if isinstance(status.quote, dict) else None
    try:
        return msgspec.convert(shown, type=Quoted, strict=False)
    except msgspec.ValidationError:
        return None


class Application(Struct, frozen=True):
    """What was registered at the server; old servers do not tell the scopes."""

    name: str = ""
    scopes: list[str] | None = None


class Notification(Struct, frozen=True):
    id: str
    type: str
    created_at: datetime
    account: Actor | None = None
    status: Status | None = None


class Found(Struct, frozen=True):
    statuses: list[msgspec.Raw] = []


class Instance(Struct, frozen=True):
    """The parts of /api/v1/instance and /api/v2/instance that both have."""

    version: str = ""
    title: str | None = None
    configuration: dict[str, Any] | None = None
    urls: dict[str, Any] | None = None
    max_toot_chars: int | None = None  # Pleroma

    @property
    def software(self) -> str:
        """snac, pleroma, gotosocial, ... or mastodon: who really answers, for the few places where they differ."""
        says = self.version.lower()
        return next((name for name in ("snac", "pleroma", "akkoma", "gotosocial") if name in says), "mastodon")

    @property
    def max_characters(self) -> int | None:
        of_statuses = (self.configuration or {}).get("statuses") or {}
        return of_statuses.get("max_characters") or self.max_toot_chars

    @property
    def streaming(self) -> str:
        """Where it streams; empty when it does not say."""
        urls = (self.configuration or {}).get("urls") or self.urls or {}
        given = str(urls.get("streaming") or urls.get("streaming_api") or "")
        return given.replace("wss://", "https://", 1).replace("ws://", "http://", 1).rstrip("/")


def decode(body: bytes, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not a {getattr(type_, '__name__', 'list')} of the Mastodon API: {error}") from error


def utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
