"""What Reddit says, as far as we read it. Every thing has a kind and a full name: t1 comment, t3 post, t4 message.
https://www.reddit.com/dev/api"""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Data(Struct, frozen=True):
    """`edited` is false, or when it was; `author` is null for messages of Reddit itself."""

    name: str
    created_utc: float = 0
    author: str | None = None
    body: str = ""
    title: str = ""
    selftext: str = ""
    url: str = ""
    subject: str = ""
    parent_id: str | None = None
    first_message_name: str | None = None
    dest: str = ""
    subreddit: str | None = None
    permalink: str = ""
    context: str = ""
    type: str = ""
    edited: bool | float = False
    is_self: bool = True
    score: int = 0
    over_18: bool = False

    @property
    def version(self) -> str:
        """Later edits are higher as text; empty while nobody edited it."""
        return "" if isinstance(self.edited, bool) else f"{self.edited:017.3f}"


class Thing(Struct, frozen=True):
    kind: str
    data: Data


class Marks(Struct, frozen=True):
    name: str = ""


class Marked(Struct, frozen=True):
    data: Marks = field(default_factory=Marks)


class Page(Struct, frozen=True):
    """Newest first, each as its bytes arrived."""

    children: list[msgspec.Raw] = field(default_factory=list)
    after: str | None = None


class Listing(Struct, frozen=True):
    data: Page


class Things(Struct, frozen=True):
    things: list[Thing] = field(default_factory=list)


class Result(Struct, frozen=True):
    """`errors`: (code, words, field) each; reddit says so with a status of 200."""

    errors: list[list[str | None]] = field(default_factory=list)
    data: Things = field(default_factory=Things)
    ratelimit: float = 0


class Taken(Struct, frozen=True):
    json: Result


class Me(Struct, frozen=True):
    name: str
    is_suspended: bool = False


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not what Reddit says: {error}") from error


def moment(seconds: float) -> datetime:
    """Since 1970. Raises ValueError for what no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError(f"{seconds} is no time") from error
