"""A form on our own web site. The page stores what was typed as JSON; this turns it into a message. See channel.md."""

import re
from datetime import datetime

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import Account, Author, BaseAdapter, Capabilities, ConfigField, Event, File, RawEvent, Said

MAX_FILES = 5
MAX_FILE_BYTES = 8 * 1024 * 1024  # all files of one message together
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Enclosed(Struct, frozen=True, kw_only=True):
    name: str
    content_type: str
    data: bytes


class Filled(Struct, frozen=True, kw_only=True):
    """One form as somebody sent it off. `email` is what they typed: nobody has proved that it is theirs."""

    reference: str
    sent_at: datetime
    name: str
    email: str
    message: str
    order_number: str = ""
    files: tuple[Enclosed, ...] = ()


class Adapter(BaseAdapter):
    kind = "form"
    label = "Web form"
    capabilities = Capabilities(
        inbound=("form",),
        attachments=True,
        max_attachment_bytes=MAX_FILE_BYTES,
        who_may_initiate="nobody",
        address_kind="email",
    )
    config_fields = (
        ConfigField(name="title", label="Title", help="The heading of the page.", default="How can we help?"),
        ConfigField(name="introduction", label="Introduction", help="One or two sentences under the heading.", required=False),
        ConfigField(name="colour", label="Colour", help="Of the button, for example #0b6b52.", required=False),
        ConfigField(name="asks_for_order", label="Ask for an order number", kind="boolean", required=False, default="true"),
    )

    def normalise(self, raw: RawEvent, account: Account) -> list[Event]:
        filled = msgspec.json.decode(raw.body, type=Filled)
        extra = {"reference": filled.reference, "unproved_address": True}
        if filled.order_number:
            extra["order_number"] = filled.order_number
        return [
            Said(
                external_id=raw.key,
                author=Author(network="email", external_id=filled.email.lower(), handle=filled.email, name=filled.name),
                occurred_at=filled.sent_at,
                text=filled.message.replace("\r\n", "\n"),  # what browsers send
                subject=_subject(filled),
                attachments=tuple(_file(f) for f in filled.files),
                extra=extra,
            )
        ]


def _subject(filled: Filled) -> str:
    return f"Order {filled.order_number}" if filled.order_number else ""


def _file(enclosed: Enclosed) -> File:
    return File(name=enclosed.name, content_type=enclosed.content_type, data=enclosed.data, size_bytes=len(enclosed.data))


def plain_name(name: str) -> str:
    """A file name without folders, control characters, and the invisible ones that make exe.pdf of fdp.exe."""
    last = re.split(r"[/\\]", _HIDDEN.sub("", name))[-1].strip(" .")
    return last[-120:] or "file"
