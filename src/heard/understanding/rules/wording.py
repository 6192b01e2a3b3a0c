"""Finds the phrases of wording.toml and hints.toml in a batch of texts: what people say, as signs that other rules can weigh.

One automaton for all phrases of all languages runs over the whole batch at once. In what it looks for and in what it looks through
the first letter of each word is another byte, so that it finds nothing inside a word: of all there is to be found, three quarters.
The table is data: whoever speaks a language can add to it without reading this file.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import count
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from msgspec import Struct

from heard.listening.rules.matcher import BETWEEN, fold_all

LANGUAGES = ("en", "de", "fr", "es", "it")
LONGEST = 6000  # characters of a text that are looked at; longer mails have said it by then
SURE_ANYWHERE = 7  # a phrase so long means the same thing in whatever language the text was taken for
GAP_BYTES = 60  # between the halves of "how much ... cost"
LOOK_BACK_BYTES = 28  # for a "not" before a phrase
WORDS_BACK = 3

NEGATIONS = frozenset(
    b"not no never nothing none without cant cannot dont doesnt didnt isnt wasnt arent werent wont hardly nor neither "
    b"nicht kein keine keinen keiner nie niemals ohne pas jamais aucun aucune sans ni nunca jamas sin ningun ninguna tampoco".split()
)
NO_NEGATION = re.compile(rb"not only|nothing short of|nothing but|no end of|no doubt|not just|nicht nur|pas seulement|no solo")
SENTENCE_END = re.compile(rb"[.!?;](?= |$)")
CHOICE = re.compile(r"\(([^)]*)\)")
CLAUSE_END = re.compile(rb"[.!?:;,\n\"(]| - ")
CLAUSE_BREAK = re.compile(rb"[.!?;,\n]")  # for a "not", which reaches over a colon
BREAKS_TO_SPACES = bytes.maketrans(b".!?;,\n", b" " * 6)
LONGEST_ADDRESS = 80  # bytes of handles and greetings before the words that open a clause
GREETINGS = frozenset(
    b"hi hey hello dear honestly genuinely seriously question one so and but ok okay also then now just "
    b"hallo hey servus also und aber bonjour salut et mais alors hola buenas y pero oye".split()
)
LINK = re.compile(r"https?://\S+|www\.\S+")


# Bytes that go on with a word. Those beyond ASCII count as no letter: emoji and curly quotes are common, and accented Latin
# letters are folded away.
WORD_BYTES = bytes(97 <= byte <= 122 or 48 <= byte <= 57 or byte == 95 for byte in range(256))
IS_WORD = np.frombuffer(WORD_BYTES, np.bool_)
# What the first byte of a word is marked by: nothing that is folded holds a capital, and no UTF-8 any of the others.
UNUSED = bytes([*range(ord("A"), ord("Z") + 1), 0xC0, 0xC1, *range(0xF5, 0x100)])
FIRST = np.frombuffer(bytes.maketrans(bytes(b for b in range(256) if WORD_BYTES[b]), UNUSED[: sum(WORD_BYTES)]), np.uint8)


class Found(Struct, frozen=True, gc=False):
    """A phrase of one cue in a text. `start` and `end` are byte places in the folded text, which `words` is cut from."""

    cue: str
    start: int
    end: int
    words: str


PLACE = attrgetter("start", "end")


class Wording(Struct, frozen=True, gc=False):
    """What was found in one text: the phrases by cue, the folded text, and how many links were in it; and the hints by cue."""

    found: dict[str, list[Found]]
    folded: bytes
    links: int
    hints: dict[str, list[tuple[int, int]]]  # where they stand in the folded text: many, and few are ever shown

    def has(self, *cues: str) -> bool:
        for cue in cues:  # noqa: SIM110 - asked thirty times per voice, and any() takes twice as long
            if cue in self.found:
                return True
        return False

    def words(self, *cues: str) -> tuple[str, ...]:
        """The words that say so, first ones first, at most four."""
        spots = self.spots(*cues)
        if len(spots) < 2:
            return (spots[0].words,) if spots else ()
        kept: list[Found] = []
        for spot in sorted(spots, key=PLACE):
            if not kept or spot.start >= kept[-1].end:
                kept.append(spot)
            elif spot.start == kept[-1].start:
                kept[-1] = spot
        return tuple(dict.fromkeys([f.words for f in kept]))[:4]

    def hinted(self, cue: str) -> tuple[str, ...]:
        """The words that hint at it, first ones first."""
        folded = self.folded
        return tuple([folded[start:end].decode("utf-8", "replace") for start, end in self.hints.get(cue, ())])

    def spots(self, *cues: str) -> list[Found]:
        found = self.found
        return [f for cue in cues if cue in found for f in found[cue]]


NO_HINTS: dict[str, list[tuple[int, int]]] = {}
NOTHING = Wording({}, b"", 0, NO_HINTS)


class Phrase(NamedTuple):
    """A form in the automaton. `half` names the gap it opens (0) or closes (1); None for a phrase in one piece."""

    cue: str
    language: str
    goes_on: bool
    half: tuple[int, int] | None
    opens: bool = False  # counts only where a clause begins
    is_hint: bool = False


class Table(NamedTuple):
    """For each form by its number the phrases that count in a text of one language: where its last word ends, and where it goes on."""

    whole: list[tuple[Phrase, ...]]
    cut: list[tuple[Phrase, ...]]


class Lexicon:
    """The table of cues, compiled. Remembers nothing of what it reads, so it may be shared."""

    def __init__(self, table: dict[str, dict[str, str]], hints: dict[str, dict[str, str]] | None = None) -> None:
        self.because = {cue: entry["because"] for cue, entry in table.items()}
        self.hinted = tuple(hints or ())
        self._hides = {cue: frozenset(entry["hides"].split(", ")) for cue, entry in table.items() if "hides" in entry}
        self._negated = {cue: entry["negated"] for cue, entry in table.items() if "negated" in entry}
        by_form = _by_form(table, hints or {})
        known: dict[tuple, tuple] = {}  # a few hundred stand for all forms
        entries = ((tuple(phrases), len(form) >= SURE_ANYWHERE) for form, phrases in by_form.items())
        self._forms = [known.setdefault(entry, entry) for entry in entries]
        self._tables: dict[str, Table] = {}
        searched = _marked(b"\n".join(by_form))[0].split(b"\n") if by_form else []
        self._search = BytesAhoCorasick(searched, implementation=Implementation.ContiguousNFA)

    def find(self, texts: Sequence[str], languages: Sequence[str]) -> list[Wording]:
        """What each text says; `languages` holds the language of each, "" for unknown."""
        cleaned = [_without_links(text[:LONGEST]) for text in texts]
        joined, starts = _joined([text for text, _ in cleaned])
        found: dict[int, list[Found]] = {}
        hints: dict[int, dict[str, list[tuple[int, int]]]] = {}
        negated = self._negated
        for n, phrase, begin, end in self._spotted(joined, starts, languages):
            cue, first = phrase.cue, starts[n]
            if phrase.is_hint:
                here = hints[n] if n in hints else hints.setdefault(n, {})
                if cue in here:
                    here[cue].append((begin - first, end - first))
                else:
                    here[cue] = [(begin - first, end - first)]
                continue
            if cue in negated:
                cue, begin = self._negate(cue, joined, begin)
            if cue:
                one = Found(cue, begin - first, end - first, joined[begin:end].decode("utf-8", "replace"))
                if n in found:
                    found[n].append(one)
                else:
                    found[n] = [one]
        return [
            Wording(
                self._sorted_out(found[n]) if n in found else {},
                joined[starts[n] : starts[n + 1] - 1],
                links,
                hints.get(n, NO_HINTS),
            )
            for n, (_, links) in enumerate(cleaned)
        ]

    def _spotted(
        self, joined: bytes, starts: Sequence[int], languages: Sequence[str]
    ) -> Iterator[tuple[int, "Phrase", int, int]]:
        """(text, phrase, begin, end) of whatever stands there as its table says, in the order of its end."""
        marked, goes_on = _marked(joined)
        opened: dict[tuple[int, int], int] = {}
        n, beyond, here = -1, 0, None
        for number, start, end in self._search.find_matches_as_indexes(marked, overlapping=True):
            if start >= beyond or here is None:
                n = bisect_right(starts, start, n + 1) - 1
                beyond, here = starts[n + 1], self._table(languages[n])
            for phrase in (here.cut if goes_on[end] else here.whole)[number]:
                if phrase.opens and not _opens_clause(joined, start):
                    continue
                if phrase.half is None:
                    yield n, phrase, start, end
                    continue
                gap, closes = phrase.half
                if not closes:
                    opened[gap, n] = start
                elif (begin := opened.get((gap, n), -1)) >= 0 and _goes_on(joined, begin, start):
                    yield n, phrase, begin, end

    def _table(self, language: str) -> Table:
        """Of all languages that have no phrases of their own it is the same one, in which every phrase counts."""
        language = language if language in LANGUAGES else ""
        if language not in self._tables:
            self._tables[language] = Table(
                [_counting(phrases, "" if is_sure else language, cut=False) for phrases, is_sure in self._forms],
                [_counting(phrases, "" if is_sure else language, cut=True) for phrases, is_sure in self._forms],
            )
        return self._tables[language]

    def _sorted_out(self, found: list[Found]) -> dict[str, list[Found]]:
        """`found` by cue, without what is hidden inside a phrase of another one."""
        by_cue = _by_cue(found)
        if self._hides.keys().isdisjoint(by_cue):
            return by_cue
        hiders = [f for f in found if f.cue in self._hides]
        return _by_cue(
            [f for f in found if not any(f.cue in self._hides[h.cue] and h.start <= f.start and f.end <= h.end for h in hiders)]
        )

    def _negate(self, cue: str, joined: bytes, start: int) -> tuple[str, int]:
        """The cue and its place; or what a "not" shortly before it in the same clause makes of it, "" for nothing."""
        before = joined[max(0, start - LOOK_BACK_BYTES) : start]
        if NEGATIONS.isdisjoint(before.translate(BREAKS_TO_SPACES, b"'").split()[-WORDS_BACK:]):
            return cue, start
        clause = CLAUSE_BREAK.split(before)[-1]
        negation = next((word for word in clause.split()[-WORDS_BACK:] if word.replace(b"'", b"") in NEGATIONS), None)
        if negation is None or NO_NEGATION.search(clause):
            return cue, start
        return self._negated[cue], start - len(clause) + clause.rindex(negation)


@lru_cache(maxsize=1 << 13)
def _counting(phrases: tuple[Phrase, ...], language: str, *, cut: bool) -> tuple[Phrase, ...]:
    """Those that count in a text of `language`, "" for any; where they are `cut`, the word goes on after them. Forms of a cue mostly
    stand for the same, and share what counts."""
    return tuple(p for p in phrases if (not language or p.language == language) and (p.goes_on or not cut))


def _by_form(table: dict[str, dict[str, str]], hints: dict[str, dict[str, str]]) -> dict[bytes, list[Phrase]]:
    """What each folded form stands for."""
    gaps = count()
    known: dict[Phrase, Phrase] = {}
    entries: list[Phrase] = []
    written: list[str] = []
    for some, is_hint in ((table, False), (hints, True)):
        for choice, phrase in _phrases(some, gaps, is_hint=is_hint):
            entries.append(known.setdefault(phrase, phrase))
            written.append(choice)
    found: dict[bytes, list[Phrase]] = {}
    for phrase, bare in zip(entries, _folded(written), strict=True):
        for form in dict.fromkeys((bare, bare.replace(b"'", b""))):
            found.setdefault(form, []).append(phrase)
    return found


def _phrases(table: dict[str, dict[str, str]], gaps: Iterator[int], *, is_hint: bool) -> Iterator[tuple[str, Phrase]]:
    """Each way to say what is in the table, as it is written there, with what it stands for."""
    for cue, entry in table.items():
        for language in LANGUAGES:
            for phrase in filter(None, map(str.strip, entry.get(language, "").split(","))):
                parts = [part for part in map(str.strip, phrase.split("...")) if part]
                gap = next(gaps)
                for number, part in enumerate(parts):
                    half = (gap, number) if len(parts) > 1 else None
                    for choice in _choices(part.removeprefix("^")):
                        goes_on, opens = choice.endswith("*"), part.startswith("^")
                        yield choice.removesuffix("*"), Phrase(cue, language, goes_on, half, opens, is_hint)


def _choices(phrase: str) -> Iterator[str]:
    """Every phrase that "(a|b) c" stands for."""
    choice = CHOICE.search(phrase)
    if choice is None:
        yield phrase
        return
    for word in choice[1].split("|"):
        yield from _choices(phrase[: choice.start()] + word + phrase[choice.end() :])


def ways_to_say(entry: str) -> Iterator[str]:
    """The phrases of an entry of the tables without their marks, every choice for itself."""
    for phrase in filter(None, map(str.strip, entry.split(","))):
        for choice in _choices(phrase.removeprefix("^")):
            yield " ".join(choice.replace("...", " ").replace("*", "").split())


def _goes_on(joined: bytes, begin: int, start: int) -> bool:
    """Whether the phrase whose first half stands at `begin` may go on at `start`."""
    return start - begin <= GAP_BYTES and not SENTENCE_END.search(joined, begin, start)


def _opens_clause(joined: bytes, start: int) -> bool:
    """Whether nothing but handles, hashtags and greetings stand between `start` and the end of the clause before."""
    before = joined[max(0, start - LONGEST_ADDRESS) : start]
    if before.endswith(b" "):
        last = before[before.rfind(b" ", 0, -1) + 1 : -1]
        if last.isalnum() and last not in GREETINGS:
            return False  # mostly
    before = CLAUSE_END.split(before)[-1]
    return all(word in GREETINGS or word[:1] in (b"@", b"#") for word in before.split())


def _folded(texts: Sequence[str]) -> list[bytes]:
    """Each as it stands in a text that is folded."""
    joined, _ = fold_all([text.replace("’", "'") for text in texts])
    return [form.strip(b" ") for form in joined.split(BETWEEN.encode())[1:-1]]


def _marked(joined: bytes) -> tuple[bytes, bytes]:
    """The same with the first byte of each word marked; and for each place 1 where the word before it goes on, else 0."""
    letters = np.frombuffer(bytearray(joined), np.uint8)
    is_word = IS_WORD[letters]
    goes_on = np.zeros(len(letters) + 1, np.bool_)
    np.logical_and(is_word[1:], is_word[:-1], out=goes_on[1:-1])
    first = (is_word & ~goes_on[:-1]).nonzero()[0]
    letters[first] = FIRST[letters[first]]
    return letters.tobytes(), goes_on.tobytes()


def _joined(texts: Sequence[str]) -> tuple[bytes, list[int]]:
    """All of them folded, a line break before and after each; and where each begins, with where one more would."""
    separated, _ = fold_all(texts)
    joined = separated.replace(separated[:1], b"\n").replace("’".encode(), b"'")
    joined = joined.replace(b"\n ", b"\n").replace(b" \n", b"\n")
    return joined, ((np.frombuffer(joined, np.uint8) == ord("\n")).nonzero()[0] + 1).tolist()


def same_sentence(wording: Wording, one: Found, other: Found) -> bool:
    start, end = sorted((one.start, other.start))
    return not SENTENCE_END.search(wording.folded, start, end)


def _without_links(text: str) -> tuple[str, int]:
    return LINK.subn("http", text) if "http" in text or "www." in text else (text, 0)


def _by_cue(found: list[Found]) -> dict[str, list[Found]]:
    by_cue: dict[str, list[Found]] = {}
    for one in found:
        if one.cue in by_cue:
            by_cue[one.cue].append(one)
        else:
            by_cue[one.cue] = [one]
    return by_cue


@cache
def lexicon() -> Lexicon:
    """The tables that come with Heard."""
    rules = files("heard.understanding.rules")
    table, hints = (tomllib.loads((rules / name).read_text("utf-8")) for name in ("wording.toml", "hints.toml"))
    return Lexicon(table, hints)
