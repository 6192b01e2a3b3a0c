"""What a reply promises, and by when; and where it puts somebody off without a time. Pure. docs/algorithms/promises.md

A promise is a time to come in a sentence that says of us, or of the thing, that it will be so. It is none where the time stands
with what the reader is asked to do, with what has happened, with a "not", after an "if", in a question, or in quoted words.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from heard.engagement.rules.promise_words import LANGUAGES, Says
from heard.engagement.rules.said_times import Time, close_of, times_in

LONGEST_TEXT = 20_000  # characters that are read
LONGEST_WHAT = 400
MOST = 12  # promises of one reply

QUOTED = re.compile(r"^[ \t]*>.*$|\"[^\"\n]{1,500}\"|“[^”\n]{1,500}”|„[^“”\n]{1,500}[“”]|«[^»\n]{1,500}»", re.MULTILINE)
ENDS = re.compile(r"[.!?…]+[\"'”’)]*(?=\s|\Z)|\n+")
GOES_ON = re.compile(
    r"(?:\b\d{1,2}|\b[A-Za-z]|\b(?:a\.m|p\.m|e\.g|i\.e|z\.B|d\.h|approx|ca|no|nr|mr|mrs|ms|dr|st|bzw|max|min|std|tel|jan|feb|aug|sept?|oct|okt|nov|dec|dez))\.$",
    re.IGNORECASE,
)
SEGMENT = re.compile(r"[,;:()–—]")
ONE_OF_BOTH = re.compile(
    r"\s*(?:,\s*)?(?:(?:or|oder|ou|o|and|und|et|y|to|bis|-|–)\s*(?:at\s+(?:the\s+)?latest\s*)?)\s*", re.IGNORECASE
)
BETWEEN = re.compile(r"\b(?:between|zwischen|entre)\s*$", re.IGNORECASE)
LATEST = re.compile(r"(?:or|oder|ou|o|to|bis|-|–)", re.IGNORECASE)


# With nobody in the sentence, these alone make a promise: "Back within two days."
DEADLINE = re.compile(
    r"(?:by|within|no later|not later|until|up to|(?:another )?\w+ more|bis|binnen|innerhalb|spätestens|noch|d['’]ici|sous|au plus tard"
    r"|dans les|a más tardar|dentro de|en un plazo|como máximo)\b",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """`text[start:end]` are the `words` with the time; `what` is their sentence."""

    words: str
    start: int
    end: int
    what: str
    due_at: datetime

    @property
    def key(self) -> str:
        """The same as long as its sentence is: what its author said about it stays with it while they write on."""
        return re.sub(r"[^\w]+", "-", f"{self.what[:80]}-{self.words}".casefold()).strip("-")[:160]


class Delay(NamedTuple):
    """Words that put somebody off, and name no time."""

    words: str
    start: int
    end: int
    language: str


class _Sentence(NamedTuple):
    start: int
    text: str
    is_question: bool


def promises_in(
    text: str, *, language: str, now: datetime, zone: ZoneInfo, close_of: Callable[[date], time] = close_of
) -> list[Found]:
    """In the order of the text, none due before `now`. `language` is tried first, then the others: people answer in theirs."""
    read = _blanked(text)
    for each in _languages(language):
        found: list[Found] = []
        for sentence in _sentences(read):
            times = times_in(sentence.text, language=each, now=now, zone=zone, close_of=close_of)
            for said in _the_latest(times, sentence.text) if times and not sentence.is_question else ():
                if _is_ours(sentence.text, said, LANGUAGES[each]):
                    found.append(_found(text, sentence, said))
        if found:
            return found[:MOST]
    return []


def delays_without_time(text: str, *, language: str, now: datetime, zone: ZoneInfo) -> list[Delay]:
    """Where it says that something will take until some time or other. None where the reply has a promise with a time."""
    read = _blanked(text)
    if promises_in(text, language=language, now=now, zone=zone):
        return []
    for each in _languages(language):
        says = LANGUAGES[each]
        found: list[Delay] = []
        for sentence in _sentences(read):
            found += [] if sentence.is_question else _delays(text, sentence, says, each)
        if found:
            return found[:MOST]
    return []


def _delays(text: str, sentence: _Sentence, says: Says, language: str) -> Iterator[Delay]:
    polite = [match.span() for match in says.polite.finditer(sentence.text)]
    for match in says.delays.finditer(sentence.text):
        start, end = match.span()
        if any(a <= start < b for a, b in polite) or _speaks(sentence.text, start, says) == "theirs":
            continue
        begins, ends = sentence.start + start, sentence.start + end
        yield Delay(text[begins:ends], begins, ends, language)


def _languages(first: str) -> Sequence[str]:
    return sorted(LANGUAGES, key=lambda each: each != first[:2])


def _blanked(text: str) -> str:
    """As long as it was, with blanks for what is quoted."""
    return QUOTED.sub(lambda found: " " * len(found[0]), text[:LONGEST_TEXT])


def _sentences(text: str) -> Iterator[_Sentence]:
    start = 0
    for end in ENDS.finditer(text):
        if (
            end[0].startswith(".")
            and GOES_ON.search(text[max(0, start, end.end() - 12) : end.start() + 1])
            and end.end() < len(text)
        ):
            continue
        if text[start : end.start()].strip():
            yield _Sentence(start, text[start : end.start()], "?" in end[0])
        start = end.end()
    if text[start:].strip():
        yield _Sentence(start, text[start:], False)


def _the_latest(times: Sequence[Time], text: str) -> list[Time]:
    """ "On Thursday or Friday" is by Friday."""
    kept: list[Time] = []
    for said in times:
        before = text[kept[-1].end : said.start] if kept else ""
        joined = ONE_OF_BOTH.fullmatch(before) is not None
        if kept and joined and (LATEST.search(before) or BETWEEN.search(text[: kept[-1].start])):
            kept[-1] = Time(kept[-1].start, said.end, max(said.due_at, kept[-1].due_at))
        else:
            kept.append(said)
    return kept


def _is_ours(sentence: str, said: Time, says: Says) -> bool:
    speaks = _speaks(sentence, said.start, says)
    if says.condition.search(sentence) or not (speaks == "ours" or (not speaks and DEADLINE.match(sentence, said.start))):
        return False
    if not says.never_after:
        return True
    cuts = [0, *(cut.end() for cut in SEGMENT.finditer(sentence)), len(sentence) + 1]
    start = max(cut for cut in cuts if cut <= said.start)
    return says.never.search(sentence[start : min(cut for cut in cuts if cut > said.start) - 1]) is None


def _speaks(sentence: str, at: int, says: Says) -> str:
    """Of whom the words at this place speak: as the nearest sign before them says, else the nearest behind; "" without any."""
    signs = _signs(sentence, says)
    before = [kind for start, kind in signs if start < at]
    return before[-1] if before else next((kind for _, kind in signs), "")


def _signs(sentence: str, says: Says) -> list[tuple[int, str]]:
    """(place, kind) in order. What the reader is asked to do hides what sounds like ours in it; what has happened counts only
    before anything that will."""
    theirs = [match.span() for match in says.theirs.finditer(sentence)]
    never = [match.span() for match in says.never.finditer(sentence)] if not says.never_after else []
    hidden = theirs + never
    past = [match.span() for match in says.past.finditer(sentence)]
    ours = [m.start() for m in says.ours.finditer(sentence) if not any(a < m.end() and m.start() < b for a, b in hidden + past)]
    first = min(ours, default=len(sentence))
    signs = [(start, "theirs") for start, _ in theirs] + [(start, "never") for start, _ in never]
    return sorted(signs + [(start, "past") for start, _ in past if start < first] + [(start, "ours") for start in ours])


def _found(text: str, sentence: _Sentence, said: Time) -> Found:
    start, end = sentence.start + said.start, sentence.start + said.end
    what = " ".join(text[sentence.start : sentence.start + len(sentence.text)].split())
    return Found(text[start:end], start, end, what[:LONGEST_WHAT], said.due_at)
