"""Webhooks of WhatsApp as events. Pure: the same delivery always says the same."""

import re
from collections.abc import Iterator
from mimetypes import guess_extension
from typing import Literal

import msgspec

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.meta.graph import FACEBOOK, root_of
from heard.listening.channels.meta.reactions import only_one
from heard.listening.channels.meta.webhook import decode, moment
from heard.listening.channels.whatsapp.payloads import (
    Card,
    Contact,
    Hook,
    Interactive,
    Medium,
    Message,
    Order,
    Place,
    Status,
    Value,
    Words,
)

NETWORK = "whatsapp"
Direction = Literal["inbound", "outbound"]
Progress = Literal["sent", "delivered", "read", "failed"]
STATUSES: dict[str, Progress] = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no webhook of WhatsApp."""
    hook = decode(raw.body, Hook)
    return [event for entry in hook.entry for change in entry.changes for event in of_value(change.field, change.value, account)]


def of_value(field: str, value: Value, account: Account) -> list[Event]:
    """One webhook may serve several numbers; what is meant for another one is not ours."""
    number = value.metadata.phone_number_id
    if number and number != account.address.strip():
        return [Unknown(note="for another number of this business")]
    events = [
        *(event for message in value.messages for event in of_message(message, value, account)),
        *(event for message in value.message_echoes for event in of_echo(message, value, account)),
        *(of_status(status) for status in value.statuses),
    ]
    return events or [Unknown(note=field)]


def of_message(message: Message, value: Value, account: Account) -> list[Event]:
    if message.type == "system" or message.system:
        return [Unknown(note=f"system: {message.system.type if message.system else ''}")]
    if message.interactive and message.interactive.type == "call_permission_reply":
        return [Unknown(note="call permission")]
    author = customer(message.from_, message.from_user_id, value)
    return list(events_by(message, author, "inbound", (), account))


def of_echo(message: Message, value: Value, account: Account) -> list[Event]:
    """What one of us typed into the WhatsApp Business app on the phone."""
    return list(events_by(message, ours(value), "outbound", (customer(message.to, message.to_user_id, value),), account))


def events_by(
    message: Message, author: Author, direction: Direction, recipients: tuple[Author, ...], account: Account
) -> Iterator[Event]:
    at = moment(seconds(message.timestamp))
    if message.revoke:
        yield Withdrawn(target=message.revoke.original_message_id, occurred_at=at)
    elif message.edit:
        target = message.edit.original_message_id
        yield Edited(target=target, version=at.isoformat(), occurred_at=at, text=text_of(message.edit.message))
    elif message.reaction:
        yield from only_one(message.reaction.message_id, author, message.reaction.emoji, at)
    else:
        yield Said(
            external_id=message.id,
            author=author,
            occurred_at=at,
            text=text_of(message),
            direction=direction,
            addressed=direction == "inbound",
            thread_ref=message.group_id or (recipients[0] if recipients else author).external_id,
            parent_ref=message.context.id if message.context else "",
            recipients=recipients,
            attachments=(file_of(message.type, message.medium, account),) if message.medium else (),
            extra=extra_of(message),
        )


def of_status(status: Status) -> Event:
    known = STATUSES.get(status.status)
    if known is None or status.type == "call":
        return Unknown(note=f"status {status.status}")
    reason = "; ".join(problem.words for problem in status.errors)
    return StatusChanged(target=status.id, status=known, occurred_at=moment(seconds(status.timestamp)), reason=reason)


def seconds(timestamp: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise ValueError(f"{timestamp[:40]!r} is no time in seconds")
    return int(timestamp)


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def customer(number: str, user_id: str, value: Value) -> Author:
    """By their number, which is the same on every channel with numbers; who hides it is known by their id for our business."""
    contact = contact_of(number, user_id, value)
    number = number or contact.wa_id
    if is_number(number):
        return Author(network="phone", external_id=f"+{number}", handle=f"+{number}", name=contact.profile.name, verified=True)
    user_id = user_id or contact.user_id or number
    if not user_id:
        raise ValueError("nobody said it")
    username = contact.profile.username
    return Author(
        network=NETWORK, external_id=user_id, handle=f"@{username}" if username else "", name=contact.profile.name, verified=True
    )


def contact_of(number: str, user_id: str, value: Value) -> Contact:
    """The one with this number or id; else the only one there is."""
    for contact in value.contacts:
        if (number and contact.wa_id == number) or (user_id and contact.user_id == user_id):
            return contact
    only = value.contacts[0] if len(value.contacts) == 1 and not number and not user_id else None
    return only or Contact()


def ours(value: Value) -> Author:
    number = re.sub(r"\D", "", value.metadata.display_phone_number)
    if is_number(number):
        return Author(network="phone", external_id=f"+{number}", handle=f"+{number}", verified=True)
    return Author(network=NETWORK, external_id=value.metadata.phone_number_id or "us", verified=True)


def is_number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{5,20}", text) is not None


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def text_of(words: Words) -> str:
    """As people would read it. What WhatsApp does not hand over is named in brackets, so that nobody overlooks it."""
    if words.text:
        return words.text.body
    if words.medium:
        return words.medium.caption
    if words.location:
        return place(words.location)
    if words.contacts is not None:
        return "\n".join(map(card, words.contacts))
    if words.order:
        return order(words.order)
    if words.button:
        return words.button.text
    if words.interactive and (chosen := choice(words.interactive)):
        return chosen
    kind = words.unsupported.type if words.unsupported else ""
    return f"[{kind or words.type or 'unsupported'}]"


def place(there: Place) -> str:
    return "\n".join(filter(None, [there.name, there.address, f"geo:{there.latitude},{there.longitude}"]))


def card(contact: Card) -> str:
    return ", ".join(filter(None, [contact.name.formatted_name, *(phone.phone for phone in contact.phones)]))


def order(given: Order) -> str:
    lines = [
        f"{item.quantity:g} × {item.product_retailer_id} ({item.item_price:g} {item.currency})" for item in given.product_items
    ]
    return "\n".join(filter(None, [given.text, *lines]))


def choice(interactive: Interactive) -> str:
    if chosen := interactive.button_reply or interactive.list_reply:
        return "\n".join(filter(None, [chosen.title, chosen.description]))
    return form(interactive.nfm_reply.response_json) if interactive.nfm_reply else ""


def form(answers: str) -> str:
    """Each field and what was filled in, a line each; the token of the form is nobody's words."""
    try:
        fields = msgspec.json.decode(answers, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError):
        return ""
    return "\n".join(f"{name}: {value}" for name, value in fields.items() if name != "flow_token")


def file_of(kind: str, medium: Medium, account: Account) -> File:
    """Without its bytes: they are asked for by the id in the address, when somebody opens it."""
    content_type = medium.mime_type.partition(";")[0].strip() or "application/octet-stream"
    name = medium.filename or f"{'voice' if medium.voice else kind}{guess_extension(content_type) or ''}"
    return File(name=name, content_type=content_type, url=f"{media_root(account)}/{medium.id}")


def media_root(account: Account) -> str:
    try:
        return root_of(account, FACEBOOK)
    except Exception as error:  # what is wrong with our settings does not make the customer's words poison
        raise ValueError(str(error)) from error


def extra_of(message: Message) -> dict:
    found: dict = {"type": message.type}
    if message.from_user_id:
        found["user_id"] = message.from_user_id
    if message.context and (message.context.forwarded or message.context.frequently_forwarded):
        found["forwarded"] = True
    if message.button and message.button.payload:
        found["payload"] = message.button.payload
    if message.referral:
        found["came_from"] = message.referral.source_url
    return found


# ── Quickly ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Speaker(msgspec.Struct, gc=False):
    from_: str = msgspec.field(default="", name="from")
    from_user_id: str = ""
    to: str = ""
    to_user_id: str = ""
    recipient_id: str = ""


class _Value(msgspec.Struct, gc=False):
    messages: list[_Speaker] = []
    message_echoes: list[_Speaker] = []
    statuses: list[_Speaker] = []


class _Change(msgspec.Struct, gc=False):
    value: _Value


class _Entry(msgspec.Struct, gc=False):
    changes: list[_Change]


class _Hook(msgspec.Struct, gc=False):
    entry: list[_Entry]


_decode = msgspec.json.Decoder(_Hook).decode


def author_key(body: bytes) -> str:
    """The customer whom it is about, whether they spoke or we did; empty for what is no webhook."""
    try:
        value = _decode(body).entry[0].changes[0].value
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        return ""
    if value.messages:
        return value.messages[0].from_ or value.messages[0].from_user_id
    if value.message_echoes:
        return value.message_echoes[0].to or value.message_echoes[0].to_user_id
    return value.statuses[0].recipient_id if value.statuses else ""
