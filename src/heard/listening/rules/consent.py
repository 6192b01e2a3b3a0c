"""What we may use an address for, from what its owner said about it. Pure.

Consent is of one identity, on one kind of channel, for one purpose. Nothing here knows customers: whoever is held to be one
person keeps exactly what each of their addresses allows.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

ANSWERS = "answers"
READING = "reading"  # of their words, without what they are known by, by a machine that is not ours
PURPOSES = {
    ANSWERS: "Answers to what they ask",
    "offers": "Offers and news",
    "surveys": "Asking how it went",
    READING: "Reading by machines elsewhere",
}
EVERYTHING = "*"  # of a word to the machine of a network: STOP ends all purposes there

Use = tuple[int, str, str]  # identity, kind of channel, purpose


class Word(NamedTuple):
    """Something said about one use of an address, or about all of them (EVERYTHING)."""

    identity_id: int
    channel_kind: str
    purpose: str
    is_given: bool
    said_at: datetime
    how: str = ""
    by: str = ""  # the colleague who noted it; empty: the network told us


def standing(words: Iterable[Word]) -> dict[Use, Word]:
    """The word that counts for each use that was spoken about: the newest, and of one moment the refusal.

    START after STOP lets us answer again. It brings no offers back: those were refused, and nobody asked for them anew.
    """
    found: dict[Use, Word] = {}
    for word in words:
        for purpose in PURPOSES if word.purpose == EVERYTHING and not word.is_given else [_meant(word)]:
            use = (word.identity_id, word.channel_kind, purpose)
            there = found.get(use)
            if there is None or _order(there) < _order(word):
                found[use] = word
    return found


def may_use(use: Use, told: dict[Use, Word]) -> bool:
    """Who asked may be answered until they say otherwise; for anything else they must have said yes."""
    word = told.get(use)
    return word.is_given if word else use[2] == ANSWERS


def _meant(word: Word) -> str:
    return ANSWERS if word.purpose == EVERYTHING else word.purpose


def _order(word: Word) -> tuple[datetime, bool]:
    return word.said_at, not word.is_given
