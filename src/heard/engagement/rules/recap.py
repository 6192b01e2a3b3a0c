"""What one has to know to go on with a conversation: what they want, how it went, why they came by this way. Pure.

Nothing is put in new words: a line of a recap is a sentence that somebody said, or counts what stands in the story, and names the
messages it is taken from. docs/algorithms/recap.md
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from heard.understanding.rules.asking import WHETHER_TRIED
from heard.understanding.rules.facts import remedies_in
from heard.understanding.rules.wording import LANGUAGES, lexicon

NEW_CHAPTER = timedelta(days=14)  # of silence; what is said then is seldom about the same
ONE_CONTACT = timedelta(minutes=30)  # three short messages in a row
LONGEST_SENTENCE = 220  # characters shown
LONGEST_TEXT = 4000  # characters of one message that are read
READ_CLOSELY = 60  # messages of a chapter, the newest; and its first
MOST_WANTS, MOST_OTHERS = 3, 4
ALIKE = 0.5  # of the words of the shorter one: the same thing said again

# How much a sentence says about what somebody wants, by the signs of understanding's wording.toml in it.
SAYS = {
    **dict.fromkeys(("safety", "lifeline", "selfharm"), 5.0),
    **dict.fromkeys(("fraud", "leak", "discrimination"), 4.0),
    **dict.fromkeys(("outage", "trouble", "billing", "law"), 3.0),
    **dict.fromkeys(("leave", "buy"), 2.5),
    **dict.fromkeys(("help", "act", "asking", "wish", "anyone"), 2.0),
    "waited": 1.5,
    **dict.fromkeys(("dear", "vulnerable", "health"), 1.0),
    **dict.fromkeys(("own", "now", "today"), 0.5),
    **dict.fromkeys(("smalltalk", "closing"), -5.0),
}
A_QUESTION, SAID_FIRST, STILL_WAITS = 1.5, 1.0, 1.0
ENOUGH = 1.5

ENDS = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")
GOES_ON = re.compile(
    r"(?:^|\s)(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|u\.a|p\.ej|approx|ca|no|nr|mr|mrs|ms|dr|st|bzw|usw|inkl|etc|vs|art|tel|núm)\.$",
    re.IGNORECASE,
)
WORD = re.compile(r"\w{5,}")  # shorter ones are in most sentences


class Line(NamedTuple):
    """A message as a recap reads it. `way` is the channel as the customer would name it."""

    id: int
    at: datetime
    way: str
    is_ours: bool
    by: str
    text: str
    language: str = ""
    sentiment: str = ""  # empty where it was not judged
    waits: bool = False  # for an answer of ours
    is_record: bool = False  # what a machine noted about them, no words of theirs
    failed: bool = False  # nobody was reached by it
    reached: bool = False  # somebody of ours spoke with them there and then
    begins: bool = False  # a call, a visit: a contact of its own, however soon after the last

    @property
    def is_theirs(self) -> bool:
        """Words of the customer, or of a colleague who noted them down; nothing is said in a call that was cut off."""
        return not (self.is_ours or self.is_record or self.failed) and bool(self.text.strip())


class Quote(NamedTuple):
    """A sentence with the message that it stands in, and those that say it again."""

    words: str
    line: Line
    again: tuple[int, ...] = ()


class Mood(NamedTuple):
    """The same sentiment from one message to another."""

    sentiment: str
    first: Line
    ids: tuple[int, ...]


class Way(NamedTuple):
    """How often they tried one channel, and what came of it."""

    way: str
    first: Line
    times: int
    failed: int  # times in which nobody was reached, or nobody answered before they tried again
    last: Line


class Chapter(NamedTuple):
    """A part of the story, between two long silences."""

    start: datetime
    end: datetime
    ways: tuple[str, ...]
    messages: int
    wants: tuple[Quote, ...]


def chapters(lines: Sequence[Line]) -> list[Sequence[Line]]:
    """`lines`, oldest first, parted where nobody said anything for a long time."""
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(lines), 1) if b.at - a.at > NEW_CHAPTER), len(lines)]
    return [lines[a:b] for a, b in pairwise(starts) if a < b]


def told_shortly(lines: Sequence[Line]) -> Chapter:
    """A chapter in a line: what was wanted in it before all else."""
    ways = tuple(dict.fromkeys(line.way for line in lines if not line.is_ours))
    return Chapter(lines[0].at, lines[-1].at, ways, len(lines), tuple(wanted(lines, most=1)))


def wanted(lines: Sequence[Line], *, most: int = MOST_WANTS) -> list[Quote]:
    """The sentences of theirs that say what is the matter and what they ask for, in the order in which they were said."""
    theirs = [line for line in lines if line.is_theirs]
    read = theirs if len(theirs) <= READ_CLOSELY else [theirs[0], *theirs[-READ_CLOSELY:]]
    said = [(line, sentence) for line in read for sentence in sentences(line.text)]
    if not said:
        return []
    cues = lexicon().find([s for _, s in said], [line.language if line.language in LANGUAGES else "" for line, _ in said])
    scored = [(_says(s, w.found, line, theirs[0]), n) for n, ((line, s), w) in enumerate(zip(said, cues, strict=True))]
    chosen: list[tuple[int, list[int], frozenset[str]]] = []
    for score, n in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
        words = _words(said[n][1])
        same = next((c for c in chosen if _alike(words, c[2])), None)
        if same is not None:
            same[1].append(n)
        elif score and len(chosen) < most:
            chosen.append((n, [n], words))
    if not chosen:
        line, sentence = max(said, key=lambda pair: min(len(pair[1]), LONGEST_SENTENCE))
        return [Quote(shortened(sentence), line)]
    return [_quote([said[n] for n in sorted(which)]) for _, which, _ in sorted(chosen, key=lambda c: min(c[1]))]


def suggested(lines: Sequence[Line]) -> list[Quote]:
    """What we told them to try, or asked whether they had."""
    found = [
        Quote(shortened(sentence), line)
        for line in lines
        if line.is_ours and WHETHER_TRIED.search(line.text[:LONGEST_TEXT])
        for sentence in sentences(line.text)
        if WHETHER_TRIED.search(sentence) and remedies_in(sentence)
    ]
    return found[-MOST_OTHERS:]


def waiting(lines: Sequence[Line]) -> list[Quote]:
    """What they said that nobody has answered: of each message the sentence that asks for most."""
    return [quote for line in lines if line.waits for quote in wanted([line], most=1)][-MOST_OTHERS:]


def asked_by_us(lines: Sequence[Line]) -> list[Quote]:
    """Our last questions, as long as they have said nothing since."""
    last = next((n for n in range(len(lines) - 1, -1, -1) if not lines[n].is_ours and not lines[n].is_record), -1)
    ours = [line for line in lines[last + 1 :] if line.is_ours]
    return [Quote(shortened(s), line) for line in ours for s in sentences(line.text) if s.endswith(("?", "？"))][-MOST_OTHERS:]


def moods(lines: Sequence[Line], *, most: int = 6) -> list[Mood]:
    """How they felt, as far as their words show it: the last changes, oldest first."""
    found: list[Mood] = []
    for line in lines:
        if not line.is_theirs or not line.sentiment:
            continue
        if found and found[-1].sentiment == line.sentiment:
            found[-1] = found[-1]._replace(ids=(*found[-1].ids, line.id))
        else:
            found.append(Mood(line.sentiment, line, (line.id,)))
    return found[-most:]


def ways_before(lines: Sequence[Line]) -> list[Way]:
    """Why they came by the channel of their newest words: the channels they tried first, in that order; empty if none failed."""
    contacts = list(_contacts(lines))
    if not contacts:
        return []
    here = contacts[-1][0].way
    arrived = len(contacts)
    while arrived and contacts[arrived - 1][0].way == here:
        arrived -= 1
    found: dict[str, Way] = {}
    for number, contact in enumerate(contacts[:arrived]):
        first, last = contact[0], contact[-1]
        failed = int(_came_to_nothing(contact, contacts[number + 1][0], lines))
        known = found.get(first.way)
        if known:
            found[first.way] = known._replace(times=known.times + 1, failed=known.failed + failed, last=last)
        else:
            found[first.way] = Way(first.way, first, 1, failed, last)
    return list(found.values()) if any(way.failed for way in found.values()) else []


def sentences(text: str) -> list[str]:
    """In their order, without quoted lines."""
    found: list[str] = []
    goes_on = False
    for piece in ENDS.split(text[:LONGEST_TEXT]):
        bare = " ".join(piece.split())
        if not bare or bare.startswith(">"):
            continue
        if goes_on:
            found[-1] += f" {bare}"
        else:
            found.append(bare)
        goes_on = GOES_ON.search(bare) is not None
    return found


def shortened(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1].rsplit(" ", 1)[0] + "…"


def _says(sentence: str, cues: Collection[str], line: Line, first: Line) -> float:
    """How much it says about what they want; 0 for what says nothing of it."""
    by_its_mark = "asking" not in cues and ("?" in sentence or "？" in sentence)
    score = sum(SAYS.get(cue, 0.0) for cue in cues) + (A_QUESTION if by_its_mark else 0.0)
    if score < ENOUGH or len(sentence.split()) < 3:
        return 0.0
    return score + (SAID_FIRST if line.id == first.id else 0.0) + (STILL_WAITS if line.waits else 0.0)


def _words(sentence: str) -> frozenset[str]:
    return frozenset(WORD.findall(sentence.lower()))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer = min(len(one), len(other))
    return fewer > 0 and len(one & other) / fewer >= ALIKE


def _quote(said: Sequence[tuple[Line, str]]) -> Quote:
    """Where it was said first, and the other messages that say it."""
    line, sentence = said[0]
    return Quote(shortened(sentence), line, tuple(dict.fromkeys(other.id for other, _ in said[1:] if other.id != line.id)))


def _contacts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Each time that they turned to us: messages by the same way shortly after each other."""
    contact: list[Line] = []
    for line in lines:
        if line.is_ours:
            continue
        if contact and (line.begins or line.way != contact[-1].way or line.at - contact[-1].at > ONE_CONTACT):
            yield contact
            contact = []
        contact.append(line)
    if contact:
        yield contact


def _came_to_nothing(contact: Sequence[Line], following: Line, lines: Sequence[Line]) -> bool:
    if any(line.failed for line in contact):
        return True
    reached = any(line.reached for line in contact)
    return not reached and not any(line.is_ours and contact[0].at <= line.at < following.at for line in lines)
