"""Which way of speaking a voice shows in writing, for the slices of quality alone: nobody is treated otherwise for it. Pure.

Decided by words that nobody else writes (dialects.toml), or, for Hindi, by its letters: Latin ones. "" for what shows none, which
is most, whoever speaks. Read when the page is looked at and stored nowhere.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from heard.listening.rules.matcher import fold

ROMANISED_HINDI = "romanised-hindi"
LIKELY_NEEDED = 2
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
WORD = re.compile(r"[\w'’]+")
MOST_WORDS = 4  # of one marker
LOOKED_AT = 2000  # characters


class Dialect(NamedTuple):
    key: str
    name: str
    languages: frozenset[str]
    sure: frozenset[str]
    likely: frozenset[str]


def dialect_of(text: str, language: str) -> str:
    """The key of a dialect. `language` is what the voice was taken for."""
    if language == "hi":
        return "" if DEVANAGARI.search(text) else ROMANISED_HINDI
    known = [dialect for dialect in dialects() if language in dialect.languages]
    if not known:
        return ""
    said = _runs(text)
    found = [d.key for d in known if not d.sure.isdisjoint(said) or len(d.likely & said) >= LIKELY_NEEDED]
    return found[0] if len(found) == 1 else ""  # two at once is a sign of neither


def name_of(key: str) -> str:
    return "Hindi in Latin letters" if key == ROMANISED_HINDI else next((d.name for d in dialects() if d.key == key), key)


def _runs(text: str) -> set[str]:
    words = WORD.findall(fold(text[:LOOKED_AT].replace("’", "'")))
    return {" ".join(words[n : n + count]) for count in range(1, MOST_WORDS + 1) for n in range(len(words) - count + 1)}


@cache
def dialects() -> tuple[Dialect, ...]:
    table = tomllib.loads((files("heard.understanding.rules") / "dialects.toml").read_text("utf-8"))
    return tuple(
        Dialect(key, entry["name"], _several(entry["languages"]), _several(entry["sure"]), _several(entry["likely"]))
        for key, entry in table.items()
    )


def _several(entry: str) -> frozenset[str]:
    return frozenset(" ".join(WORD.findall(fold(part))) for part in entry.split(","))
