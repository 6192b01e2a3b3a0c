"""What X sends, as far as we read it: the schemas of its OpenAPI description.

Names that began with "tweet" begin with "post" since 2.160 of that description; where an answer still has the old ones, they count.
"""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Metrics(Struct, frozen=True, gc=False):
    like_count: int = 0
    followers_count: int | None = None


class User(Struct, frozen=True):
    id: str
    username: str = ""
    name: str = ""
    profile_image_url: str = ""
    protected: bool = False
    public_metrics: Metrics | None = None


class Variant(Struct, frozen=True):
    url: str = ""
    content_type: str = ""
    bit_rate: int = 0


class Medium(Struct, frozen=True):
    media_key: str
    type: str = ""
    url: str = ""
    preview_image_url: str = ""
    alt_text: str = ""
    variants: list[Variant] = field(default_factory=list)


class Link(Struct, frozen=True):
    url: str | None = None
    expanded_url: str | None = None
    media_key: str | None = None


class Mention(Struct, frozen=True):
    username: str | None = None
    id: str | None = None


class Entities(Struct, frozen=True):
    urls: list[Link] | None = None
    mentions: list[Mention] | None = None


class Reference(Struct, frozen=True):
    id: str
    type: str = ""  # replied_to, quoted, retweeted


class Attached(Struct, frozen=True):
    media_keys: list[str] | None = None


class Note(Struct, frozen=True):
    """The whole of a long post."""

    text: str
    entities: Entities | None = None


class Withheld(Struct, frozen=True):
    copyright: bool = False
    country_codes: list[str] = field(default_factory=list)


class Post(Struct, frozen=True):
    id: str
    text: str = ""
    author_id: str = ""
    created_at: str = ""
    conversation_id: str = ""
    in_reply_to_user_id: str = ""
    lang: str = ""
    edit_history_post_ids: list[str] = field(default_factory=list)
    edit_history_tweet_ids: list[str] = field(default_factory=list)
    referenced_posts: list[Reference] = field(default_factory=list)
    referenced_tweets: list[Reference] = field(default_factory=list)
    attachments: Attached | None = None
    entities: Entities | None = None
    note_post: Note | None = None
    note_tweet: Note | None = None
    public_metrics: Metrics | None = None
    withheld: Withheld | None = None

    @property
    def first_id(self) -> str:
        """An edited post has a new id; the first one names it for good."""
        return (self.edit_history_post_ids or self.edit_history_tweet_ids or [self.id])[0]

    @property
    def latest_id(self) -> str:
        return (self.edit_history_post_ids or self.edit_history_tweet_ids or [self.id])[-1]

    @property
    def note(self) -> Note | None:
        return self.note_post or self.note_tweet

    def refers(self, how: str) -> str:
        return next((each.id for each in self.referenced_posts or self.referenced_tweets if each.type == how), "")


class DmEvent(Struct, frozen=True):
    id: str
    event_type: str = ""
    text: str = ""
    sender_id: str = ""
    created_at: str = ""
    dm_conversation_id: str = ""
    participant_ids: list[str] = field(default_factory=list)
    attachments: Attached | None = None
    entities: Entities | None = None


class Includes(Struct, frozen=True):
    users: list[User] = field(default_factory=list)
    media: list[Medium] = field(default_factory=list)


class Problem(Struct, frozen=True):
    """Of one thing that was asked for, or of the whole question."""

    title: str = ""
    detail: str = ""
    type: str = ""
    message: str = ""
    resource_id: str = ""
    value: str = ""


class Meta(Struct, frozen=True):
    next_token: str = ""
    newest_id: str = ""


class RawIncludes(Struct, frozen=True):
    users: list[msgspec.Raw] = field(default_factory=list)
    media: list[msgspec.Raw] = field(default_factory=list)


class Page(Struct, frozen=True):
    """Things as their bytes came, newest first."""

    data: list[msgspec.Raw] = field(default_factory=list)
    includes: RawIncludes = RawIncludes()
    errors: list[Problem] = field(default_factory=list)
    meta: Meta = Meta()


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not what X sends: {error}") from error


def moment(text: str) -> datetime:
    """As X writes it, 2026-01-01T10:06:40.000Z. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


BEGINNING_MS, BITS_OF_A_MOMENT = 1288834974657, 22


def made_at(id_: str) -> datetime:
    """An id tells when it was given: milliseconds since X's own beginning, above 22 bits. Raises ValueError."""
    try:
        return datetime.fromtimestamp(((int(id_) >> BITS_OF_A_MOMENT) + BEGINNING_MS) / 1000, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{id_[:30]} is no id of X") from error


def id_at(at: datetime) -> str:
    """The lowest id that could be given at this moment."""
    return str(max(int(at.timestamp() * 1000) - BEGINNING_MS, 0) << BITS_OF_A_MOMENT)
