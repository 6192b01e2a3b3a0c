"""Events of a room as events of ours. Pure: the same delivery always says the same.

What the adapter knew of a delivery, its headers say (door.py and listen.py write them):
    kind    event (when missing), edit or receipt
    room    the room, where the event does not name it itself
"""

from datetime import datetime
from typing import Any

from heard.listening.channels.contract import (
    Account,
    Author,
    Edited,
    Event,
    File,
    RawEvent,
    Reacted,
    Said,
    StatusChanged,
    Unknown,
    Withdrawn,
)
from heard.listening.channels.matrix.ids import MEDIUM, ROOM, event_ref, is_public, own_id
from heard.listening.channels.matrix.payloads import Receipt, RoomEvent, decode, moment_of, text_of
from heard.listening.channels.plain import plain

NETWORK = "matrix"
MEDIA = {"m.image": "image/png", "m.file": "application/octet-stream", "m.audio": "audio/ogg", "m.video": "video/mp4"}
HTML = "org.matrix.custom.html"
ENCRYPTED = "This message is encrypted, and only the members of its room can read it. Ask for one in a room without encryption."


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for bytes that are not what their headers say."""
    match raw.headers.get("kind", "event"):
        case "event":
            return of_event(*placed(raw), account)
        case "edit":
            return of_edit(*placed(raw))
        case "receipt":
            read = decode(raw.body, Receipt)
            return [StatusChanged(target=event_ref(room_in(raw), read.event), status="read", occurred_at=moment_of(read.ts))]
        case other:
            return [Unknown(note=other)]


def placed(raw: RawEvent) -> tuple[RoomEvent, str]:
    event = decode(raw.body, RoomEvent)
    return event, event.room_id or room_in(raw)


def room_in(raw: RawEvent) -> str:
    room = raw.headers.get("room", "")
    if not ROOM.fullmatch(room):
        raise ValueError("nothing says which room it was in")
    return room


def of_event(event: RoomEvent, room: str, account: Account) -> list[Event]:
    if not ROOM.fullmatch(room) or not event.event_id.startswith("$"):
        raise ValueError("not the name of a room and of an event in it")
    at = moment_of(event.origin_server_ts)
    if event.type == "m.room.redaction":
        gone = event.redacts or text_of(event.content, "redacts")  # room version 11 moved it
        return [Withdrawn(target=event_ref(room, gone), occurred_at=at)] if gone else [Unknown(note="a redaction of nothing")]
    if event.unsigned is not None and event.unsigned.redacted_because is not None:
        return [Withdrawn(target=event_ref(room, event.event_id), occurred_at=redacted_at(event, at))]
    if event.type == "m.reaction":
        return of_reaction(event, room, at)
    if event.type in ("m.room.message", "m.sticker"):
        if event.replaces:
            return [Unknown(note="an edit; whose words those were is asked first")]
        return [said_of(event, room, at, account)]
    if event.type == "m.room.encrypted" and not event.replaces:
        return [said_of(event, room, at, account, words=ENCRYPTED)]
    return [Unknown(note=event.type)]


def redacted_at(event: RoomEvent, said_at: datetime) -> datetime:
    because = event.unsigned.redacted_because if event.unsigned else None
    at = because.get("origin_server_ts") if isinstance(because, dict) else None
    return moment_of(at) if isinstance(at, int) else said_at


def of_reaction(event: RoomEvent, room: str, at: datetime) -> list[Event]:
    target, key = text_of(event.relation, "event_id"), text_of(event.relation, "key")
    if event.relation.get("rel_type") != "m.annotation" or not target or not key:
        return [Unknown(note="a reaction to nothing")]
    return [Reacted(target=event_ref(room, target), author=author_of(event.sender), reaction=key, occurred_at=at)]


def of_edit(event: RoomEvent, room: str) -> list[Event]:
    """The words as they are now. listen.py has asked whether whoever wrote them wrote the first ones, too."""
    words = event.content.get("m.new_content")
    if not event.replaces or not isinstance(words, dict):
        return [Unknown(note="an edit without words")]
    return [
        Edited(
            target=event_ref(room, event.replaces),
            version=f"{max(event.origin_server_ts, 0):015d}",
            occurred_at=moment_of(event.origin_server_ts),
            text=words_of(words),
            html=html_of(words),
        )
    ]


# ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def said_of(event: RoomEvent, room: str, at: datetime, account: Account, *, words: str = "") -> Said:
    ours, public = own_id(account), is_public(room, account)
    outbound = event.sender == ours
    thread, parent = place_of(event)
    return Said(
        external_id=event_ref(room, event.event_id),
        author=author_of(event.sender),
        occurred_at=at,
        text=words or words_of(event.content),
        html=html_of(event.content),
        kind="auto_reply" if event.content.get("msgtype") == "m.notice" else "message",
        direction="outbound" if outbound else "inbound",
        visibility="public" if public else "private",
        addressed=not outbound and (not public or names(event.content, ours)),
        thread_ref=event_ref(room, thread) if thread else "" if public else room,
        parent_ref=event_ref(room, parent) if parent else "",
        permalink=f"https://matrix.to/#/{room}/{event.event_id}",
        attachments=files_of(event.content),
        extra={"room": room, **({"encrypted": True} if words else {})},
    )


def author_of(sender: str) -> Author:
    """Raises ValueError for what is no user."""
    name, colon, _ = sender.removeprefix("@").partition(":")
    if not sender.startswith("@") or not colon:
        raise ValueError(f"{sender!r} is no user")
    return Author(
        network=NETWORK,
        external_id=sender,
        handle=sender,
        name=name,  # an event does not say more
        profile_url=f"https://matrix.to/#/{sender}",
        verified=True,
    )


def place_of(event: RoomEvent) -> tuple[str, str]:
    """(the first event of its thread, the event that it answers); empty where there is none."""
    relation = event.relation
    thread = text_of(relation, "event_id") if relation.get("rel_type") == "m.thread" else ""
    answered = relation.get("m.in_reply_to")
    parent = text_of(answered, "event_id") if isinstance(answered, dict) else ""
    falls_back = bool(thread) and relation.get("is_falling_back") is True  # named for programs that know no threads
    return thread, (parent and not falls_back and parent) or thread


def words_of(content: dict[str, Any]) -> str:
    """What was said; of a file only what was said about it."""
    body = without_quote(text_of(content, "body"), content)
    kind = content.get("msgtype")
    if kind in MEDIA or "url" in content:
        return body if text_of(content, "filename") not in ("", body) else ""
    if kind == "m.location":
        return f"{body}\n{text_of(content, 'geo_uri')}".strip()
    return body or plain(html_of(content))


def without_quote(body: str, content: dict[str, Any]) -> str:
    """Older programs repeat above their words what they answer, each line behind "> "."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, dict) or "m.in_reply_to" not in relation or not body.startswith("> <"):
        return body
    _, found, rest = body.partition("\n\n")
    return rest if found else body


def html_of(content: dict[str, Any]) -> str:
    if content.get("format") != HTML:
        return ""
    html = text_of(content, "formatted_body")
    before, quoted, after = html.partition("</mx-reply>")
    return after if quoted and before.lstrip().startswith("<mx-reply>") else html


def names(content: dict[str, Any], ours: str) -> bool:
    mentions = content.get("m.mentions")
    named = mentions.get("user_ids") if isinstance(mentions, dict) else None
    if isinstance(named, list) and ours in named:
        return True
    return ours.lower() in f"{text_of(content, 'body')} {text_of(content, 'formatted_body')}".lower()


def files_of(content: dict[str, Any]) -> tuple[File, ...]:
    url = text_of(content, "url")
    if not MEDIUM.fullmatch(url):
        return ()
    info = content.get("info")
    info = info if isinstance(info, dict) else {}
    kind = text_of(content, "msgtype")
    body, name = text_of(content, "body"), text_of(content, "filename")
    size = info.get("size")
    return (
        File(
            name=(name or body)[:200] or "attachment",
            content_type=text_of(info, "mimetype")[:100] or MEDIA.get(kind, "application/octet-stream"),
            url=url,
            alt=body if name and body != name else "",
            size_bytes=size if isinstance(size, int) and size >= 0 else None,
        ),
    )
