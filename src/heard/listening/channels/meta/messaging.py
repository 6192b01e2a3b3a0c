"""Private messages of Pages (Messenger) and of Instagram: one shape for both. Pure.
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
https://developers.facebook.com/docs/instagram-platform/webhooks/examples"""

from collections.abc import Iterator
from datetime import datetime
from mimetypes import guess_type
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct, field

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    ReachedUntil,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.meta.reactions import only_one
from heard.listening.channels.meta.webhook import moment

CONTENT_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4", "ig_reel": "video/mp4", "reel": "video/mp4"}
LINKS = ("fallback", "template", "share", "product")  # what lies there is a page for people, not a file


class Person(Struct, frozen=True):
    id: str = ""


class Payload(Struct, frozen=True):
    url: str | None = None
    title: str | None = None


class Attachment(Struct, frozen=True):
    type: str = ""
    payload: Payload | None = None
    title: str | None = None
    url: str | None = None


class Story(Struct, frozen=True):
    url: str = ""
    id: str = ""


class Answered(Struct, frozen=True):
    mid: str = ""
    story: Story | None = None


class Choice(Struct, frozen=True):
    payload: str = ""


class Message(Struct, frozen=True):
    mid: str
    text: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    reply_to: Answered | None = None
    quick_reply: Choice | None = None


class MessageEdit(Struct, frozen=True):
    mid: str
    text: str = ""
    num_edit: int = 1


class Postback(Struct, frozen=True):
    title: str = ""
    payload: str = ""
    mid: str = ""


class Reaction(Struct, frozen=True):
    mid: str
    action: str = "react"
    reaction: str = ""
    emoji: str = ""


class Read(Struct, frozen=True):
    watermark: int = 0
    mid: str = ""


class Delivery(Struct, frozen=True):
    mids: list[str] = field(default_factory=list)
    watermark: int = 0


class Messaging(Struct, frozen=True):
    """One thing that happened between us and a person, who is `sender` or `recipient`."""

    timestamp: int = 0  # milliseconds since 1970
    sender: Person = field(default_factory=Person)
    recipient: Person = field(default_factory=Person)
    message: Message | None = None
    message_edit: MessageEdit | None = None
    postback: Postback | None = None
    reaction: Reaction | None = None
    read: Read | None = None
    delivery: Delivery | None = None
    optin: Any = None
    referral: Any = None

    @property
    def happened_at(self) -> datetime:
        """Raises ValueError where there is no time."""
        if self.timestamp <= 0:
            raise ValueError("no time stands by it")
        return moment(self.timestamp / 1000)


def events_of(thing: Messaging, *, network: str, account: Account) -> list[Event]:
    """Raises ValueError for what nobody said."""
    if thing.message:
        return [of_message(thing, thing.message, network, account)]
    if thing.message_edit:
        edit = thing.message_edit
        return [Edited(target=edit.mid, version=f"{edit.num_edit:06}", occurred_at=thing.happened_at, text=edit.text)]
    if thing.postback:
        return [of_postback(thing, thing.postback, network)]
    if thing.reaction:
        return list(of_reaction(thing, thing.reaction, network))
    if thing.read:
        return [of_read(thing, thing.read, network)]
    if thing.delivery:
        return of_delivery(thing, thing.delivery, network)
    return [Unknown(note="messaging")]


def of_message(thing: Messaging, message: Message, network: str, account: Account) -> Event:
    if message.is_deleted:
        return Withdrawn(target=message.mid, occurred_at=thing.happened_at)
    is_ours = message.is_echo or thing.sender.id == account.address.strip()
    person = face(network, thing.recipient if is_ours else thing.sender)
    files = tuple(file for attachment in message.attachments if (file := file_of(attachment)))
    return Said(
        external_id=message.mid,
        author=face(network, thing.sender),
        occurred_at=thing.happened_at,
        text=text_of(message, files),
        direction="outbound" if is_ours else "inbound",
        addressed=not is_ours,
        visibility="private",
        thread_ref=person.external_id,
        parent_ref=message.reply_to.mid if message.reply_to else "",
        recipients=(person,) if is_ours else (),
        attachments=files,
        extra=extra_of(message),
    )


def text_of(message: Message, files: tuple[File, ...]) -> str:
    """The words, and the links that were shared with them. What we are not given is named in brackets, so that nobody
    overlooks it."""
    links = [link_of(attachment) for attachment in message.attachments if attachment.type in LINKS]
    mentions = [f"[{each.type}]" for each in message.attachments if each.type == "story_mention"]
    said = "\n".join(filter(None, [message.text or "", *mentions, *links]))
    if said or files:
        return said
    kinds = " ".join(attachment.type for attachment in message.attachments)
    return f"[{kinds or 'unsupported'}]"


def link_of(attachment: Attachment) -> str:
    payload = attachment.payload or Payload()
    return "\n".join(filter(None, [payload.title or attachment.title, payload.url or attachment.url]))


def of_postback(thing: Messaging, postback: Postback, network: str) -> Said:
    """Somebody pressed a button of ours. Old ones have no id; then the moment and the person are one."""
    author = face(network, thing.sender)
    return Said(
        external_id=postback.mid or f"postback:{author.external_id}:{thing.timestamp}",
        author=author,
        occurred_at=thing.happened_at,
        text=postback.title or f"[{postback.payload or 'postback'}]",
        thread_ref=author.external_id,
        extra={"payload": postback.payload} if postback.payload else {},
    )


def of_reaction(thing: Messaging, reaction: Reaction, network: str) -> Iterator[Event]:
    is_there = reaction.action == "react"
    named = (reaction.emoji or reaction.reaction or "like") if is_there else ""
    return only_one(reaction.mid, face(network, thing.sender), named, thing.happened_at)


def of_read(thing: Messaging, read: Read, network: str) -> Event:
    """Instagram names the message; Messenger says only until when all was read."""
    if read.mid:
        return StatusChanged(target=read.mid, status="read", occurred_at=thing.happened_at)
    return until(read.watermark, "read", thing, network)


def of_delivery(thing: Messaging, delivered: Delivery, network: str) -> list[Event]:
    """The messages are named only sometimes. https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries"""
    at = thing.happened_at if thing.timestamp else moment(delivered.watermark / 1000)
    named = [StatusChanged(target=mid, status="delivered", occurred_at=at) for mid in delivered.mids]
    return [*named] or [until(delivered.watermark, "delivered", thing, network)]


def until(watermark: int, status: Literal["delivered", "read"], thing: Messaging, network: str) -> Event:
    """All that we had said to them by then, in their one thread."""
    if watermark <= 0:
        return Unknown(note=f"{status}, without saying what")
    person, at = face(network, thing.sender), moment(watermark / 1000)
    happened_at = thing.happened_at if thing.timestamp else at
    return ReachedUntil(author=person, thread_ref=person.external_id, status=status, until=at, occurred_at=happened_at)


def face(network: str, person: Person) -> Author:
    if not person.id:
        raise ValueError("nobody said it")
    return Author(network=network, external_id=person.id, verified=True)


def file_of(attachment: Attachment) -> File | None:
    url = attachment.payload.url if attachment.payload else None
    if not url or attachment.type in LINKS or urlsplit_or_none(url) is None:
        return None
    name = urlsplit(url).path.rpartition("/")[2]
    guessed = guess_type(name)[0]
    return File(
        name=name if guessed else attachment.type or "attachment",
        content_type=guessed or CONTENT_TYPES.get(attachment.type, "application/octet-stream"),
        url=url,
    )


def urlsplit_or_none(url: str) -> str | None:
    try:
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def extra_of(message: Message) -> dict:
    found: dict = {}
    if message.quick_reply and message.quick_reply.payload:
        found["payload"] = message.quick_reply.payload
    if message.reply_to and message.reply_to.story:
        found["answers_story"] = message.reply_to.story.url
    if kinds := [attachment.type for attachment in message.attachments if attachment.type]:
        found["attached"] = kinds
    return found
