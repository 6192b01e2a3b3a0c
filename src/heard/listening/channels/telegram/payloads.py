"""What Telegram sends, as far as we read it. https://core.telegram.org/bots/api#available-types"""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class User(Struct, frozen=True, gc=False):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class Chat(Struct, frozen=True, gc=False):
    id: int
    type: str = ""  # private, group, supergroup, channel
    title: str = ""
    username: str = ""
    first_name: str = ""
    last_name: str = ""


class Entity(Struct, frozen=True):
    """`offset` and `length` in units of UTF-16."""

    type: str
    offset: int
    length: int
    url: str = ""
    user: User | None = None


class Medium(Struct, frozen=True):
    file_id: str
    file_unique_id: str = ""
    file_name: str = ""
    mime_type: str = ""
    file_size: int | None = None
    emoji: str = ""  # of a sticker
    title: str = ""  # of music
    is_animated: bool = False
    is_video: bool = False


class Contact(Struct, frozen=True):
    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""


class Location(Struct, frozen=True):
    latitude: float
    longitude: float


class Venue(Struct, frozen=True):
    title: str = ""
    address: str = ""


class PollOption(Struct, frozen=True):
    text: str = ""


class Poll(Struct, frozen=True):
    question: str = ""
    options: list[PollOption] = field(default_factory=list)


class Dice(Struct, frozen=True):
    emoji: str = ""
    value: int = 0


class Answered(Struct, frozen=True):
    """The message that another one answers."""

    message_id: int
    from_: User | None = field(default=None, name="from")


class Origin(Struct, frozen=True):
    type: str = ""


class Message(Struct, frozen=True):
    message_id: int
    date: int
    chat: Chat
    from_: User | None = field(default=None, name="from")
    sender_chat: Chat | None = None
    business_connection_id: str = ""
    edit_date: int = 0
    media_group_id: str = ""
    is_automatic_forward: bool = False
    forward_origin: Origin | None = None
    reply_to_message: Answered | None = None
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    caption: str = ""
    caption_entities: list[Entity] = field(default_factory=list)
    photo: list[Medium] = field(default_factory=list)
    document: Medium | None = None
    video: Medium | None = None
    animation: Medium | None = None
    audio: Medium | None = None
    voice: Medium | None = None
    video_note: Medium | None = None
    sticker: Medium | None = None
    contact: Contact | None = None
    location: Location | None = None
    venue: Venue | None = None
    poll: Poll | None = None
    dice: Dice | None = None

    @property
    def words(self) -> str:
        return self.text or self.caption

    @property
    def marks(self) -> list[Entity]:
        return self.entities if self.text else self.caption_entities


class ReactionType(Struct, frozen=True):
    type: str
    emoji: str = ""
    custom_emoji_id: str = ""


class MessageReaction(Struct, frozen=True):
    chat: Chat
    message_id: int
    date: int
    user: User | None = None
    actor_chat: Chat | None = None
    old_reaction: list[ReactionType] = field(default_factory=list)
    new_reaction: list[ReactionType] = field(default_factory=list)


class BusinessMessagesDeleted(Struct, frozen=True):
    business_connection_id: str
    chat: Chat
    message_ids: list[int]


class Update(Struct, frozen=True):
    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: BusinessMessagesDeleted | None = None
    message_reaction: MessageReaction | None = None


HEARD = [
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
]


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not what Telegram sends: {error}") from error


def moment(seconds: int) -> datetime:
    """Since 1970. Raises ValueError for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is no time") from error
