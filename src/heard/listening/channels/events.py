"""What adapters say: one event for each thing that happened on a network, in one shape for all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

JSON = dict[str, Any]
Visibility = Literal["public", "followers", "private"]


class Author(Struct, frozen=True, kw_only=True, gc=False):
    """One face on one network. `external_id` is stable there; `verified` means the network vouches for the address."""

    network: str  # "email", "mastodon", "phone", "web", ...: the space in which external_id is unique
    external_id: str
    handle: str = ""  # as people write it
    name: str = ""
    profile_url: str = ""
    avatar_url: str = ""
    followers: int | None = None
    verified: bool = False


class File(Struct, frozen=True, kw_only=True, gc=False):
    """An attachment: with its bytes (mail, forms) or a `url` to fetch later."""

    name: str
    content_type: str = "application/octet-stream"
    data: bytes | None = None
    url: str = ""
    alt: str = ""
    content_id: str = ""  # inline image of a mail
    size_bytes: int | None = None


class Said(Struct, frozen=True, kw_only=True, tag="said", gc=False):
    """Somebody said something: a post, a mail, a call, a meeting, a review. The one event that becomes an Interaction."""

    external_id: str
    author: Author
    occurred_at: datetime
    text: str = ""  # plain, without what was merely quoted
    html: str = ""  # as sent; sanitised by listening before it is stored
    full_text: str = ""  # with quotes and signature, when that differs from text
    subject: str = ""
    kind: Literal["message", "post", "review", "call", "meeting", "letter", "visit", "article", "bounce", "auto_reply"] = (
        "message"
    )
    direction: Literal["inbound", "outbound"] = "inbound"
    visibility: Visibility = "private"
    addressed: bool = True  # to us by name; False for what a monitor merely found
    thread_ref: str = ""  # the network's id of the whole thread
    parent_ref: str = ""  # external_id of what this answers
    references: tuple[str, ...] = ()  # further external_ids of the same thread (mail References)
    permalink: str = ""
    language: str = ""  # only if the network says so
    recipients: tuple[Author, ...] = ()
    attachments: tuple[File, ...] = ()
    found_by: tuple[str, ...] = ()  # hashtag or keyword subscriptions that brought it here
    extra: JSON = field(default_factory=dict)  # rating, ...; `record`: a machine noted it; `traits`: what they say of themselves


class Edited(Struct, frozen=True, kw_only=True, tag="edited", gc=False):
    """The author changed the words. Higher (`version`, `occurred_at`) wins whatever the order of arrival."""

    target: str
    version: str
    occurred_at: datetime
    text: str = ""
    html: str = ""
    subject: str = ""
    extra: JSON = field(default_factory=dict)  # what of `Said.extra` changed with the words, as a rating does


class Withdrawn(Struct, frozen=True, kw_only=True, tag="withdrawn", gc=False):
    """The author or the network took it away. Final, and obeyed even when it comes before the post."""

    target: str
    occurred_at: datetime


class Reacted(Struct, frozen=True, kw_only=True, tag="reacted", gc=False):
    """A favourite, a boost, an emoji; `active` False takes it back. Newest occurred_at of (target, author, reaction) wins.

    Where everybody has one reaction to a thing, and taking it back names none, `reaction` is empty and `active` False: it ends
    whatever this author's reaction was until then.
    """

    target: str
    author: Author
    reaction: str
    occurred_at: datetime
    active: bool = True


class StatusChanged(Struct, frozen=True, kw_only=True, tag="status", gc=False):
    """What became of our own words: never moves backwards along queued, sent, delivered, read; failed ends it."""

    target: str
    status: Literal["sent", "delivered", "read", "failed"]
    occurred_at: datetime
    reason: str = ""


class ReachedUntil(Struct, frozen=True, kw_only=True, tag="reached_until", gc=False):
    """What became of all that we said to `author` in a thread up to `until`, where a network names no single words."""

    author: Author
    thread_ref: str  # of those words, as `Said` and `Sent` carry it
    status: Literal["delivered", "read"]
    until: datetime
    occurred_at: datetime


class Unknown(Struct, frozen=True, kw_only=True, tag="unknown", gc=False):
    """A valid delivery that means nothing to us yet. Kept raw, counted, never an error."""

    note: str = ""


Event = Said | Edited | Withdrawn | Reacted | StatusChanged | ReachedUntil | Unknown
