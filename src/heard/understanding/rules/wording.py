"""Finds the phrases of wording.toml and hints.toml in a batch of texts: what people say, as signs that other rules can weigh.

One automaton for all phrases of all languages runs over the whole batch at once. The table is data: whoever speaks a
language can add to it without reading this file.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from heard.listening.rules.matcher import fold, fold_all

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


class Found(NamedTuple):
    """A phrase of one cue in a text. `start` and `end` are byte places in the folded text, which `words` is cut from."""

    cue: str
    start: int
    end: int
    words: str


PLACE = itemgetter(1, 2)  # start and end of a Found


class Wording(NamedTuple):
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
            return tuple(f.words for f in spots)
        kept: list[Found] = []
        for spot in sorted(spots, key=PLACE):
            if not kept or spot.start >= kept[-1].end:
                kept.append(spot)
            elif spot.start == kept[-1].start:
                kept[-1] = spot
        return tuple(dict.fromkeys(f.words for f in kept))[:4]

    def hinted(self, cue: str) -> tuple[str, ...]:
        """The words that hint at it, first ones first."""
        return tuple(self.folded[start:end].decode("utf-8", "replace") for start, end in self.hints.get(cue, ()))

    def spots(self, *cues: str) -> list[Found]:
        return [f for cue in cues if cue in self.found for f in self.found[cue]]


EVERYWHERE: dict[str, tuple["Phrase", ...]] = {}
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


class Form(NamedTuple):
    """What one folded form stands for: the phrases that count in a text of each of LANGUAGES, and in any other text."""

    goes_on: bool
    by_language: dict[str, tuple[Phrase, ...]]
    anywhere: tuple[Phrase, ...]


class Lexicon:
    """The table of cues, compiled. Stateless after that, so it may be shared."""

    def __init__(self, table: dict[str, dict[str, str]], hints: dict[str, dict[str, str]] | None = None) -> None:
        self.because = {cue: entry["because"] for cue, entry in table.items()}
        self.hinted = tuple(hints or ())
        self._hides = {cue: frozenset(entry["hides"].split(", ")) for cue, entry in table.items() if "hides" in entry}
        self._negated = {cue: entry["negated"] for cue, entry in table.items() if "negated" in entry}
        self._phrases: dict[bytes, list[Phrase]] = {}
        self._gaps = 0
        for some, is_hint in ((table, False), (hints or {}, True)):
            for cue, entry in some.items():
                for language in LANGUAGES:
                    for phrase in filter(None, map(str.strip, entry.get(language, "").split(","))):
                        self._add(cue, language, phrase, is_hint=is_hint)
        self._forms = [_form(form, phrases) for form, phrases in self._phrases.items()]
        self._search = BytesAhoCorasick(list(self._phrases), implementation=Implementation.ContiguousNFA)

    def _add(self, cue: str, language: str, phrase: str, *, is_hint: bool) -> None:
        halves = [part for part in map(str.strip, phrase.split("...")) if part]
        gap = self._gaps = self._gaps + 1
        for number, part in enumerate(halves):
            half = (gap, number) if len(halves) > 1 else None
            for choice in _choices(part.removeprefix("^")):
                bare = folded(choice.removesuffix("*"))
                for form in dict.fromkeys((bare, bare.replace("'", ""))):
                    entry = Phrase(cue, language, choice.endswith("*"), half, part.startswith("^"), is_hint)
                    self._phrases.setdefault(form.encode(), []).append(entry)

    def find(self, texts: Sequence[str], languages: Sequence[str]) -> list[Wording]:
        """What each text says; `languages` holds the language of each, "" for unknown."""
        cleaned = [_without_links(text[:LONGEST]) for text in texts]
        joined, starts = _joined([text for text, _ in cleaned])
        found: dict[int, list[Found]] = {}
        hints: dict[int, dict[str, list[tuple[int, int]]]] = {}
        opened: dict[tuple[int, int], int] = {}
        for number, start, end in self._search.find_matches_as_indexes(joined, overlapping=True):
            if WORD_BYTES[joined[start]] and WORD_BYTES[joined[start - 1]]:
                continue
            form = self._forms[number]
            whole = not (WORD_BYTES[joined[end]] and WORD_BYTES[joined[end - 1]])
            if not (whole or form.goes_on):
                continue
            n = bisect_right(starts, start) - 1
            for phrase in form.by_language.get(languages[n], form.anywhere):
                if not (whole or phrase.goes_on) or (phrase.opens and not _opens_clause(joined, start)):
                    continue
                begin = start if phrase.half is None else self._complete(phrase.half, joined, start, opened, n)
                if begin < 0:
                    continue
                cue = phrase.cue
                if phrase.is_hint:
                    hints.setdefault(n, {}).setdefault(cue, []).append((begin - starts[n], end - starts[n]))
                    continue
                if cue in self._negated:
                    cue, begin = self._negate(cue, joined, begin)
                if cue:
                    words = joined[begin:end].decode("utf-8", "replace")
                    found.setdefault(n, []).append(Found(cue, begin - starts[n], end - starts[n], words))
        return [
            Wording(
                _by_cue(self._shown(found[n])) if n in found else {},
                joined[starts[n] : starts[n + 1] - 1],
                links,
                hints.get(n, NO_HINTS),
            )
            for n, (_, links) in enumerate(cleaned)
        ]

    def _complete(self, half: tuple[int, int], joined: bytes, start: int, opened: dict[tuple[int, int], int], n: int) -> int:
        """Where the phrase began whose second half stands at `start`; -1 where it did not, or this is its first half."""
        gap, number = half
        if number == 0:
            opened[gap, n] = start
            return -1
        begin = opened.get((gap, n), -1)
        return -1 if begin < 0 or start - begin > GAP_BYTES or SENTENCE_END.search(joined, begin, start) else begin

    def _shown(self, found: list[Found]) -> list[Found]:
        """`found` without what is hidden inside a phrase of another cue."""
        hiders = [f for f in found if f.cue in self._hides]
        if not hiders:
            return found
        return [
            f for f in found if not any(f.cue in self._hides[h.cue] and h.start <= f.start and f.end <= h.end for h in hiders)
        ]

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


def _form(form: bytes, phrases: Sequence[Phrase]) -> Form:
    """One that means the same anywhere needs no table of languages: there are many, and each object costs the garbage collector."""
    goes_on = any(phrase.goes_on for phrase in phrases)
    if len(form) >= SURE_ANYWHERE:
        return Form(goes_on, EVERYWHERE, tuple(phrases))
    by_language = {language: tuple(p for p in phrases if p.language == language) for language in LANGUAGES}
    return Form(goes_on, by_language, tuple(phrases))


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


def _opens_clause(joined: bytes, start: int) -> bool:
    """Whether nothing but handles, hashtags and greetings stand between `start` and the end of the clause before."""
    before = joined[max(0, start - LONGEST_ADDRESS) : start]
    if before.endswith(b" "):
        last = before[before.rfind(b" ", 0, -1) + 1 : -1]
        if last.isalnum() and last not in GREETINGS:
            return False  # mostly
    before = CLAUSE_END.split(before)[-1]
    return all(word in GREETINGS or word[:1] in (b"@", b"#") for word in before.split())


def folded(text: str) -> str:
    return fold(text.replace("’", "'"))


def _joined(texts: Sequence[str]) -> tuple[bytes, list[int]]:
    """All of them folded, a line break before and after each; and where each begins, with where one more would."""
    separated, _ = fold_all(texts)
    joined = separated.replace(separated[:1], b"\n").replace("’".encode(), b"'")
    joined = joined.replace(b"\n ", b"\n").replace(b" \n", b"\n")
    return joined, (np.flatnonzero(np.frombuffer(joined, np.uint8) == ord("\n")) + 1).tolist()


def same_sentence(wording: Wording, one: Found, other: Found) -> bool:
    start, end = sorted((one.start, other.start))
    return not SENTENCE_END.search(wording.folded, start, end)


def _without_links(text: str) -> tuple[str, int]:
    return LINK.subn("http", text) if "http" in text or "www." in text else (text, 0)


def _by_cue(found: list[Found]) -> dict[str, list[Found]]:
    by_cue: dict[str, list[Found]] = {}
    for one in found:
        by_cue.setdefault(one.cue, []).append(one)
    return by_cue


@cache
def lexicon() -> Lexicon:
    """The tables that come with Heard."""
    rules = files("heard.understanding.rules")
    table, hints = (tomllib.loads((rules / name).read_text("utf-8")) for name in ("wording.toml", "hints.toml"))
    return Lexicon(table, hints)
