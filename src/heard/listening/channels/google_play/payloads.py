"""What androidpublisher v3 says of reviews, as far as we read it.
https://developers.google.com/android-publisher/api-ref/rest/v3/reviews"""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

T = TypeVar("T")


class Timestamp(Struct, frozen=True):
    """Google writes int64 as text."""

    seconds: str | int = "0"
    nanos: int = 0

    @property
    def moment(self) -> datetime:
        """Raises ValueError for what no calendar has."""
        try:
            at = datetime.fromtimestamp(int(self.seconds), UTC)
            return at.replace(microsecond=self.nanos // 1000)
        except (OverflowError, OSError, ValueError) as error:
            raise ValueError(f"{self.seconds!r} is no time") from error

    @property
    def version(self) -> str:
        """Later times are higher as text."""
        return self.moment.isoformat(timespec="microseconds")


class Device(Struct, frozen=True, rename="camel"):
    product_name: str = ""
    manufacturer: str = ""


class UserComment(Struct, frozen=True, rename="camel"):
    text: str = ""
    original_text: str = ""
    last_modified: Timestamp = field(default_factory=Timestamp)
    star_rating: int = 0
    reviewer_language: str = ""
    device: str = ""
    android_os_version: int | None = None
    app_version_code: int | None = None
    app_version_name: str = ""
    thumbs_up_count: int = 0
    thumbs_down_count: int = 0
    device_metadata: Device = field(default_factory=Device)


class DeveloperComment(Struct, frozen=True, rename="camel"):
    text: str = ""
    last_modified: Timestamp = field(default_factory=Timestamp)


class Comment(Struct, frozen=True, rename="camel"):
    user_comment: UserComment | None = None
    developer_comment: DeveloperComment | None = None


class Review(Struct, frozen=True, rename="camel"):
    review_id: str
    author_name: str = ""
    comments: list[Comment] = field(default_factory=list)

    @property
    def words(self) -> UserComment | None:
        return next((each.user_comment for each in self.comments if each.user_comment), None)

    @property
    def reply(self) -> DeveloperComment | None:
        return next((each.developer_comment for each in self.comments if each.developer_comment), None)


class Pagination(Struct, frozen=True, rename="camel"):
    next_page_token: str = ""


class Reviews(Struct, frozen=True, rename="camel"):
    """`reviews` is absent when there is none. Newest first, by the time of the customer's words."""

    reviews: list[msgspec.Raw] = field(default_factory=list)
    token_pagination: Pagination = field(default_factory=Pagination)


class Result(Struct, frozen=True, rename="camel"):
    reply_text: str = ""
    last_edited: Timestamp = field(default_factory=Timestamp)


class Replied(Struct, frozen=True):
    result: Result


def decode(body: bytes | msgspec.Raw, type_: type[T]) -> T:
    """Raises ValueError for anything that is not what `type_` says."""
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no review: {error}") from error
