"""Brand monitors: one matcher for all channels finds every name, hashtag, handle and keyword in a batch of texts.

Case and accents do not matter ("ACMÉ" is "acme"), words are whole ("acme" is not in "acmeology"), and a name of several
words is also found run together or hyphenated ("Acme Media": #acmemedia, acme-media).
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

NAMES = frozenset({"brand", "misspelling", "competitor"})
MARKS = {"hashtag": "#", "account": "@"}
SEPARATOR = b"\n"  # never part of a folded pattern, so that nothing is found across two texts


class Pattern(NamedTuple):
    """One monitor: its kind (brand, misspelling, hashtag, account, keyword, competitor) and what it looks for."""

    kind: str
    text: str


class Matcher:
    """Built once from the active monitors, then asked for batch after batch. Safe to share between threads."""

    def __init__(self, patterns: Sequence[Pattern | tuple[str, str]]) -> None:
        self._monitors: dict[bytes, list[int]] = {}
        for index, (kind, text) in enumerate(patterns):
            for form in forms(kind, text):
                self._monitors.setdefault(form.encode("utf-8", "replace"), []).append(index)
        self._forms = list(self._monitors)
        self._accounts = frozenset(i for i, (kind, _) in enumerate(patterns) if kind == "account")
        self._search = BytesAhoCorasick(self._forms, implementation=Implementation.DFA) if self._forms else None

    def match(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """For each text the positions, ascending, of the patterns found in it."""
        if self._search is None:
            return [()] * len(texts)
        folded = [fold(t).encode("utf-8", "replace") for t in texts]
        starts = list(accumulate((len(f) + 1 for f in folded), initial=0))
        found: dict[int, set[int]] = {}
        for place, monitor in self._hits(SEPARATOR.join(folded)):
            found.setdefault(bisect_right(starts, place) - 1, set()).add(monitor)
        return [tuple(sorted(found[n])) if n in found else () for n in range(len(texts))]

    def _hits(self, buffer: bytes) -> Iterator[tuple[int, int]]:
        assert self._search is not None
        for form, start, end in self._search.find_matches_as_indexes(buffer, overlapping=True):
            if not _is_whole(buffer, start, end):
                continue
            for monitor in self._monitors[self._forms[form]]:
                if monitor not in self._accounts or not _handle_goes_on(buffer, end):
                    yield start, monitor


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(c for c in text if not unicodedata.combining(c)) if not text.isascii() else text
    return " ".join(text.lower().split())


def forms(kind: str, text: str) -> list[str]:
    """The folded strings that count as `text`; empty for a blank pattern."""
    folded = fold(text)
    mark = MARKS.get(kind, "")
    bare = folded.lstrip(mark) if mark else folded
    if not bare:
        return []
    if mark:
        return [mark + bare.replace(" ", "")]
    if kind in NAMES and " " in bare:
        return list(dict.fromkeys([bare, bare.replace(" ", ""), bare.replace(" ", "-")]))
    return [bare]


def _is_whole(buffer: bytes, start: int, end: int) -> bool:
    """Whether no word goes on before `start` or after `end`. Marks (#, @) begin a word of their own."""
    first = buffer[start : start + 4].decode("utf-8", "ignore")[:1]
    last = buffer[max(start, end - 4) : end].decode("utf-8", "ignore")[-1:]
    before = buffer[max(0, start - 4) : start].decode("utf-8", "ignore")[-1:]
    after = buffer[end : end + 4].decode("utf-8", "ignore")[:1]
    begins = first in MARKS.values() or _is_word(first)
    return not (_is_word(before) and begins) and not (_is_word(last) and _is_word(after))


def _is_word(char: str) -> bool:
    """Letters, digits and _. Not the scripts that write without spaces, where every place may be a boundary."""
    return (char.isalnum() or char == "_") and not ("\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff")


def _handle_goes_on(buffer: bytes, end: int) -> bool:
    """@acme is not the beginning of @acme.example or @acme-news."""
    return buffer[end : end + 1] in (b".", b"-") and buffer[end + 1 : end + 2].isalnum()


# ── Suggestions for the monitors page ───────────────────────────────────────────────────────────────────────────────

NEIGHBOURS = {
    "q": "wa",
    "w": "qe",
    "e": "wr",
    "r": "et",
    "t": "ry",
    "y": "tu",
    "u": "yi",
    "i": "uo",
    "o": "ip",
    "p": "o",
    "a": "sq",
    "s": "ad",
    "d": "sf",
    "f": "dg",
    "g": "fh",
    "h": "gj",
    "j": "hk",
    "k": "jl",
    "l": "k",
    "z": "x",
    "x": "zc",
    "c": "xv",
    "v": "cb",
    "b": "vn",
    "n": "bm",
    "m": "n",
}
SOUNDS = (
    ("ph", "f"),
    ("ck", "k"),
    ("qu", "kw"),
    ("f", "ph"),
    ("c", "k"),
    ("k", "c"),
    ("y", "i"),
    ("i", "y"),
    ("z", "s"),
    ("x", "ks"),
)
SHORTEST = 4  # a slip in a shorter name is mostly another word


def likely_misspellings(name: str, *, limit: int = 12) -> list[str]:
    """How people are likely to get `name` wrong, likeliest kind of slip first. For a person to choose from, never to apply."""
    right = fold(name)
    if len(right) < SHORTEST:
        return []
    slips = [list(kind(right)) for kind in (_sound_alike, _singled, _swapped, _omitted, _doubled, _neighbour_key)]
    wrong = dict.fromkeys(slip for slips_of_a_kind in _in_turn(slips) for slip in slips_of_a_kind)
    return [slip for slip in wrong if slip not in forms("brand", name) and len(slip) >= SHORTEST][:limit]


def _in_turn(kinds: list[list[str]]) -> Iterator[list[str]]:
    """The first two of each kind, then the rest: so that a short list shows every kind of slip."""
    yield from (kind[:2] for kind in kinds)
    yield from (kind[2:] for kind in kinds)


def _sound_alike(name: str) -> Iterator[str]:
    return (name.replace(sound, other, 1) for sound, other in SOUNDS if sound in name)


def _singled(name: str) -> Iterator[str]:
    return (name[:i] + name[i + 1 :] for i in range(1, len(name)) if name[i] == name[i - 1])


def _swapped(name: str) -> Iterator[str]:
    return (name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in range(1, len(name) - 1) if " " not in name[i : i + 2])


def _omitted(name: str) -> Iterator[str]:
    return (name[:i] + name[i + 1 :] for i in range(1, len(name)) if name[i] != " ")


def _doubled(name: str) -> Iterator[str]:
    return (
        name[: i + 1] + name[i:]
        for i in range(1, len(name))
        if name[i].isalpha() and name[i] not in (name[i - 1], name[i + 1 : i + 2])
    )


def _neighbour_key(name: str) -> Iterator[str]:
    return (name[:i] + key + name[i + 1 :] for i in range(1, len(name)) for key in NEIGHBOURS.get(name[i], ""))
