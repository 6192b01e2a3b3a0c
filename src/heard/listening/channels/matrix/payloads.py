"""What the client-server and application service interfaces of Matrix say, as far as we read them."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Marks(Struct, frozen=True):
    """What tells one event from another, without the rest of it."""

    event_id: str = ""
    sender: str = ""


class Transaction(Struct, frozen=True):
    events: list[msgspec.Raw]


class Unsigned(Struct, frozen=True):
    redacted_because: Any = None
    prev_content: Any = None


class RoomEvent(Struct, frozen=True):
    """Any event in a room. A `room_id` is missing where the room is known from around it, as in a sync."""

    event_id: str
    type: str
    sender: str
    origin_server_ts: int
    content: dict[str, Any] = {}
    room_id: str = ""
    state_key: str | None = None
    redacts: str = ""
    unsigned: Unsigned | None = None

    @property
    def relation(self) -> dict[str, Any]:
        found = self.content.get("m.relates_to")
        return found if isinstance(found, dict) else {}

    @property
    def replaces(self) -> str:
        """The event whose words this one takes the place of; else empty."""
        return text_of(self.relation, "event_id") if self.relation.get("rel_type") == "m.replace" else ""


class Timeline(Struct, frozen=True):
    events: list[msgspec.Raw] = []
    limited: bool = False
    prev_batch: str = ""


class Events(Struct, frozen=True):
    events: list[msgspec.Raw] = []


class Joined(Struct, frozen=True):
    timeline: Timeline = field(default_factory=Timeline)
    ephemeral: Events = field(default_factory=Events)


class Stripped(Struct, frozen=True):
    """State of a room as one sees it before joining."""

    type: str
    content: dict[str, Any] = {}
    state_key: str = ""


class InviteState(Struct, frozen=True):
    events: list[Stripped] = []


class Invited(Struct, frozen=True):
    invite_state: InviteState = field(default_factory=InviteState)


class Rooms(Struct, frozen=True):
    join: dict[str, Joined] = {}
    invite: dict[str, Invited] = {}


class Sync(Struct, frozen=True):
    next_batch: str
    rooms: Rooms = field(default_factory=Rooms)


class Messages(Struct, frozen=True):
    chunk: list[msgspec.Raw] = []
    end: str = ""


class Receipt(Struct, frozen=True):
    """Somebody has read up to here. Our own cut of what a sync says of many people and events at once."""

    event: str
    user: str
    ts: int


class Sending(Struct, frozen=True):
    event_id: str


class Joining(Struct, frozen=True):
    room_id: str


class Uploaded(Struct, frozen=True):
    content_uri: str


class WhoAmI(Struct, frozen=True):
    user_id: str


class JoinedRooms(Struct, frozen=True):
    joined_rooms: list[str]


def decode(body: bytes, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"not a {getattr(type_, '__name__', 'thing')} of Matrix: {error}") from error


def text_of(content: dict[str, Any], name: str) -> str:
    """Nothing in the content of an event is checked by a server: what is no text is none."""
    found = content.get(name)
    return found if isinstance(found, str) else ""


def moment_of(milliseconds: int) -> datetime:
    """Raises ValueError for what no calendar has."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{milliseconds} is no moment") from error
