"""Posts, direct messages and likes as events. Pure. Each delivery is one thing, with the people and pictures that belong to it."""

import re
from datetime import datetime
from html import unescape
from mimetypes import guess_type
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Reacted,
    Said,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.x.payloads import (
    DmEvent,
    Entities,
    Includes,
    Link,
    Medium,
    Post,
    User,
    Withheld,
    decode,
    made_at,
    moment,
)

T = TypeVar("T")
NETWORK = "x"
DM = "dm:"  # before the id of a direct message: posts and messages are deleted in different places
EVERYWHERE = {"XX", "XY"}  # country codes of what is withheld in all of them; XY for copyright
OWN_PICTURE = re.compile(r"https://(x|twitter)\.com/(messages/media|\w+/status/\d+/(photo|video))/")
CONTENT_TYPES = {"photo": "image/jpeg", "video": "video/mp4", "animated_gif": "video/mp4"}


class WithPost(Struct, frozen=True):
    data: Post
    includes: Includes = Includes()


class WithDm(Struct, frozen=True):
    data: DmEvent
    includes: Includes = Includes()


class Gone(Struct, frozen=True):
    gone: str


class Like(Struct, frozen=True):
    liked: str
    by: User


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for what is nothing of X."""
    match raw.headers.get("event", "post"):
        case "gone":
            return [Withdrawn(target=local_id(decode(raw.body, Gone).gone), occurred_at=arrived(raw))]
        case "like":
            return [of_like(decode(raw.body, Like), raw)]
        case "dm":
            return [of_dm(decode(raw.body, WithDm), account)]
        case _:
            return of_post(decode(raw.body, WithPost), raw, account)


def of_post(found: WithPost, raw: RawEvent, account: Account) -> list[Event]:
    """An edit is another post with the whole history: so it brings the words, for who never heard them, and the edit."""
    post = found.data
    first = local_id(post.first_id)
    if post.refers("retweeted"):
        return [Unknown(note="somebody else's words, repeated")]
    if is_withheld(post.withheld):
        return [Withdrawn(target=first, occurred_at=made_at(local_id(post.id)))]
    said = said_of(found, first, raw, account)
    if post.id == first:
        return [said]
    return [said, Edited(target=first, version=post.id.zfill(20), occurred_at=made_at(local_id(post.id)), text=said.text)]


def said_of(found: WithPost, first: str, raw: RawEvent, account: Account) -> Said:
    post = found.data
    author = person(post.author_id, found.includes)
    outbound = is_us(author, account)
    found_by = raw.headers.get("found-by", "")
    protected = any(user.protected for user in found.includes.users if user.id == post.author_id)
    entities = post.note.entities if post.note and post.note.entities else post.entities
    return Said(
        external_id=first,
        author=author,
        occurred_at=made_at(first),
        text=words_of(post.note.text if post.note else post.text, entities),
        kind="post",
        direction="outbound" if outbound else "inbound",
        visibility="private" if protected else "public",  # an answer to it would be read by all
        addressed=not outbound and is_addressed(post, entities, raw, account),
        parent_ref=post.refers("replied_to"),
        permalink=f"https://x.com/{author.handle.lstrip('@') or 'i'}/status/{first}",
        language=post.lang if re.fullmatch(r"[a-z]{2}", post.lang) and post.lang != "zz" else "",
        attachments=files_of(post.attachments.media_keys if post.attachments else None, found.includes),
        found_by=(found_by,) if found_by else (),
        extra=extra_of(post),
    )


def of_dm(found: WithDm, account: Account) -> Event:
    event = found.data
    if event.event_type not in ("", "MessageCreate"):
        return Unknown(note=event.event_type)
    author = person(event.sender_id, found.includes)
    outbound = is_us(author, account)
    others = tuple(person(id_, found.includes) for id_ in participants(event) if id_ != event.sender_id)
    return Said(
        external_id=f"{DM}{local_id(event.id)}",
        author=author,
        occurred_at=moment(event.created_at) if event.created_at else made_at(local_id(event.id)),
        text=words_of(event.text, event.entities),
        direction="outbound" if outbound else "inbound",
        visibility="private",
        addressed=not outbound,
        thread_ref=event.dm_conversation_id,
        recipients=others if outbound else (),
        attachments=files_of(event.attachments.media_keys if event.attachments else None, found.includes),
    )


def of_like(like: Like, raw: RawEvent) -> Event:
    """X does not say when somebody liked; it is as late as we heard of it."""
    return Reacted(target=local_id(like.liked), author=of_user(like.by), reaction="like", occurred_at=arrived(raw))


def arrived(raw: RawEvent) -> datetime:
    return raw.received_at or made_at("0")


def participants(event: DmEvent) -> list[str]:
    """A talk of two is named after both."""
    return event.participant_ids or re.findall(r"\d+", event.dm_conversation_id if "-" in event.dm_conversation_id else "")


def is_withheld(withheld: Withheld | None) -> bool:
    return withheld is not None and bool(EVERYWHERE & set(withheld.country_codes))


def is_addressed(post: Post, entities: Entities | None, raw: RawEvent, account: Account) -> bool:
    """Names us, or answers us."""
    if post.in_reply_to_user_id and post.in_reply_to_user_id == raw.headers.get("me"):
        return True
    named = {(mention.username or "").lower() for mention in (entities and entities.mentions) or []}
    return own_name(account) in named


# ── Who ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def person(id_: str, includes: Includes) -> Author:
    """Raises ValueError for nobody."""
    user = next((user for user in includes.users if user.id == id_), User(id=id_))
    return of_user(user)


def of_user(user: User) -> Author:
    return Author(
        network=NETWORK,
        external_id=local_id(user.id),
        handle=f"@{user.username}" if user.username else "",
        name=user.name,
        profile_url=f"https://x.com/{user.username}" if user.username else "",
        avatar_url=user.profile_image_url,
        followers=user.public_metrics.followers_count if user.public_metrics else None,
        verified=True,
    )


def is_us(author: Author, account: Account) -> bool:
    return author.handle.lower() == f"@{own_name(account)}"


def own_name(account: Account) -> str:
    return account.address.strip().lstrip("@").lower()


class _By(Struct, frozen=True, gc=False):
    author_id: str = ""
    sender_id: str = ""


class _Whose(Struct, frozen=True, gc=False):
    data: _By = _By()


def author_key(body: bytes) -> str:
    try:
        by = decode(body, _Whose).data
    except ValueError:
        return ""
    return by.author_id or by.sender_id


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def words_of(text: str, entities: Entities | None) -> str:
    """As a reader sees it: links as they lead, without those that only stand for the pictures."""
    for link in (entities and entities.urls) or []:
        if link.url:
            text = text.replace(link.url, "" if stands_for_a_picture(link) else link.expanded_url or link.url)
    return re.sub(" {2,}", " ", unescape(text)).strip()


def stands_for_a_picture(link: Link) -> bool:
    return bool(link.media_key) or OWN_PICTURE.match(link.expanded_url or "") is not None


def files_of(keys: list[str] | None, includes: Includes) -> tuple[File, ...]:
    media = {medium.media_key: medium for medium in includes.media}
    return tuple(file_of(media[key]) for key in keys or [] if key in media)


def file_of(medium: Medium) -> File:
    films = [variant for variant in medium.variants if variant.content_type == "video/mp4"]
    film = max(films, key=lambda film: film.bit_rate).url if films else ""
    url = medium.url or film or medium.preview_image_url
    url = url if url.startswith(("https://", "http://")) else ""
    name = path_of(url).rpartition("/")[2] or medium.type or "attachment"
    return File(
        name=name,
        content_type=guess_type(name)[0] or CONTENT_TYPES.get(medium.type, "application/octet-stream"),
        url=url,
        alt=medium.alt_text,
    )


def path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def extra_of(post: Post) -> dict:
    found: dict = {"conversation": post.conversation_id} if post.conversation_id else {}
    if quoted := post.refers("quoted"):
        found["quoted"] = quoted
    return found


def local_id(given: str) -> str:
    """Raises ValueError for what is no id of X."""
    bare = given.removeprefix(DM)
    if not re.fullmatch(r"[0-9]{1,19}", bare):
        raise ValueError(f"{given[:40]!r} is no id of X")
    return given


def composed(data: msgspec.Raw, users: list[msgspec.Raw], media: list[msgspec.Raw]) -> bytes:
    """One thing as a delivery of its own, in the shape in which X gives one."""
    return msgspec.json.encode({"data": data, "includes": {"users": users, "media": media}})
