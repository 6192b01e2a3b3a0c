"""What nobody pushes: invitations, edits, receipts, and what was said before we came into a room. A long poll (`/sync`).

An application service is called for events of the rooms it is in. So somebody must accept invitations, and read what the
customer wrote between inviting and our coming. Whose words an edit changes, an event does not say, and homeservers let
anybody in a room write one: here the homeserver is asked, and an edit of another's words is dropped.

All messages come this way too, with the keys they have when they are pushed: what a push lost, this finds.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from heard.listening.channels.contract import (
    JSON,
    AuthExpired,
    ChannelError,
    Context,
    CursorLost,
    NotFound,
    PullPage,
    RateLimited,
    RawEvent,
    Rejected,
    Retryable,
)
from heard.listening.channels.matrix.api import V3, Api, our_user, room_path
from heard.listening.channels.matrix.door import delivery
from heard.listening.channels.matrix.ids import ROOM, is_public, own_id, public_rooms
from heard.listening.channels.matrix.payloads import (
    Events,
    Invited,
    Joined,
    JoinedRooms,
    Joining,
    Messages,
    Receipt,
    RoomEvent,
    Stripped,
    Sync,
    decode,
)

log = logging.getLogger(__name__)

WAIT_MILLISECONDS = 8000  # well below the patience of the guarded client
SPOKEN = ["m.room.message", "m.room.encrypted", "m.room.redaction", "m.reaction", "m.sticker"]
FILTER = msgspec.json.encode(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"limit": 50, "types": [*SPOKEN, "m.room.member"]},
            "state": {"types": []},
            "account_data": {"types": []},
            "ephemeral": {"types": ["m.receipt"]},
        },
    }
).decode()
PAGES_BACK = 20  # of 100 events: how far a gap is read
TRIES_TO_JOIN = 5
MOST_INVITATIONS = 50  # that are kept in mind; a stranger can send any number


@dataclass
class Place:
    """Where the stream is: what the next sync starts from, and invitations that failed so far, with how often."""

    since: str = ""
    joining: dict[str, int] = field(default_factory=dict)

    def cursor(self) -> JSON:
        return {"since": self.since, "joining": self.joining}


def listen(ctx: Context, cursor: JSON) -> Iterator[PullPage]:
    """A page for each answer of the homeserver, an empty one when nobody said anything. Ends soon after `ctx.stopping()`."""
    api = Api(ctx)
    place = Place(since=str(cursor.get("since") or ""), joining=dict(cursor.get("joining") or {}))
    try:
        our_user(api, ctx.account)
        enter_public_rooms(ctx, api)
        while not ctx.stopping():
            yield step(ctx, api, place)
    except (Rejected, NotFound) as error:  # would mean that there is nothing to listen to, and nobody would be told
        raise Retryable(str(error), after_seconds=60) from error


def step(ctx: Context, api: Api, place: Place) -> PullPage:
    seen = synced(api, place)
    deliveries: list[RawEvent] = []
    for room, joined in seen.rooms.join.items():
        deliveries += spoken_in(ctx, api, room, joined, since=place.since)
    for room, invited in seen.rooms.invite.items():
        if may_enter(ctx, room, invited) and len(place.joining) < MOST_INVITATIONS:
            place.joining.setdefault(room, 0)
    for room in list(place.joining):
        deliveries += entered(ctx, api, room, place)
    place.since = seen.next_batch
    return PullPage(deliveries=deliveries, cursor=place.cursor())


def synced(api: Api, place: Place) -> Sync:
    asked: dict[str, str | int] = {"filter": FILTER, "timeout": WAIT_MILLISECONDS if place.since else 0}
    if place.since:
        asked["since"] = place.since
    try:
        return api.read(f"{V3}/sync", Sync, **asked)
    except Rejected as error:
        if not place.since:
            raise
        raise CursorLost(f"the homeserver does not know our place any more: {error}", resync={}) from error


# ── What was said ───────────────────────────────────────────────────────────────────────────────────────────────────


def spoken_in(ctx: Context, api: Api, room: str, joined: Joined, *, since: str) -> list[RawEvent]:
    events = [bytes(event) for event in joined.timeline.events]
    if joined.timeline.limited and since and joined.timeline.prev_batch:
        events = earlier(api, room, start=joined.timeline.prev_batch, end=since) + events
    found = [one for event in since_we_came(ctx, events) for one in delivered(ctx, api, room, event)]
    if not is_public(room, ctx.account):
        found += receipts(ctx, room, joined.ephemeral)
    return found


def since_we_came(ctx: Context, events: list[bytes]) -> list[bytes]:
    """A room that we have just entered shows what was said before, too, and most rooms show it to all members."""
    ours = own_id(ctx.account).encode()
    came = [n for n, body in enumerate(events) if ours in body and has_come(ctx, body)]
    return events[came[-1] + 1 :] if came else events


def has_come(ctx: Context, body: bytes) -> bool:
    """Our coming in, and not a new name of ours."""
    event = readable(body)
    if event is None or event.type != "m.room.member" or event.state_key != own_id(ctx.account):
        return False
    before = event.unsigned.prev_content if event.unsigned else None
    was_in = isinstance(before, dict) and before.get("membership") == "join"
    return event.content.get("membership") == "join" and not was_in


def delivered(ctx: Context, api: Api, room: str, body: bytes) -> list[RawEvent]:
    """The event, and beside it the edit that it is, when whoever wrote it wrote the first words, too."""
    event = readable(body)
    if event is None:
        return [delivery(body, room=room)]  # quarantined where people see it
    if event.type not in SPOKEN:
        return []
    found = [delivery(body, room=room)]
    if event.type == "m.room.message" and event.replaces and author_of(api, room, event.replaces) == event.sender:
        found.append(delivery(body, room=room, kind="edit"))
    return found


def readable(body: bytes) -> RoomEvent | None:
    try:
        return decode(body, RoomEvent)
    except ValueError:
        return None


def author_of(api: Api, room: str, event: str) -> str:
    """Empty for what is gone or hidden from us."""
    try:
        return api.read(room_path(room, "event", event), RoomEvent).sender
    except (AuthExpired, Retryable):
        raise
    except ChannelError:
        return ""


def earlier(api: Api, room: str, *, start: str, end: str) -> list[bytes]:
    """What lies in a gap, oldest first."""
    found: list[bytes] = []
    for _ in range(PAGES_BACK):
        page = api.read(room_path(room, "messages"), Messages, dir="b", limit=100, to=end, **{"from": start})
        found += [bytes(event) for event in page.chunk]
        if not page.chunk or not page.end:
            break
        start = page.end
    return found[::-1]


def receipts(ctx: Context, room: str, ephemeral: Events) -> list[RawEvent]:
    found = []
    for raw in ephemeral.events:
        content = msgspec.json.decode(raw).get("content")
        for event, kinds in (content if isinstance(content, dict) else {}).items():
            readers = kinds.get("m.read") if isinstance(kinds, dict) else None
            for user, how in (readers if isinstance(readers, dict) else {}).items():
                if user != own_id(ctx.account) and isinstance(how, dict) and isinstance(how.get("ts"), int):
                    found.append(receipt(room, Receipt(event=event, user=user, ts=how["ts"])))
    return found


def receipt(room: str, read: Receipt) -> RawEvent:
    return RawEvent(
        key=f"receipt:{read.event}:{read.user}"[:255],
        body=msgspec.json.encode(read),
        content_type="application/json",
        headers={"kind": "receipt", "room": room},
    )


# ── Coming in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def enter_public_rooms(ctx: Context, api: Api) -> None:
    """Those that an administrator named; a room that will not have us is told by the test button."""
    inside = set(api.read(f"{V3}/joined_rooms", JoinedRooms).joined_rooms)
    for room in public_rooms(ctx.account):
        if ROOM.fullmatch(room) and room not in inside:
            try:
                join(api, room)
            except (AuthExpired, RateLimited):
                raise
            except ChannelError as error:
                log.warning("%s: cannot enter %s: %s", ctx.account.name, room, error)


def may_enter(ctx: Context, room: str, invited: Invited) -> bool:
    """Private rooms always. One that all the world can read only if an administrator named it: else what is said there
    would count as private, and any stranger could make us hear any crowd."""
    return bool(ROOM.fullmatch(room)) and (is_public(room, ctx.account) or not is_open(invited.invite_state.events))


def is_open(state: list[Stripped]) -> bool:
    """Whether anybody may come in, or look in."""
    return any(
        (event.type == "m.room.join_rules" and event.content.get("join_rule") == "public")
        or (event.type == "m.room.history_visibility" and event.content.get("history_visibility") == "world_readable")
        for event in state
    )


def entered(ctx: Context, api: Api, room: str, place: Place) -> list[RawEvent]:
    """We are in, with what was said since the invitation; else it is tried again, a few times."""
    try:
        join(api, room)
        said = since_invitation(ctx, api, room)
    except (AuthExpired, RateLimited):
        raise
    except ChannelError as error:
        place.joining[room] += 1
        if place.joining[room] >= TRIES_TO_JOIN:
            del place.joining[room]
        log.warning("%s: cannot enter %s: %s", ctx.account.name, room, error)
        return []
    del place.joining[room]
    return said


def join(api: Api, room: str) -> None:
    api.again("POST", room_path(room, "join"), Joining, json={})


def since_invitation(ctx: Context, api: Api, room: str) -> list[RawEvent]:
    """Oldest first. What the members said among themselves before they asked us in is none of our business."""
    found: list[RawEvent] = []
    start: dict[str, str] = {}
    for _ in range(PAGES_BACK):
        page = api.read(room_path(room, "messages"), Messages, dir="b", limit=100, **start)
        for raw in page.chunk:
            event = readable(bytes(raw))
            if event is not None and is_our_invitation(ctx, event):
                return found[::-1]
            found += delivered(ctx, api, room, bytes(raw))[::-1]
        if not page.chunk or not page.end:
            break
        start = {"from": page.end}
    return []  # an invitation that cannot be found: nothing says that any of it was meant for us


def is_our_invitation(ctx: Context, event: RoomEvent) -> bool:
    ours = event.state_key == own_id(ctx.account)
    return event.type == "m.room.member" and ours and event.content.get("membership") == "invite"
