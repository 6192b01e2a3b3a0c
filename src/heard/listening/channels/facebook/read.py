"""Webhooks of a Page as events. Pure: the same delivery always says the same."""

from datetime import datetime
from mimetypes import guess_type
from urllib.parse import urlsplit

import msgspec

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Said,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.facebook.payloads import Change, Entry, Hook, Value
from heard.listening.channels.meta import messaging
from heard.listening.channels.meta.reactions import only_one
from heard.listening.channels.meta.webhook import decode, moment

NETWORK = "facebook"
POSTS = ("post", "status", "photo", "video", "share", "note", "event")
REACTIONS = ("reaction", "like")


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are no webhook of a Page."""
    hook = decode(raw.body, Hook)
    return [event for entry in hook.entry for event in of_entry(entry, account)] or [Unknown(note="nothing happened")]


def of_entry(entry: Entry, account: Account) -> list[Event]:
    """One webhook may serve several Pages; what is meant for another one is not ours."""
    if entry.id != account.address.strip():
        return [Unknown(note="for another Page")]
    said = [
        event
        for thing in (*entry.messaging, *entry.standby)
        for event in messaging.events_of(thing, network=NETWORK, account=account)
    ]
    return [*said, *(event for change in entry.changes for event in of_change(change, entry, account))]


def of_change(change: Change, entry: Entry, account: Account) -> list[Event]:
    value = change.value
    match change.field:
        case "ratings":
            return [of_review(value, entry)]
        case "feed" | "mention" if value.item in REACTIONS:
            return of_reaction(value, entry)
        case "feed" | "mention" if value.item == "comment" or value.item in POSTS:
            return [of_words(value, entry, account, mentioned=change.field == "mention")]
        case _:
            return [Unknown(note=f"{change.field} {value.item} {value.verb}".strip())]


def of_words(value: Value, entry: Entry, account: Account, *, mentioned: bool) -> Event:
    target = value.comment_id if value.item == "comment" else value.post_id
    if not target:
        raise ValueError(f"a {value.item} without an id")
    at = changed_at(entry, value)
    match value.verb:
        case "remove" | "delete":
            return Withdrawn(target=target, occurred_at=at)
        case "edited" | "edit":  # Meta writes both
            return Edited(target=target, version=at.isoformat(), occurred_at=at, text=value.message)
        case "add":
            return said(target, value, entry, account, mentioned=mentioned)
        case _:  # hide, unhide, block, ...
            return Unknown(note=f"{value.item} {value.verb}".strip())


def said(external_id: str, value: Value, entry: Entry, account: Account, *, mentioned: bool) -> Said:
    """A comment answers the comment above it, else the post; our own words on our own Page are ours, whoever typed them."""
    author = face(value)
    is_ours = author.external_id == account.address.strip()
    parent = value.parent_id or value.post_id
    return Said(
        external_id=external_id,
        author=author,
        occurred_at=moment(value.created_time) if value.created_time else changed_at(entry, value),
        text=value.message or ("" if files_of(value) else value.link),
        kind="post",
        direction="outbound" if is_ours else "inbound",
        visibility="public",
        addressed=not is_ours,
        thread_ref=value.post_id,
        parent_ref=parent if parent != external_id else "",
        permalink=f"https://www.facebook.com/{external_id}",
        attachments=files_of(value),
        found_by=("@mention",) if mentioned else (),
        extra={"item": value.item},
    )


def of_review(value: Value, entry: Entry) -> Event:
    """A recommendation. Facebook has no stars any more: yes or no."""
    story = value.open_graph_story_id
    if not story or value.item not in ("rating", ""):
        return Unknown(note=f"ratings {value.item} {value.verb}".strip())
    at = changed_at(entry, value)
    if value.verb in ("remove", "delete"):
        return Withdrawn(target=story, occurred_at=at)
    if value.verb in ("edit", "edited"):
        return Edited(target=story, version=at.isoformat(), occurred_at=at, text=value.review_text)
    recommends = {"positive": True, "negative": False}.get(value.recommendation_type.lower())
    return Said(
        external_id=story,
        author=face(value),
        occurred_at=moment(value.created_time) if value.created_time else at,
        text=value.review_text,
        kind="review",
        visibility="public",
        thread_ref=story,
        permalink=f"https://www.facebook.com/{story}",
        extra={"recommends": recommends, **({"rating": value.rating} if value.rating else {})},
    )


def of_reaction(value: Value, entry: Entry) -> list[Event]:
    target = value.comment_id or value.post_id
    if not target:
        raise ValueError("a reaction to nothing")
    is_gone = value.verb in ("remove", "delete")
    return [*only_one(target, face(value), "" if is_gone else value.reaction_type or value.item, changed_at(entry, value))]


def changed_at(entry: Entry, value: Value) -> datetime:
    """When Meta noticed it: the time by the change itself is that of the first words, also when they were edited."""
    time = entry.time or value.created_time
    if time <= 0:
        raise ValueError("no time stands by it")
    return moment(time / 1000 if time > 100_000_000_000 else time)


def face(value: Value) -> Author:
    """The id is theirs on this Page, in comments as in Messenger. Meta leaves it out where the app may not know them."""
    person = value.person
    if not person.id:
        return Author(network=NETWORK, external_id=f"unnamed:{value.comment_id or value.post_id or value.open_graph_story_id}")
    return Author(network=NETWORK, external_id=str(person.id), name=person.name, verified=True)


def files_of(value: Value) -> tuple[File, ...]:
    """Photos and videos; another link is part of the words."""
    shown = [value.photo or (value.link if value.item == "photo" else ""), value.video, *value.photos]
    if value.item == "video" and not value.video:
        shown.append(value.link)
    return tuple(file for url in dict.fromkeys(filter(None, shown)) if (file := file_of(url, is_video=value.item == "video")))


def file_of(url: str, *, is_video: bool) -> File | None:
    if messaging.urlsplit_or_none(url) is None:
        return None
    name = urlsplit(url).path.rpartition("/")[2]
    guessed = guess_type(name)[0]
    kind = "video" if is_video else "photo"
    return File(name=name if guessed else kind, content_type=guessed or ("video/mp4" if is_video else "image/jpeg"), url=url)


# ── Quickly ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Id(msgspec.Struct, gc=False):
    id: str | int = ""


class _Value(msgspec.Struct, gc=False):
    from_: _Id | None = msgspec.field(default=None, name="from")


class _Change(msgspec.Struct, gc=False):
    value: _Value


class _Messaging(msgspec.Struct, gc=False):
    sender: _Id | None = None
    recipient: _Id | None = None


class _Entry(msgspec.Struct, gc=False):
    id: str = ""
    messaging: list[_Messaging] = []
    changes: list[_Change] = []


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
        ids = [str(person.id) for person in (people.sender, people.recipient) if person]
        return next((id_ for id_ in ids if id_ != entry.id), "")
    someone = entry.changes[0].value.from_ if entry.changes else None
    return str(someone.id) if someone else ""
