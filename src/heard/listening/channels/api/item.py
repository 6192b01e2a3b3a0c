"""What another system may tell us, as JSON: the body of the REST API, of signed webhooks and of our own JSONL files."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from heard.listening.channels.contract import JSON, Author, Edited, Event, File, RawEvent, Said, Withdrawn
from heard.listening.channels.plain import plain
from heard.listening.storable import each_text, holds_nul

Id = Annotated[str, Meta(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f]+$")]
Ref = Annotated[str, Meta(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")]
Line = Annotated[str, Meta(max_length=200)]
Link = Annotated[str, Meta(max_length=1000, pattern=r"^(https?://[^\x00-\x20\x7f]+)?$")]
Words = Annotated[str, Meta(max_length=200_000)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339 with a zone, between 1970 and 2100")]
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_KEY = 255


class BadItem(ValueError):
    """The item is not what the interface describes. The text says where and why, and repeats none of the words in it."""


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Who spoke. `id` never changes in its `network`: an e-mail address, a number, an account id."""

    id: Annotated[str, Meta(min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$")]
    network: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,39}$", description="email, phone, web, x, ...")] = "web"
    handle: Annotated[str, Meta(max_length=320)] = ""
    name: Line = ""
    profile_url: Link = ""
    avatar_url: Link = ""
    followers: Annotated[int, Meta(ge=0, le=10**12)] | None = None


class Enclosed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A file, with its bytes in base64."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    data: bytes
    content_type: Annotated[str, Meta(max_length=120, pattern=r"^[\w.+-]+/[\w.+-]+$")] = "application/octet-stream"
    alt: Annotated[str, Meta(max_length=2000)] = ""


class Voice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Somebody said something. The first delivery of an `external_id` counts; corrections come as `edited`."""

    author: Person
    type: Literal["said"] = "said"
    external_id: Id | None = None
    occurred_at: Moment | None = None
    text: Words = ""
    html: Annotated[str, Meta(max_length=400_000)] = ""
    subject: Annotated[str, Meta(max_length=500)] = ""
    kind: Literal["message", "post", "review", "call", "meeting", "letter", "visit", "article"] = "message"
    direction: Literal["inbound", "outbound"] = "inbound"
    visibility: Literal["public", "followers", "private"] = "private"
    addressed: bool = True
    thread_ref: Ref = ""
    parent_ref: Ref = ""
    permalink: Link = ""
    language: Annotated[str, Meta(max_length=12, pattern=r"^[A-Za-z-]*$")] = ""
    to: Annotated[tuple[Person, ...], Meta(max_length=50)] = ()
    attachments: Annotated[tuple[Enclosed, ...], Meta(max_length=20)] = ()
    extra: Annotated[dict[str, str | Whole | float | bool | None], Meta(max_length=40)] = msgspec.field(default_factory=dict)


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The author changed the words of `external_id`; the highest (`version`, `occurred_at`) wins."""

    type: Literal["edited"]
    external_id: Id
    version: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
    occurred_at: Moment
    text: Words = ""
    html: Annotated[str, Meta(max_length=400_000)] = ""
    subject: Annotated[str, Meta(max_length=500)] = ""


class Removal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The author took `external_id` away. Final, and obeyed even when it comes first."""

    type: Literal["withdrawn"]
    external_id: Id
    occurred_at: Moment


Item = Voice | Correction | Removal
AnItem = TypeVar("AnItem", bound=Voice | Correction | Removal)
TYPES: dict[str, type[Item]] = {"said": Voice, "edited": Correction, "withdrawn": Removal}


class _Kind(Struct):
    type: str = "said"


_KIND = msgspec.json.Decoder(_Kind)
_VOICE = msgspec.json.Decoder(Voice)
_DECODERS = {name: msgspec.json.Decoder(type_) for name, type_ in TYPES.items()}
_NOT_READABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parsed(body: bytes) -> Item:
    """Holds no NUL in any text. Raises BadItem."""
    try:
        item: Item = _VOICE.decode(body)  # as nearly all are; asking for the type first would read each one twice
    except _NOT_READABLE:
        item = _by_its_type(body)
    checked(item)
    return without_nul(item) if holds_nul(body) else item


def _by_its_type(body: bytes) -> Item:
    try:
        return _DECODERS[_KIND.decode(body).type].decode(body)
    except KeyError as error:
        raise BadItem(f"type {str(error)[:40]} is not one of {', '.join(TYPES)}") from None
    except _NOT_READABLE as error:
        raise BadItem(str(error)) from None


def checked(item: AnItem) -> AnItem:
    """The same item, once it keeps what the types cannot say. Raises BadItem."""
    if isinstance(item, Voice) and not (item.text.strip() or item.html.strip() or item.subject.strip() or item.attachments):
        raise BadItem("nothing was said: text, html, subject and attachments are all empty")
    if item.occurred_at is not None and not EARLIEST <= item.occurred_at < LATEST:
        raise BadItem("occurred_at lies outside 1970 to 2100")
    return item


def without_nul(item: AnItem) -> AnItem:
    """PostgreSQL takes none in a text."""
    return each_text(item, _without_nul)


def _without_nul(text: str) -> str:
    return text.replace("\0", "")


def delivery_of(body: bytes, item: Item, *, spare_key: str) -> RawEvent:
    """The bytes as they came. The same `external_id` (and version) is one delivery; without one `spare_key` decides."""
    match item:
        case Correction():
            key = f"{item.external_id} edited {item.version}"
        case Removal():
            key = f"{item.external_id} withdrawn"
        case Voice():
            key = item.external_id or spare_key
    return RawEvent(key=short_key(key), body=body, content_type="application/json")


def short_key(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def events_of(item: Item, *, key: str, received_at: datetime | None) -> list[Event]:
    """Of an item without NUL. Raises BadItem."""
    match item:
        case Correction():
            return [
                Edited(
                    target=item.external_id,
                    version=item.version,
                    occurred_at=item.occurred_at,
                    text=item.text or plain(item.html),
                    html=item.html,
                    subject=item.subject,
                )
            ]
        case Removal():
            return [Withdrawn(target=item.external_id, occurred_at=item.occurred_at)]
    return [_said(item, key, received_at)]


def _said(item: Voice, key: str, received_at: datetime | None) -> Said:
    occurred_at = item.occurred_at or received_at
    if occurred_at is None:
        raise BadItem("occurred_at is missing")
    return Said(
        external_id=item.external_id or key,
        author=_author(item.author),
        occurred_at=occurred_at,
        text=item.text or plain(item.html),
        html=item.html,
        subject=item.subject,
        kind=item.kind,
        direction=item.direction,
        visibility=item.visibility,
        addressed=item.addressed,
        thread_ref=item.thread_ref,
        parent_ref=item.parent_ref,
        permalink=item.permalink,
        language=item.language,
        recipients=tuple(map(_author, item.to)),
        attachments=tuple(map(_file, item.attachments)),
        extra=item.extra,
    )


def _author(person: Person) -> Author:
    """Never `verified`: another system's word is not the network's."""
    return Author(
        network=person.network,
        external_id=person.id.lower() if person.network == "email" else person.id,
        handle=person.handle or (person.id if person.network in ("email", "phone") else ""),
        name=person.name,
        profile_url=person.profile_url,
        avatar_url=person.avatar_url,
        followers=person.followers,
    )


def _file(enclosed: Enclosed) -> File:
    return File(
        name=enclosed.name,
        content_type=enclosed.content_type,
        data=enclosed.data,
        alt=enclosed.alt,
        size_bytes=len(enclosed.data),
    )


def schemas() -> tuple[JSON, JSON]:
    """JSON Schema of one item and the components it refers to, for the description of the interface."""
    shapes, components = msgspec.json.schema_components(list(TYPES.values()), ref_template="#/components/schemas/{name}")
    return {"anyOf": list(shapes)}, components
