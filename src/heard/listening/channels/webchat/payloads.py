"""What a visitor's page brought, as our own door stored it: one delivery each."""

from datetime import datetime

from msgspec import Struct

NETWORK = "webchat"
USER = "user:"  # begins the key of a visitor who proved to be a customer of the site
MAX_WORDS = 5_000


class Visitor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is in front of the page. `key` is random, or `user:` and an id that the site vouched for.

    `was`: the key under which the same page spoke before it was vouched for. `email` is only a claim.
    """

    key: str
    name: str = ""
    email: str = ""
    was: str = ""

    @property
    def is_vouched_for(self) -> bool:
        return self.key.startswith(USER)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, self.was) if self.was else (self.key,)


class Enclosed(Struct, frozen=True, kw_only=True):
    name: str
    content_type: str
    data: bytes


class Words(Struct, frozen=True, kw_only=True, tag="words"):
    """Something typed, or a file, or both. `id` is the page's own, so that a repeated call is the same words."""

    id: str
    by: Visitor
    at: datetime
    text: str = ""
    page: str = ""
    file: Enclosed | None = None


class Known(Struct, frozen=True, kw_only=True, tag="known"):
    """Whoever spoke as `by.was` has just been vouched for as `by.key`."""

    by: Visitor
    at: datetime


class Left(Struct, frozen=True, kw_only=True, tag="left"):
    """Nobody was there, and the visitor left words with a mail address to answer to, which nobody has proved."""

    id: str
    at: datetime
    name: str
    email: str
    text: str
    page: str = ""


Brought = Words | Known | Left


def visitor_id(account_id: int, key: str) -> str:
    """The external id of a visitor's identity: what one site vouches for means nothing on another."""
    return f"{account_id}:{key}"


def words_id(key: str, id_: str) -> str:
    """The external id of words, from which the page knows its own again."""
    return f"{key}/{id_}"
