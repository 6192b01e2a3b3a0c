"""at:// addresses, and the record keys that we choose ourselves."""

import re
from hashlib import sha256
from typing import NamedTuple

POST = "app.bsky.feed.post"
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]{1,512})")
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"  # base32-sortable: https://atproto.com/specs/tid
_FIRST = 1_672_531_200_000_000  # µs: the start of 2023, so that no key of ours claims to come from the future
_SPAN = 365 * 24 * 3600 * 1_000_000


class Place(NamedTuple):
    """Where a record lies: whose, of which kind, which."""

    did: str
    collection: str
    rkey: str

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"


def place_of(uri: str) -> Place:
    """Raises ValueError for what is no address of a record."""
    found = _URI.fullmatch(uri)
    if not found:
        raise ValueError(f"{uri[:100]!r} is not the address of a record; expected at://DID/COLLECTION/KEY")
    return Place(*found.groups())


def author_in(uri: str) -> str:
    """The DID in an address; empty for what is none."""
    found = _URI.fullmatch(uri)
    return found[1] if found else ""


def permalink_of(uri: str) -> str:
    """The page that people read."""
    at = place_of(uri)
    return f"https://bsky.app/profile/{at.did}/post/{at.rkey}"


def rkey_of(idem: str) -> str:
    """The record key for a send: a TID, the same for the same `idem`, so that a second try meets the first one's record.

    A TID is 53 bits of microseconds and 10 bits of clock. We fill both from a hash: the time it names means nothing, and
    nothing reads it; a post is sorted by its createdAt.
    """
    number = int.from_bytes(sha256(idem.encode()).digest(), "big")
    microseconds, clock = _FIRST + (number >> 10) % _SPAN, number & 0x3FF
    value = microseconds << 10 | clock
    return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))
