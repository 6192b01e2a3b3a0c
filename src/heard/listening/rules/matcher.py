"""Brand monitors: one matcher for all channels finds every name, hashtag, handle and keyword in a batch of texts.

Case and accents do not matter ("ACMÉ" is "acme"), words are whole ("acme" is not in "acmeology"), and a name of several
words is also found run together or hyphenated ("Acme Media": #acmemedia, acme-media).

A batch is folded and searched as one string, and only what is found is looked at closely: a post in which nothing is found
costs a microsecond (bench/matcher.py).
"""

import codecs
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import BytesAhoCorasick, Implementation

NAMES = frozenset({"brand", "misspelling", "competitor"})
MARKS = {"hashtag": "#", "account": "@"}


class Pattern(NamedTuple):
    """One monitor: its kind (brand, misspelling, hashtag, account, keyword, competitor) and what it looks for."""

    kind: str
    text: str


class Form(NamedTuple):
    """One folded string to look for: whether a word may not go on before or after it, and the monitors it stands for."""

    closed_before: bool
    closed_after: bool
    monitors: tuple[int, ...]
    of_accounts: frozenset[int]  # those of the monitors that are handles


class Matcher:
    """Built once from the active monitors, then asked for batch after batch. Safe to share between threads."""

    def __init__(self, patterns: Sequence[Pattern | tuple[str, str]]) -> None:
        monitors: dict[str, list[int]] = {}
        for index, (kind, text) in enumerate(patterns):
            for form in forms(kind, text):
                monitors.setdefault(form, []).append(index)
        accounts = frozenset(i for i, (kind, _) in enumerate(patterns) if kind == "account")
        self._forms = [
            Form(form[0] in MARKS.values() or _is_word(form[0]), _is_word(form[-1]), tuple(found), accounts.intersection(found))
            for form, found in monitors.items()
        ]
        searched = [form.encode() for form in monitors]
        self._search = BytesAhoCorasick(searched, implementation=Implementation.DFA) if searched else None

    def match(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """For each text the positions, ascending, of the patterns found in it."""
        answers: list[tuple[int, ...]] = [()] * len(texts)
        if self._search is None or not texts:
            return answers
        folded, ends = fold_all(texts)
        places, found = self._whole_words(folded)
        for n, monitors in zip(np.searchsorted(ends, places).tolist(), found, strict=True):
            answers[n] = _both(answers[n], monitors) if answers[n] else monitors
        return answers

    def _whole_words(self, folded: bytes) -> tuple[list[int], list[tuple[int, ...]]]:
        """Where each stands, and the monitors that it answers."""
        assert self._search is not None
        places, found = [], []
        for number, start, end in self._search.find_matches_as_indexes(folded, overlapping=True):
            closed_before, closed_after, monitors, accounts = self._forms[number]
            if closed_before and (here := _LETTERS[folded[start - 1]]) and (here == _SURE or _is_word(_before(folded, start))):
                continue
            if closed_after and (here := _LETTERS[folded[end]]) and (here == _SURE or _is_word(_after(folded, end))):
                continue
            if accounts and _handle_goes_on(folded, end):
                monitors = tuple(m for m in monitors if m not in accounts)
            places.append(start)
            found.append(monitors)
        return places, found


@lru_cache(maxsize=1 << 12)
def _both(some: tuple[int, ...], others: tuple[int, ...]) -> tuple[int, ...]:
    """An account and the name inside it, say; the same few come together again and again."""
    return tuple(sorted({*some, *others}))


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


# ── Folding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BETWEEN = "\x1e"  # the record separator of ASCII counts as white space, so that no folded text holds one
_LOWER = bytes(ord(" ") if chr(c).isspace() else ord(chr(c).lower()) for c in range(128)) + bytes(range(128, 256))
_FOLDED = _LOWER[: ord(BETWEEN)] + BETWEEN.encode() + _LOWER[ord(BETWEEN) + 1 :]
_OFTEN_SAID = 24  # characters of a run worth remembering: quotes, emoji, the words of most languages


def fold(text: str) -> str:
    """Lower case, without accents, single spaces. Half a surrogate pair becomes a question mark."""
    return fold_all([text])[0][1:-1].decode().strip(" ")


def fold_all(texts: Sequence[str]) -> tuple[bytes, npt.NDArray[np.intp]]:
    """All of them folded, BETWEEN before and after each, and the places of those after; a space may be left at their edges.

    What is ASCII is folded byte by byte. The rest is, to an encoder for ASCII, a run of errors to be handled: neither
    decomposing nor case looks over an ASCII character to its neighbours, so each run can be folded on its own.
    """
    encoded = [text.encode() if text.isascii() else text.encode("ascii", _FOLD_A_RUN) for text in texts]
    folded = _single_spaced(BETWEEN.encode().join([b"", *encoded, b""]).translate(_FOLDED))
    ends = np.flatnonzero(np.frombuffer(folded, np.uint8) == ord(BETWEEN))[1:]
    return (folded, ends) if len(ends) == len(texts) else fold_all([text.replace(BETWEEN, " ") for text in texts])


def _single_spaced(text: bytes) -> bytes:
    """bytes.replace needs fifteen times as long, since single spaces are everywhere."""
    spaces = np.frombuffer(text, np.uint8) == ord(" ")
    repeated = np.flatnonzero(spaces[1:] & spaces[:-1]).tolist()
    kept = pairwise([-1, *repeated, len(text)])
    return b"".join([text[before + 1 : after] for before, after in kept]) if repeated else text


def _fold_a_run(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)
    run = error.object[error.start : error.end]
    return (_remembered(run) if len(run) <= _OFTEN_SAID else _folded_run(run)), error.end


def _folded_run(run: str) -> bytes:
    folded = unicodedata.normalize("NFKD", run).casefold()
    bare = "".join(" " if c.isspace() else c for c in folded if not unicodedata.combining(c))
    return bare.lower().encode("utf-8", "replace")


_remembered = lru_cache(maxsize=1 << 14)(_folded_run)
_FOLD_A_RUN = "heard.fold"
codecs.register_error(_FOLD_A_RUN, _fold_a_run)


# ── Boundaries ──────────────────────────────────────────────────────────────────────────────────────────────────────

_SURE, _MAYBE = 1, 2
_LETTERS = bytes(_MAYBE if c >= 128 else _SURE if c == ord("_") or chr(c).isalnum() else 0 for c in range(256))  # is a byte one?


def _is_word(char: str) -> bool:
    """Letters, digits and _. Not the scripts that write without spaces, where every place may be a boundary."""
    return (char.isalnum() or char == "_") and not ("\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff")


def _before(folded: bytes, place: int) -> str:
    return folded[max(0, place - 4) : place].decode("utf-8", "ignore")[-1:]


def _after(folded: bytes, place: int) -> str:
    return folded[place : place + 4].decode("utf-8", "ignore")[:1]


def _handle_goes_on(folded: bytes, end: int) -> bool:
    """@acme is not the beginning of @acme.example or @acme-news."""
    return folded[end : end + 1] in (b".", b"-") and folded[end + 1 : end + 2].isalnum()


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
