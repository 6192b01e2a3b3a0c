"""Webhooks of Instagram as events. Pure: the same delivery always says the same.
https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram"""

from datetime import datetime

import msgspec
from msgspec import Struct, field

from heard.listening.channels.contract import Account, Author, Event, RawEvent, Said, Unknown, Withdrawn
from heard.listening.channels.instagram.pull import GONE, Gone
from heard.listening.channels.instagram.words import mention_id
from heard.listening.channels.meta import messaging
from heard.listening.channels.meta.messaging import Messaging
from heard.listening.channels.meta.webhook import decode, moment

NETWORK = "instagram"


class Person(Struct, frozen=True):
    id: str = ""
    username: str = ""
    self_ig_scoped_id: str = ""  # our own id, as Instagram names us in our own comments


class Media(Struct, frozen=True):
    id: str = ""
    media_product_type: str = ""


class Value(Struct, frozen=True):
    id: str = ""
    from_: Person | None = field(default=None, name="from")
    text: str = ""
    media: Media | None = None
    parent_id: str = ""
    media_id: str = ""  # of a mention
    comment_id: str = ""


class Change(Struct, frozen=True):
    field: str
    value: Value


class Entry(Struct, frozen=True):
    id: str
    time: int = 0  # seconds for comments, milliseconds for messages
    changes: list[Change] = []
    messaging: list[Messaging] = []
    standby: list[Messaging] = []
    field: str = ""  # Instagram Login writes a change right here, and not into a list
    value: Value | None = None


class Hook(Struct, frozen=True):
    entry: list[Entry]


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no webhook of Instagram."""
    if raw.headers.get("what") == GONE:
        gone = decode(raw.body, Gone)
        return [Withdrawn(target=gone.id, occurred_at=moment(gone.noticed_at))]
    hook = decode(raw.body, Hook)
    return [event for entry in hook.entry for event in of_entry(entry, account)] or [Unknown(note="nothing happened")]


def of_entry(entry: Entry, account: Account) -> list[Event]:
    if entry.id != account.address.strip():
        return [Unknown(note="for another account")]
    changes = [*entry.changes, *([Change(entry.field, entry.value)] if entry.value else [])]
    said = [
        event
        for thing in (*entry.messaging, *entry.standby)
        for event in messaging.events_of(thing, network=NETWORK, account=account)
    ]
    return [*said, *(of_change(change, entry, account) for change in changes)]


def of_change(change: Change, entry: Entry, account: Account) -> Event:
    value = change.value
    if change.field in ("comments", "live_comments") and value.id and value.from_ is not None:
        return comment(value, value.from_, entry, account, is_live=change.field == "live_comments")
    if change.field == "mentions" and value.media_id:
        return mention(value, entry)
    return Unknown(note=change.field)


def comment(value: Value, person: Person, entry: Entry, account: Account, *, is_live: bool) -> Said:
    is_ours = bool(person.self_ig_scoped_id) or person.id == account.address.strip()
    media = value.media or Media()
    return Said(
        external_id=value.id,
        author=face(person, account, is_ours=is_ours),
        occurred_at=happened_at(entry),
        text=value.text,
        kind="post",
        direction="outbound" if is_ours else "inbound",
        visibility="public",
        addressed=not is_ours,
        thread_ref=media.id,
        parent_ref=value.parent_id or media.id,
        extra={"media": media.media_product_type, **({"live": True} if is_live else {})},
    )


def mention(value: Value, entry: Entry) -> Said:
    """Below a post of somebody else. Instagram tells where, and neither the words nor who said them; answering is possible."""
    where = "in a comment below somebody's post" if value.comment_id else "in a post of theirs"
    return Said(
        external_id=mention_id(value.media_id, value.comment_id),
        author=Author(network=NETWORK, external_id=f"unnamed:{value.comment_id or value.media_id}"),
        occurred_at=happened_at(entry),
        text=f"[mentioned us {where}; Instagram does not tell the words]",
        kind="post",
        visibility="public",
        thread_ref=value.media_id,
        found_by=("@mention",),
        extra={"without_words": True},
    )


def happened_at(entry: Entry) -> datetime:
    return moment(entry.time / 1000 if entry.time > 100_000_000_000 else entry.time)


def face(person: Person, account: Account, *, is_ours: bool) -> Author:
    external_id = account.address.strip() if is_ours else person.id
    if not external_id:
        raise ValueError("nobody said it")
    name = person.username if person.username.isprintable() else ""
    return Author(
        network=NETWORK,
        external_id=external_id,
        handle=f"@{name}" if name else "",
        profile_url=f"https://www.instagram.com/{name}/" if name else "",
        verified=True,
    )


# ── Quickly ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Id(msgspec.Struct, gc=False):
    id: str = ""


class _Value(msgspec.Struct, gc=False):
    from_: _Id | None = msgspec.field(default=None, name="from")


class _Change(msgspec.Struct, gc=False):
    value: _Value | None = None


class _Messaging(msgspec.Struct, gc=False):
    sender: _Id | None = None
    recipient: _Id | None = None


class _Entry(msgspec.Struct, gc=False):
    id: str = ""
    messaging: list[_Messaging] = []
    changes: list[_Change] = []
    value: _Value | None = None


class _Hook(msgspec.Struct, gc=False):
    entry: list[_Entry]


_decode = msgspec.json.Decoder(_Hook).decode


def author_key(body: bytes) -> str:
    """The person whom it is about, whether they spoke or we did; empty for what names nobody."""
    try:
        entry = _decode(body).entry[0]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        return ""
    if entry.messaging:
        people = entry.messaging[0]
        return next((person.id for person in (people.sender, people.recipient) if person and person.id != entry.id), "")
    value = entry.changes[0].value if entry.changes else entry.value
    return value.from_.id if value and value.from_ else ""
