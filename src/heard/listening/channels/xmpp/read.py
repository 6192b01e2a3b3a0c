"""Stanzas as events of ours. Pure: the same delivery always says the same.

What the stream knew besides, its headers say (listen.py and rooms.py write them):
    at       when it arrived, or when a room says that it was said
    room     the room it was said in, to all
    author   the real address of who said it there, where the room shows it
    occupant what the room calls them whatever their name, where it does
    target   what a correction, retraction or reaction in a room is about, once it is sure that it may be
    parent   what an answer in a room answers
"""

import re
from datetime import datetime
from mimetypes import guess_type
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

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
from heard.listening.channels.xmpp.jid import EVERYBODY, address, bare, chat, nick, own, ref, resource, rooms
from heard.listening.channels.xmpp.spaces import (
    CORRECT,
    ERRORS,
    FALLBACK,
    FASTEN,
    MARKERS,
    OMEMO,
    OOB,
    REACTIONS,
    RECEIPTS,
    REPLY,
    RETRACT,
    RETRACT_0,
    STANZA_ID,
)
from heard.listening.channels.xmpp.xml import parsed

NETWORK = "xmpp"
ENCRYPTED = "This message is encrypted, and only their own programs can read it. Ask for one without encryption."
REASONS = {
    "service-unavailable": "This address does not exist, or takes no messages now.",
    "item-not-found": "This address does not exist.",
    "remote-server-not-found": "The server of this address cannot be found.",
    "remote-server-timeout": "The server of this address does not answer.",
    "recipient-unavailable": "They are not there, and nothing is kept for them.",
    "not-acceptable": "We are not in this room.",
    "forbidden": "We may not write there.",
    "policy-violation": "The server did not take it: too long, too many, or blocked.",
}


def events_of(raw: RawEvent, account: Account) -> list[Event]:
    """Raises ValueError for what is no message."""
    stanza, at = parsed(raw.body), moment_of(raw)
    if stanza.tag != "message":
        return [Unknown(note=stanza.tag)]
    sender, ours = address(stanza.get("from", "")), address(stanza.get("to", ""))
    if stanza.get("type") == "error":
        return of_error(stanza, other_side(sender, account), ours, at)
    if stanza.get("type") == "groupchat":
        return in_room(stanza, raw, sender, at, account)
    return in_chat(stanza, raw, sender, bare(ours), at, account)


def moment_of(raw: RawEvent) -> datetime:
    """Raises ValueError."""
    at = datetime.fromisoformat(raw.headers.get("at", ""))
    if at.tzinfo is None:
        raise ValueError("a moment of no time zone")
    return at


def other_side(sender: str, account: Account) -> str:
    """Whom we talk to: a name in a room, else a person, whichever program of theirs says it."""
    return sender if bare(sender) in rooms(account) else bare(sender)


def of_error(stanza: Element, theirs: str, ours: str, at: datetime) -> list[Event]:
    """Our own words come back, and why."""
    id_ = stanza.get("id", "")
    target = ref(bare(ours), theirs, id_)
    failed = StatusChanged(target=target, status="failed", occurred_at=at, reason=reason_in(stanza))
    return [failed] if id_ else [Unknown(note="an error")]


def reason_in(stanza: Element) -> str:
    """Why words of ours came back, for a colleague."""
    error = stanza.find("error")
    inside = [] if error is None else [child for child in error if child.tag.startswith(f"{{{ERRORS}}}")]
    kinds = [child.tag.removeprefix(f"{{{ERRORS}}}") for child in inside if not child.tag.endswith("}text")]
    said = next((child.text or "" for child in inside if child.tag.endswith("}text")), "")
    return f"{REASONS.get(kinds[0], kinds[0]) if kinds else 'It came back.'} {said}".strip()[:300]


# ── For two ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_chat(stanza: Element, raw: RawEvent, sender: str, ours: str, at: datetime, account: Account) -> list[Event]:
    theirs = other_side(sender, account)
    author = author_of(theirs, raw, account)
    if (received := attribute(stanza, f"{{{RECEIPTS}}}received", "id")) or (
        received := attribute(stanza, f"{{{MARKERS}}}received", "id")
    ):
        return [StatusChanged(target=ref(ours, theirs, received), status="delivered", occurred_at=at)]
    if displayed := attribute(stanza, f"{{{MARKERS}}}displayed", "id"):
        return [StatusChanged(target=ref(ours, theirs, displayed), status="read", occurred_at=at)]
    if retracted := retracted_in(stanza):
        return [Withdrawn(target=ref(theirs, ours, retracted), occurred_at=at)]
    if liked := attribute(stanza, f"{{{REACTIONS}}}reactions", "id"):
        return reactions(stanza, ref(ours, theirs, liked), author, at)
    if replaced := attribute(stanza, f"{{{CORRECT}}}replace", "id"):
        return [corrected(stanza, ref(theirs, ours, replaced), at)]
    if not says_something(stanza):
        return [Unknown(note="no words")]
    id_ = stanza.get("id", "")
    answered = attribute(stanza, f"{{{REPLY}}}reply", "id")
    answered_whom = attribute(stanza, f"{{{REPLY}}}reply", "to")
    by_us = bare(answered_whom).lower() == ours or not answered_whom
    return [
        Said(
            external_id=ref(theirs, ours, id_ or raw.key),
            author=author,
            occurred_at=at,
            text=words_of(stanza),
            subject=(stanza.findtext("subject") or "").strip()[:500],
            visibility="private",
            thread_ref=chat(ours, theirs),
            parent_ref=(ref(ours, theirs, answered) if by_us else ref(theirs, ours, answered)) if answered else "",
            recipients=(Author(network=NETWORK, external_id=ours, handle=ours),),
            attachments=files_of(stanza),
            extra=extra_of(stanza, raw),
        )
    ]


# ── In rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_room(stanza: Element, raw: RawEvent, sender: str, at: datetime, account: Account) -> list[Event]:
    """What the stream did not find out stays unknown: who may correct or take back what, only the room's members tell."""
    room, name = bare(sender), resource(sender)
    id_, target = stanza.get("id", ""), raw.headers.get("target", "")
    if not name:
        return [Unknown(note="the room itself says something")]
    if name == nick(account):
        ours = ref(own(account), room, id_)
        return [StatusChanged(target=ours, status="delivered", occurred_at=at)] if id_ else [Unknown(note="our own words")]
    author = author_of(sender, raw, account)
    if retracted_in(stanza):
        return [Withdrawn(target=target, occurred_at=at)] if target else [Unknown(note="somebody takes back what is not known")]
    if stanza.find(f"{{{REACTIONS}}}reactions") is not None:
        return reactions(stanza, target, author, at) if target else [Unknown(note="a reaction to what is not known")]
    if stanza.find(f"{{{CORRECT}}}replace") is not None and target:
        return [corrected(stanza, target, at)]
    if not says_something(stanza):
        return [Unknown(note="no words")]
    text = words_of(stanza)
    parent = raw.headers.get("parent", "")
    return [
        Said(
            external_id=room_ref(stanza, raw, room),
            author=author,
            occurred_at=at,
            text=text,
            visibility="public",
            addressed=names(text, nick(account)) or parent.startswith(f"{own(account)} "),
            parent_ref=parent,
            attachments=files_of(stanza),
            extra={**extra_of(stanza, raw), "room": room},
        )
    ]


def room_ref(stanza: Element, raw: RawEvent, room: str) -> str:
    """By the room's own id where it gives one; else by what the sender made up, and under which name."""
    given = room_id(stanza, room)
    return (
        ref(room, EVERYBODY, given) if given else ref(address(stanza.get("from", "")), EVERYBODY, stanza.get("id", "") or raw.key)
    )


def room_id(stanza: Element, room: str) -> str:
    """Only the room's own word counts: a stranger can write one, too."""
    found = [mark for mark in stanza.findall(f"{{{STANZA_ID}}}stanza-id") if mark.get("by", "").lower() == room]
    return found[0].get("id", "") if found else ""


def names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


# ── What ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def author_of(jid: str, raw: RawEvent, account: Account) -> Author:
    """Somebody in a room is the one they are elsewhere, where the room shows it; else who has this name there."""
    in_a_room = bare(jid) in rooms(account)
    known = raw.headers.get("author", "")
    who = address(known) if known else jid if in_a_room else bare(jid)
    name = resource(jid) if in_a_room else bare(jid).partition("@")[0]
    return Author(
        network=NETWORK, external_id=who, handle=who, name=name, profile_url=f"xmpp:{bare(who)}", verified="/" not in who
    )


def corrected(stanza: Element, target: str, at: datetime) -> Edited:
    return Edited(target=target, version=at.isoformat(), occurred_at=at, text=words_of(stanza))


def reactions(stanza: Element, target: str, author: Author, at: datetime) -> list[Event]:
    """A program sends the whole set that stands; what is missing from it was taken back, but only it knows what that was."""
    given = stanza.findall(f"{{{REACTIONS}}}reactions/{{{REACTIONS}}}reaction")
    found = dict.fromkeys(text for one in given[:20] if (text := (one.text or "").strip()[:40]))
    return [Reacted(target=target, author=author, reaction=text, occurred_at=at) for text in found] or [
        Unknown(note="no reaction")
    ]


def retracted_in(stanza: Element) -> str:
    """The id of what is taken back, in the present form and the one before it."""
    older = stanza.find(f"{{{FASTEN}}}apply-to")
    if older is not None and older.find(f"{{{RETRACT_0}}}retract") is not None:
        return older.get("id", "")
    return attribute(stanza, f"{{{RETRACT}}}retract", "id")


def says_something(stanza: Element) -> bool:
    return any(stanza.find(name) is not None for name in ("body", f"{{{OOB}}}x", f"{{{OMEMO}}}encrypted"))


def words_of(stanza: Element) -> str:
    """Without what was quoted for programs that do not understand answers, and without the bare address of a file."""
    if stanza.find(f"{{{OMEMO}}}encrypted") is not None:
        return ENCRYPTED
    body = stanza.findtext("body") or ""
    body = without_fallback(stanza, body)
    addresses = [file.url for file in files_of(stanza)]
    return "" if body.strip() in addresses else body.strip()


def without_fallback(stanza: Element, body: str) -> str:
    for mark in stanza.findall(f"{{{FALLBACK}}}fallback"):
        place = mark.find(f"{{{FALLBACK}}}body")
        start, end = (place.get("start", ""), place.get("end", "")) if place is not None else ("", "")
        if mark.get("for") == REPLY and all(n.isascii() and n.isdigit() and len(n) < 7 for n in (start, end)):
            return body[: int(start)] + body[int(end) :]
    return body


def files_of(stanza: Element) -> tuple[File, ...]:
    """Files at an address (XEP-0066)."""
    found = []
    for box in stanza.findall(f"{{{OOB}}}x")[:20]:
        url = (box.findtext(f"{{{OOB}}}url") or "").strip()
        if not is_web(url):
            continue
        name = unquote(urlsplit(url).path.rpartition("/")[2])[:200] or "attachment"
        alt = (box.findtext(f"{{{OOB}}}desc") or "").strip()
        found.append(File(name=name, content_type=guess_type(name)[0] or "application/octet-stream", url=url, alt=alt))
    return tuple(found)


def is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and len(url) <= 1000
    except ValueError:
        return False


def extra_of(stanza: Element, raw: RawEvent) -> dict:
    """Ids are made by senders: some count from 1 anew each day, so the words tell apart what has one id."""
    extra: dict = {"digest": raw.key}
    if stanza.find(f"{{{OMEMO}}}encrypted") is not None:
        extra["encrypted"] = True
    return extra


def attribute(stanza: Element, name: str, key: str) -> str:
    found = stanza.find(name)
    return found.get(key, "") if found is not None else ""
