"""The stream: enters the rooms, keeps what is said to us, and is polite: answers pings and questions, accepts subscriptions,
and says that a message has arrived once it is stored.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4
from xml.etree.ElementTree import Element

from heard.listening.channels.contract import Context, PullPage, RawEvent, Rejected, Retryable
from heard.listening.channels.xmpp.connect import Link, hearing, linked
from heard.listening.channels.xmpp.jid import bare, nick, own, resource, rooms
from heard.listening.channels.xmpp.rooms import Room
from heard.listening.channels.xmpp.spaces import DELAY, DISCO, ERRORS, FEATURES, MUC, PING, RECEIPTS, TELLING
from heard.listening.channels.xmpp.xml import Stanza, tag

log = logging.getLogger(__name__)

RESOURCE = "heard"
LOOK_SECONDS = 1.0
LIFE_SIGN_SECONDS = 10
PING_SECONDS = 30
DEAD_SECONDS = 90
BACK_IN_SECONDS = 30
HISTORY = "100"


@dataclass
class Ear:
    """What one connection knows. `thanks` are sent when the page they belong to is stored."""

    ctx: Context
    rooms: dict[str, Room]
    thanks: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    def take(self, stanza: Stanza) -> list[RawEvent]:
        element = stanza.element
        if element.tag == "message":
            return self.message(stanza)
        if element.tag == "presence":
            self.presence(element)
        elif element.tag == "iq":
            self.question(element)
        return []

    def message(self, stanza: Stanza) -> list[RawEvent]:
        element = stanza.element
        room = self.rooms.get(bare(element.get("from", "")).lower())
        to_all = element.get("type") == "groupchat"
        if to_all and room is None:
            return []  # of a room in which we did not want to be
        headers = room.headers(element, self.ctx.account) if room and to_all else room.who(element) if room else {}
        if not worth_keeping(element):
            return []
        if not to_all and element.find(f"{{{RECEIPTS}}}request") is not None and element.get("type") != "error":
            self.thanks.append(receipt(element))
        return [delivery(stanza, headers | {"at": said_at(element, self.ctx).isoformat()})]

    def presence(self, element: Element) -> None:
        room = self.rooms.get(bare(element.get("from", "")).lower())
        if room is not None:
            self.in_room(room, element)
        elif element.get("type") == "subscribe":
            self.replies += [answer("presence", element, type="subscribed"), answer("presence", element)]
        elif element.get("type") == "probe":
            self.replies.append(answer("presence", element))

    def in_room(self, room: Room, element: Element) -> None:
        """Who is there; and back in, when we were put out."""
        room.presence(element)
        ours = resource(element.get("from", "")) == nick(self.ctx.account)
        if element.get("type") == "error" or ours and element.get("type") == "unavailable":
            log.warning("%s: not in %s: %s", self.ctx.account.name, element.get("from"), [child.tag for child in element.iter()])
            if time.monotonic() - room.entered_at > BACK_IN_SECONDS:
                room.entered_at = time.monotonic()
                self.replies.append(entering(self.ctx, bare(element.get("from", ""))))

    def question(self, element: Element) -> None:
        if element.get("type") not in ("get", "set") or element.get("from") == element.get("to"):
            return
        if element.find(f"{{{PING}}}ping") is not None:
            self.replies.append(answer("iq", element, type="result"))
        elif element.get("type") == "get" and element.find(f"{{{DISCO}}}query") is not None:
            name = self.ctx.account.name
            able = [tag("identity", category="client", type="bot", name=name), *(tag("feature", var=space) for space in FEATURES)]
            self.replies.append(answer("iq", element, tag("query", *able, xmlns=DISCO), type="result"))
        else:
            error = tag("error", tag("service-unavailable", xmlns=ERRORS), type="cancel")
            self.replies.append(answer("iq", element, error, type="error"))


def listen(ctx: Context) -> Iterator[PullPage]:
    """Pages as things are said, an empty one every ten seconds. Ends soon after `ctx.stopping()`."""
    try:
        server = hearing(ctx)
        with linked(ctx, server) as link:
            yield from heard(ctx, link)
    except Rejected as error:  # would mean that there is nothing to listen to, and nobody would be told
        raise Retryable(str(error), after_seconds=60) from error


def heard(ctx: Context, link: Link) -> Iterator[PullPage]:
    ear = Ear(ctx, {room: Room() for room in rooms(ctx.account)})
    link.send(*(entering(ctx, room) for room in ear.rooms))
    told_at = pinged_at = time.monotonic()
    yield PullPage()
    while not ctx.stopping():
        deliveries = [raw for stanza in link.read(seconds=LOOK_SECONDS) for raw in ear.take(stanza)]
        now = time.monotonic()
        if deliveries or now - told_at > LIFE_SIGN_SECONDS:
            yield PullPage(deliveries=deliveries)
            told_at = now
        link.send(*ear.thanks, *ear.replies)
        ear.thanks, ear.replies = [], []
        if now - link.heard_at > DEAD_SECONDS:
            raise Retryable("The XMPP server is silent; connecting anew.")
        if now - pinged_at > PING_SECONDS:
            pinged_at = now
            link.send(echo(ctx, own(ctx.account)))


def worth_keeping(element: Element) -> bool:
    """Not that somebody types, nor that a room changed its subject."""
    if element.get("type") == "error":
        return bool(element.get("id"))
    return any(child.tag == "body" or child.tag in TELLING for child in element)


def said_at(element: Element, ctx: Context) -> datetime:
    """Now, or when the room says that it was said; anybody else's word about the time counts for nothing."""
    now = ctx.now()
    delay = element.find(f"{{{DELAY}}}delay")
    if delay is None or element.get("type") != "groupchat" or bare(delay.get("from", "")) != bare(element.get("from", "")):
        return now
    try:
        then = datetime.fromisoformat(delay.get("stamp", ""))
    except ValueError:
        return now
    return min(then if then.tzinfo else then.replace(tzinfo=UTC), now)


def delivery(stanza: Stanza, headers: dict[str, str]) -> RawEvent:
    """The same words from the same sender under the same id are one; what has no id is never the same."""
    element = stanza.element
    id_ = element.get("id", "") or uuid4().hex
    said = element.findtext("body") or ""
    marks = [element.get("type", ""), element.get("from", ""), element.get("to", ""), id_, said]
    if headers.get("room"):
        marks[2] = ""  # the same history, whatever name we have
    key = sha256("\0".join(marks).encode("utf-8", "replace")).hexdigest()
    return RawEvent(key=key, body=stanza.raw, content_type="application/xml", headers=headers)


# ── What we say by ourselves ────────────────────────────────────────────────────────────────────────────────────────


def entering(ctx: Context, room: str) -> str:
    history = tag("history", maxstanzas=HISTORY)
    return tag("presence", tag("x", history, xmlns=MUC), from_=inside(ctx), to=f"{room}/{nick(ctx.account)}")


def inside(ctx: Context) -> str:
    """Our full address: by it a room knows us."""
    return f"{own(ctx.account)}/{RESOURCE}"


def receipt(element: Element) -> str:
    return answer("message", element, tag("received", xmlns=RECEIPTS, id=element.get("id", "")), id=uuid4().hex)


def answer(name: str, element: Element, *inside: str, **attributes: str) -> str:
    given = {"id": element.get("id", "")} | attributes
    return tag(name, *inside, from_=element.get("to", ""), to=element.get("from", ""), **given)


def echo(ctx: Context, to: str, id_: str = "") -> str:
    """A ping that the server brings back to who is connected for `to`: all that was sent before it has been read by then."""
    who = inside(ctx)
    return tag("iq", tag("ping", xmlns=PING), type="get", id=id_ or uuid4().hex, from_=who, to=to)
