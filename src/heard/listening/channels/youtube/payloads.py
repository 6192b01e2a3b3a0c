"""What the YouTube Data API v3 says of comments, as far as we read it. https://developers.google.com/youtube/v3/docs/comments"""

from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Channel(Struct, frozen=True):
    value: str = ""


class CommentSnippet(Struct, frozen=True, rename="camel"):
    """`author_channel_id` is absent for channels that are gone; `text_original` is only shown to whom it may be."""

    published_at: datetime
    text_display: str = ""
    text_original: str = ""
    author_display_name: str = ""
    author_channel_id: Channel = field(default_factory=Channel)
    author_channel_url: str = ""
    author_profile_image_url: str = ""
    parent_id: str = ""
    video_id: str = ""
    image_url: str = ""
    like_count: int = 0
    updated_at: datetime | None = None
    moderation_status: str = ""


class Comment(Struct, frozen=True):
    id: str
    snippet: CommentSnippet


class Marks(Struct, frozen=True, rename="camel"):
    updated_at: str = ""
    published_at: str = ""
    parent_id: str = ""

    @property
    def version(self) -> str:
        return self.updated_at or self.published_at


class Marked(Struct, frozen=True):
    """What tells one comment, and one version of it, from another."""

    id: str
    snippet: Marks = field(default_factory=Marks)


class Page(Struct, frozen=True, rename="camel"):
    """Of threads or comments, each as its bytes arrived."""

    items: list[msgspec.Raw] = field(default_factory=list)
    next_page_token: str = ""


class ThreadSnippet(Struct, frozen=True, rename="camel"):
    top_level_comment: msgspec.Raw
    total_reply_count: int = 0


class Replies(Struct, frozen=True):
    comments: list[msgspec.Raw] = field(default_factory=list)


class Thread(Struct, frozen=True):
    """`replies` holds at most five."""

    id: str
    snippet: ThreadSnippet
    replies: Replies = field(default_factory=Replies)


class Title(Struct, frozen=True):
    title: str = ""


class OurChannel(Struct, frozen=True):
    id: str
    snippet: Title = field(default_factory=Title)


class Channels(Struct, frozen=True):
    items: list[OurChannel] = field(default_factory=list)


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no comment: {error}") from error
