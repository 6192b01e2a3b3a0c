"""Finds the phrases of wording.toml in a batch of texts: what people say, as signs that other rules can weigh.

One automaton for all phrases of all languages runs over the whole batch at once. The table is data: whoever speaks a
language can add to it without reading this file.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from heard.listening.rules.matcher import fold

LANGUAGES = ("en", "de", "fr", "es")
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
    """What was found in one text: the phrases by cue, the folded text, and how many links were in it."""

    found: dict[str, list[Found]]
    folded: bytes
    links: int

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

    def spots(self, *cues: str) -> list[Found]:
        return [f for cue in cues if cue in self.found for f in self.found[cue]]


NOTHING = Wording({}, b"", 0)


class Phrase(NamedTuple):
    """A form in the automaton. `half` names the gap it opens (0) or closes (1); None for a phrase in one piece."""

    cue: str
    language: str
    goes_on: bool
    half: tuple[int, int] | None
    opens: bool = False  # counts only where a clause begins


class Lexicon:
    """The table of cues, compiled. Stateless after that, so it may be shared."""

    def __init__(self, table: dict[str, dict[str, str]]) -> None:
        self.because = {cue: entry["because"] for cue, entry in table.items()}
        self._hides = {cue: frozenset(entry["hides"].split(", ")) for cue, entry in table.items() if "hides" in entry}
        self._negated = {cue: entry["negated"] for cue, entry in table.items() if "negated" in entry}
        self._phrases: dict[bytes, list[Phrase]] = {}
        self._gaps = 0
        for cue, entry in table.items():
            for language in LANGUAGES:
                for phrase in filter(None, map(str.strip, entry.get(language, "").split(","))):
                    self._add(cue, language, phrase)
        self._phrases_of = list(self._phrases.values())
        self._goes_on = [any(phrase.goes_on for phrase in phrases) for phrases in self._phrases_of]
        self._search = BytesAhoCorasick(list(self._phrases), implementation=Implementation.ContiguousNFA)

    def _add(self, cue: str, language: str, phrase: str) -> None:
        halves = [part for part in map(str.strip, phrase.split("...")) if part]
        gap = self._gaps = self._gaps + 1
        for number, part in enumerate(halves):
            half = (gap, number) if len(halves) > 1 else None
            for choice in _choices(part.removeprefix("^")):
                bare = folded(choice.removesuffix("*"))
                for form in dict.fromkeys((bare, bare.replace("'", ""))):
                    entry = Phrase(cue, language, choice.endswith("*"), half, part.startswith("^"))
                    self._phrases.setdefault(form.encode(), []).append(entry)

    def find(self, texts: Sequence[str], languages: Sequence[str]) -> list[Wording]:
        """What each text says; `languages` holds the language of each, "" for unknown."""
        cleaned = [_without_links(t[:LONGEST]) for t in texts]
        buffers = [folded(text).encode("utf-8", "replace") for text, _ in cleaned]
        starts = list(accumulate((len(b) + 1 for b in buffers), initial=0))
        found: list[list[Found]] = [[] for _ in texts]
        opened: dict[tuple[int, int], int] = {}
        joined = b"\n".join([*buffers, b""])
        for form, start, end in self._search.find_matches_as_indexes(joined, overlapping=True):
            if WORD_BYTES[joined[start]] and start and WORD_BYTES[joined[start - 1]]:
                continue
            whole = not (WORD_BYTES[joined[end]] and WORD_BYTES[joined[end - 1]])
            if not (whole or self._goes_on[form]):
                continue
            n = bisect_right(starts, start) - 1
            for phrase in self._phrases_of[form]:
                if not (whole or phrase.goes_on) or not _counts(phrase, end - start, languages[n]):
                    continue
                meant = self._meant(phrase, joined, start, opened, n)
                if meant is not None:
                    cue, begin = meant
                    words = joined[begin:end].decode("utf-8", "replace")
                    found[n].append(Found(cue, begin - starts[n], end - starts[n], words))
        return [Wording(_by_cue(self._shown(f)), b, links) for f, b, (_, links) in zip(found, buffers, cleaned, strict=True)]

    def _meant(
        self, phrase: Phrase, joined: bytes, start: int, opened: dict[tuple[int, int], int], n: int
    ) -> tuple[str, int] | None:
        """The cue that a phrase at `start` of the batch completes, with the place where it began; None when it does not count."""
        begin = start
        if phrase.opens and not _opens_clause(joined, start):
            return None
        if phrase.half is not None:
            gap, number = phrase.half
            if number == 0:
                opened[gap, n] = start
                return None
            begin = opened.get((gap, n), -1)
            if begin < 0 or start - begin > GAP_BYTES or SENTENCE_END.search(joined, begin, start):
                return None
        cue, begin = self._negate(phrase.cue, joined, begin)
        return (cue, begin) if cue else None

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
        if cue not in self._negated:
            return cue, start
        before = joined[max(0, start - LOOK_BACK_BYTES) : start]
        clause = re.split(rb"[.!?;,\n]", before)[-1]
        words = clause.split()[-WORDS_BACK:]
        negation = next((word for word in words if word.replace(b"'", b"") in NEGATIONS), None)
        if negation is None or NO_NEGATION.search(clause):
            return cue, start
        return self._negated[cue], start - len(clause) + clause.rindex(negation)


def _choices(phrase: str) -> Iterator[str]:
    """Every phrase that "(a|b) c" stands for."""
    choice = CHOICE.search(phrase)
    if choice is None:
        yield phrase
        return
    for word in choice[1].split("|"):
        yield from _choices(phrase[: choice.start()] + word + phrase[choice.end() :])


def _opens_clause(joined: bytes, start: int) -> bool:
    """Whether nothing but handles, hashtags and greetings stand between `start` and the end of the clause before."""
    before = CLAUSE_END.split(joined[max(0, start - LONGEST_ADDRESS) : start])[-1]
    return all(word in GREETINGS or word[:1] in (b"@", b"#") for word in before.split())


def folded(text: str) -> str:
    return fold(text.replace("’", "'"))


def same_sentence(wording: Wording, one: Found, other: Found) -> bool:
    start, end = sorted((one.start, other.start))
    return not SENTENCE_END.search(wording.folded, start, end)


def _without_links(text: str) -> tuple[str, int]:
    return LINK.subn("http", text) if "http" in text or "www." in text else (text, 0)


def _counts(phrase: Phrase, length: int, language: str) -> bool:
    return length >= SURE_ANYWHERE or phrase.language == language or language not in LANGUAGES


def _by_cue(found: list[Found]) -> dict[str, list[Found]]:
    by_cue: dict[str, list[Found]] = {}
    for one in found:
        by_cue.setdefault(one.cue, []).append(one)
    return by_cue


@cache
def lexicon() -> Lexicon:
    """The table that comes with Heard."""
    return Lexicon(tomllib.loads((files("heard.understanding.rules") / "wording.toml").read_text("utf-8")))
