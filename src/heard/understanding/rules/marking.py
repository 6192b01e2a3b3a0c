"""Which parts of what somebody said a verdict rests on. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from unicodedata import normalize


class Part(NamedTuple):
    words: str
    is_evidence: bool


def marked(text: str, evidence: Iterable[str]) -> list[Part]:
    """`text` in parts that together are the text; those that are one of `evidence`, in any case of letters and with or without accents,
    stand out. Longest first, so that "not good" is marked as a whole where both it and "good" are given."""
    wanted = sorted({_plain(words) for words in evidence if words.strip()}, key=len, reverse=True)
    if not wanted:
        return [Part(text, False)] if text else []
    pattern = re.compile("|".join(_whole(words) for words in wanted), re.IGNORECASE)
    found, end = list[Part](), 0
    for hit in pattern.finditer(_plain(text)):
        found += [Part(text[end : hit.start()], False), Part(text[hit.start() : hit.end()], True)]
        end = hit.end()
    return [part for part in _with_rest(found, text[end:]) if part.words]


def _with_rest(parts: Sequence[Part], rest: str) -> list[Part]:
    return [*parts, Part(rest, False)]


def _plain(words: str) -> str:
    """Letter by letter, so that places stay."""
    return words if words.isascii() else "".join(normalize("NFD", letter)[0] for letter in words)


def _whole(words: str) -> str:
    """Not inside of a longer word: "art" is no evidence in "party"."""
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return before + re.escape(words) + after
