"""What the AT Protocol says, as far as we read it: app.bsky.* views, posts, and answers of com.atproto.*.

Apps write into their posts what they like, and servers of other makers leave things out; so nearly all is optional.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from heard.listening.channels.bluesky.uris import POST

T = TypeVar("T")


class Actor(Struct, frozen=True, gc=False):
    did: str
    handle: str = ""  # handle.invalid where it no longer leads back to the DID
    displayName: str | None = None
    avatar: str | None = None
    viewer: dict[str, Any] | None = None  # blocking, blockedBy, ...


class Label(Struct, frozen=True, gc=False):
    val: str = ""


class Ref(Struct, frozen=True, gc=False):
    """One version of one record."""

    uri: str = ""
    cid: str = ""


class ReplyRefs(Struct, frozen=True, gc=False):
    root: Ref
    parent: Ref


class ByteSlice(Struct, frozen=True, gc=False):
    byteStart: int
    byteEnd: int


class Feature(Struct, frozen=True, gc=False):
    """What a facet is: a mention has `did`, a link `uri`, a hashtag `tag`."""

    type: str = field(name="$type", default="")
    did: str = ""
    uri: str = ""
    tag: str = ""


class Facet(Struct, frozen=True, gc=False):
    """What a stretch of the words stands for. The stretch counts bytes of UTF-8."""

    index: ByteSlice
    features: list[Feature] = []


class Post(Struct, frozen=True, gc=False):
    """The record as its author's app wrote it."""

    text: str = ""
    createdAt: str = ""
    facets: list[Facet] | None = None
    reply: ReplyRefs | None = None
    langs: list[str] | None = None
    tags: list[str] | None = None
    embed: dict[str, Any] | None = None


class PostView(Struct, frozen=True, gc=False):
    """A post as an app shows it: with its author and with addresses for its pictures."""

    uri: str
    cid: str
    author: Actor
    record: Post
    indexedAt: datetime
    embed: dict[str, Any] | None = None
    labels: list[Label] | None = None
    viewer: dict[str, Any] | None = None  # replyDisabled, ...


class Notification(Struct, frozen=True, gc=False):
    uri: str
    author: Actor
    reason: str
    indexedAt: datetime
    reasonSubject: str = ""


class Notifications(Struct, frozen=True):
    notifications: list[msgspec.Raw] = []
    cursor: str = ""


class Posts(Struct, frozen=True):
    posts: list[msgspec.Raw] = []
    cursor: str = ""


class Shown(Struct, frozen=True):
    """One entry of a feed; `reason` says that it is there because somebody reposted or pinned it."""

    post: msgspec.Raw
    reason: Any = None


class Feed(Struct, frozen=True):
    feed: list[Shown] = []
    cursor: str = ""


class Stored(Struct, frozen=True):
    """A record as a repository holds it."""

    uri: str
    cid: str
    value: Post = Post()


class Session(Struct, frozen=True):
    did: str
    handle: str
    accessJwt: str
    refreshJwt: str
    active: bool = True
    status: str | None = None  # why it is not active: takendown, suspended, deactivated


class Uploaded(Struct, frozen=True):
    blob: dict[str, Any]


def decode(body: bytes, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not {getattr(type_, '__name__', 'an answer')} of the AT Protocol: {error}") from error


def written_at(moment: datetime) -> str:
    """As records have it: https://atproto.com/specs/lexicon#datetime"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def new_post(text: str, *, at: datetime, **more: object) -> dict[str, object]:
    """A record to write; what is empty in `more` is left out."""
    return {"$type": POST, "text": text, "createdAt": written_at(at), **{name: value for name, value in more.items() if value}}
