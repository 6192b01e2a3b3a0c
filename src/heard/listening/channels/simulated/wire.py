"""How the simulated network speaks: small JSON objects with a `what`, and what they mean as events."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from heard.listening.channels.contract import (
    JSON,
    Author,
    Edited,
    Event,
    Reacted,
    Said,
    StatusChanged,
    Unknown,
    Visibility,
    Withdrawn,
)

Moment = Annotated[datetime, Meta(tz=True)]


class Garbled(ValueError):
    """The network would never say this. The text says where it is wrong."""


class Person(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody on the network. `proven` says that the network vouches for the id."""

    id: str
    on: str
    handle: str = ""
    name: str = ""
    page: str = ""
    followers: int | None = None
    proven: bool = False


class Word(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="what", tag="word"):
    """Something was said. `ours` turns it round: `by` is us and `to` is whom we told."""

    id: str
    at: Moment
    by: Person
    text: str
    title: str = ""
    quoted: str = ""  # what a mail repeats below its own words
    kind: str = "message"
    seen_by: Visibility = "private"
    ours: bool = False
    to_us: bool = True  # by name; False for what a search found
    to: tuple[Person, ...] = ()
    thread: str = ""
    answers: str = ""
    page: str = ""
    found_by: tuple[str, ...] = ()
    details: JSON = {}


class Change(Struct, frozen=True, kw_only=True, tag_field="what", tag="change"):
    of: str
    at: Moment
    version: str
    text: str


class Gone(Struct, frozen=True, kw_only=True, tag_field="what", tag="gone"):
    of: str
    at: Moment


class Sign(Struct, frozen=True, kw_only=True, tag_field="what", tag="sign"):
    """A favourite or a boost, or (`on` False) its taking back."""

    of: str
    at: Moment
    by: Person
    sign: str
    still: bool = True


class Arrival(Struct, frozen=True, kw_only=True, tag_field="what", tag="arrival"):
    """How far words of ours got."""

    of: str
    at: Moment
    how_far: Literal["sent", "delivered", "read", "failed"]
    why: str = ""


Line = Word | Change | Gone | Sign | Arrival


def encoded(line: Line) -> bytes:
    return msgspec.json.encode(line)


def events_of(body: bytes) -> list[Event]:
    """One event of a delivery; an unheard-of `what` is kept as Unknown. Raises Garbled."""
    try:
        what = msgspec.json.decode(body, type=_What).what
        if what not in ("word", "change", "gone", "sign", "arrival"):
            return [Unknown(note=what[:80])]
        return [_event(msgspec.json.decode(body, type=Line))]
    except (msgspec.DecodeError, RecursionError) as error:
        raise Garbled(str(error)) from error


class _What(Struct):
    what: str


def _event(line: Line) -> Event:
    match line:
        case Word():
            return _said(line)
        case Change():
            return Edited(target=line.of, version=line.version, occurred_at=line.at, text=line.text)
        case Gone():
            return Withdrawn(target=line.of, occurred_at=line.at)
        case Sign():
            return Reacted(target=line.of, author=author_of(line.by), reaction=line.sign, occurred_at=line.at, active=line.still)
        case Arrival():
            return StatusChanged(target=line.of, status=line.how_far, occurred_at=line.at, reason=line.why)


def _said(word: Word) -> Said:
    return Said(
        external_id=word.id,
        author=author_of(word.by),
        occurred_at=word.at,
        text=word.text,
        full_text=f"{word.text}\n\n{word.quoted}" if word.quoted else "",
        subject=word.title,
        kind=word.kind,  # type: ignore[arg-type]
        direction="outbound" if word.ours else "inbound",
        visibility=word.seen_by,
        addressed=word.to_us,
        thread_ref=word.thread,
        parent_ref=word.answers,
        permalink=word.page,
        recipients=tuple(author_of(p) for p in word.to),
        found_by=word.found_by,
        extra=word.details,
    )


def author_of(person: Person) -> Author:
    return Author(
        network=person.on,
        external_id=person.id,
        handle=person.handle,
        name=person.name,
        profile_url=person.page,
        followers=person.followers,
        verified=person.proven,
    )
