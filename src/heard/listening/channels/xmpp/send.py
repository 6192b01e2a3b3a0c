"""Going out, by the second component, under the addresses of the first.

The message is followed by a ping that the server brings back to us. A stream is read in order, so when the ping returns
the message was taken. If the line breaks before that, nobody can tell: XMPP has no key against doubles.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit
from uuid import uuid4
from xml.etree.ElementTree import Element

import httpx
from msgspec.structs import replace

from heard.listening.channels.contract import (
    Ambiguous,
    ChannelError,
    Context,
    File,
    NotFound,
    Part,
    RateLimited,
    Rejected,
    Retryable,
    Sent,
)
from heard.listening.channels.xmpp.connect import Conflict, Link, linked, speaking
from heard.listening.channels.xmpp.jid import EVERYBODY, bare, chat, domain, own, parts_of, ref, rooms, sides_of
from heard.listening.channels.xmpp.listen import RESOURCE, echo
from heard.listening.channels.xmpp.read import reason_in
from heard.listening.channels.xmpp.spaces import (
    CORRECT,
    FALLBACK,
    MARKERS,
    MUC_USER,
    OOB,
    RECEIPTS,
    REPLY,
    RETRACT,
    STANZA_ID,
    UPLOAD,
)
from heard.listening.channels.xmpp.xml import tag, words

TURN_SECONDS = 10  # how long another sender may have the line, before we come back later
WAIT_SECONDS = 0.2
HEADERS_OF_SLOTS = ("authorization", "cookie", "expires")  # XEP-0363: others could do harm


def send(ctx: Context, part: Part, *, idem: str) -> Sent:
    ours, to, is_room = place_of(ctx, part)
    with mouth(ctx) as link:
        files = [(file, stored(ctx, link, file)) for file in part.attachments]
        stanzas = [message(ours, to, is_room, f"{idem}-{n}", *of_file(file, url)) for n, (file, url) in enumerate(files)]
        stanzas.append(message(ours, to, is_room, idem, tag("body", words(part.text)), *answering(part, is_room)))
        say(ctx, link, *stanzas)
    return Sent(external_id=ref(ours, to, idem), thread_ref="" if is_room else chat(ours, to))


def place_of(ctx: Context, part: Part) -> tuple[str, str, bool]:
    """(from which address of ours, to whom, whether that is a room). Raises Rejected where these words may not be said."""
    if part.visibility == "public":
        said_by, said_to, _ = parts_of(part.in_reply_to)
        room = bare(said_by) if said_to == EVERYBODY else said_to
        if room not in rooms(ctx.account):
            raise Rejected("Nothing says in which room to answer in public.")
        return own(ctx.account), room, True
    ours, theirs = sides_of(part.thread_ref)
    if theirs != part.to.external_id or domain(ours) != domain(own(ctx.account)):
        ours = own(ctx.account)
    return ours, part.to.external_id, False


def message(ours: str, to: str, is_room: bool, id_: str, *inside: str) -> str:
    asks = () if is_room else (tag("request", xmlns=RECEIPTS), tag("markable", xmlns=MARKERS))
    private = (tag("x", xmlns=MUC_USER),) if "/" in to else ()
    origin = tag("origin-id", xmlns=STANZA_ID, id=id_)
    kind = "groupchat" if is_room else "chat"
    return tag("message", *inside, *asks, *private, origin, type=kind, id=id_, from_=f"{ours}/{RESOURCE}", to=to)


def answering(part: Part, is_room: bool) -> list[str]:
    """XEP-0461. In a room only by the room's id, which others know; in a chat by the sender's."""
    said_by, said_to, id_ = parts_of(part.in_reply_to)
    if not id_ or is_room != (said_to == EVERYBODY):
        return []
    return [tag("reply", xmlns=REPLY, to=said_by, id=id_)]


# ── The line ────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def mouth(ctx: Context) -> Iterator[Link]:
    """The line for sending. It takes one at a time: another sender has it for a moment at most."""
    with ExitStack() as stack:
        yield in_turn(ctx, stack, until=time.monotonic() + TURN_SECONDS)


def in_turn(ctx: Context, stack: ExitStack, *, until: float) -> Link:
    while True:
        try:
            return stack.enter_context(linked(ctx, speaking(ctx)))
        except Conflict:
            if time.monotonic() > until:
                raise
            time.sleep(WAIT_SECONDS)


def say(ctx: Context, link: Link, *stanzas: str) -> None:
    """Taken by the server when this returns. Ambiguous when nobody can tell; Rejected when we may not, or when it came back."""
    id_ = uuid4().hex
    try:
        link.send(*stanzas, echo(ctx, speaking(ctx).domain, id_))
        link.until(lambda element: came_back(element) or (element.tag == "iq" and element.get("id") == id_))
    except (Rejected, RateLimited):
        raise
    except (ChannelError, OSError, ValueError) as error:
        raise Ambiguous(f"the line broke after the message was handed over: {type(error).__name__}") from error


def came_back(element: Element) -> bool:
    """Always False. Raises Rejected for words of ours that the server itself could not deliver: it says so on the line on which
    they came, and what other servers say comes to who listens."""
    if element.tag == "message" and element.get("type") == "error":
        raise Rejected(reason_in(element))
    return False


# ── Afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def edit(ctx: Context, external_id: str, part: Part) -> None:
    ours, to, id_ = ours_to(ctx, external_id)
    inside = tag("body", words(part.text)), tag("replace", xmlns=CORRECT, id=id_)
    again(ctx, message(ours, to, to in rooms(ctx.account), uuid4().hex, *inside))


def delete(ctx: Context, external_id: str) -> None:
    """Asks their programs to take it away; those that cannot show a line that says so."""
    ours, to, id_ = ours_to(ctx, external_id)
    if to in rooms(ctx.account):
        raise Rejected(
            "In a room only its moderators can take words away: they are asked by the room's own id, which we do not keep."
        )
    asks = tag("retract", xmlns=RETRACT, id=id_), tag("fallback", xmlns=FALLBACK, for_=RETRACT)
    shown = tag("body", words("We took back an earlier message."))
    again(ctx, message(ours, to, False, uuid4().hex, *asks, shown))


def ours_to(ctx: Context, external_id: str) -> tuple[str, str, str]:
    ours, to, id_ = parts_of(external_id)
    if domain(ours) != domain(own(ctx.account)) or not to:
        raise NotFound(f"{external_id!r} is no message of ours")
    return ours, to, id_


def again(ctx: Context, stanza: str) -> None:
    """The same correction twice is the same as once."""
    try:
        with mouth(ctx) as link:
            say(ctx, link, stanza)
    except Ambiguous as error:
        raise Retryable(str(error)) from error


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_file(file: File, url: str) -> list[str]:
    described = [tag("desc", words(file.alt))] if file.alt else []
    return [tag("body", words(url)), tag("x", tag("url", words(url)), *described, xmlns=OOB)]


def stored(ctx: Context, link: Link, file: File) -> str:
    """Where everybody can fetch it: at a place that the server gave us (XEP-0363)."""
    service = str(ctx.account.config.get("upload_service") or "").strip()
    if not service:
        raise Rejected("No upload service is named in the account's settings, so files cannot be sent.")
    if file.data is None:
        raise Rejected(f"{file.name} has no content to send")
    slot = slot_for(ctx, link, file, service)
    put, get = slot.find(f"{{{UPLOAD}}}put"), slot.find(f"{{{UPLOAD}}}get")
    if put is None or get is None:
        raise Rejected(f"{service} gives no place for {file.name}")
    headers = {name: header.text or "" for header in put if (name := header.get("name", "").lower()) in HEADERS_OF_SLOTS}
    try:
        answer = ctx.http.put(put.get("url", ""), content=file.data, headers=headers | {"content-type": file.content_type})
    except httpx.HTTPError as error:
        raise Retryable(f"{file.name} could not be brought to {urlsplit(put.get('url', '')).netloc}: {error}") from error
    if not answer.is_success:
        raise (Retryable if answer.is_server_error else Rejected)(f"{service} did not take {file.name}: {answer.status_code}")
    return get.get("url", "")


def slot_for(ctx: Context, link: Link, file: File, service: str) -> Element:
    id_, server = uuid4().hex, speaking(ctx)
    asked = tag(
        "request", xmlns=UPLOAD, filename=file.name, size=str(len(file.data or b"")), **{"content-type": file.content_type}
    )
    link.send(tag("iq", asked, type="get", id=id_, from_=f"{RESOURCE}@{server.domain}/{RESOURCE}", to=service))
    answer = link.until(lambda element: element.tag == "iq" and element.get("id") == id_)
    slot = answer.find(f"{{{UPLOAD}}}slot")
    if slot is None:
        raise Rejected(f"{service} gives no place for {file.name}; let {server.domain} upload there.")
    return slot


def fetch(ctx: Context, file: File) -> File:
    """The bytes at an address that a stranger named."""
    try:
        answer = ctx.http.get(file.url)
    except httpx.InvalidURL as error:
        raise NotFound(f"{file.name} has no address") from error
    except httpx.HTTPError as error:
        raise Retryable(f"{file.name} could not be fetched: {error}") from error
    if answer.status_code == 429 or answer.is_server_error:
        raise Retryable(f"{file.name} could not be fetched: {answer.status_code}")
    if not answer.is_success:
        raise NotFound(f"{file.name} could not be fetched: {answer.status_code}")
    content_type = answer.headers.get("content-type", file.content_type).partition(";")[0].strip()
    return replace(file, content_type=content_type, data=answer.content, size_bytes=len(answer.content))
