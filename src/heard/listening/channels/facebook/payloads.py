"""What the webhooks of a Page say, as far as we read it.
https://developers.facebook.com/docs/graph-api/webhooks/reference/page"""

from msgspec import Struct, field

from heard.listening.channels.meta.messaging import Messaging


class Person(Struct, frozen=True):
    id: str | int = ""
    name: str = ""


class Value(Struct, frozen=True):
    """One change of the feed. `created_time` is when the thing was made, in seconds since 1970."""

    item: str = ""
    verb: str = ""
    from_: Person | None = field(default=None, name="from")
    sender_id: str | int = ""  # in mentions, and in webhooks of apps made long ago
    sender_name: str = ""
    post_id: str = ""
    comment_id: str = ""
    parent_id: str = ""
    message: str = ""
    created_time: int = 0
    photo: str = ""
    video: str = ""
    link: str = ""
    photos: list[str] = field(default_factory=list)
    reaction_type: str = ""
    recommendation_type: str = ""
    review_text: str = ""
    reviewer_id: str | int = ""
    reviewer_name: str = ""
    open_graph_story_id: str = ""
    rating: int = 0

    @property
    def person(self) -> Person:
        return self.from_ or Person(id=self.reviewer_id or self.sender_id, name=self.reviewer_name or self.sender_name)


class Change(Struct, frozen=True):
    field: str
    value: Value


class Entry(Struct, frozen=True):
    id: str
    time: int = 0  # seconds for the feed, milliseconds for messages
    changes: list[Change] = field(default_factory=list)
    messaging: list[Messaging] = field(default_factory=list)
    standby: list[Messaging] = field(default_factory=list)  # another app answers them just now


class Hook(Struct, frozen=True):
    entry: list[Entry]
