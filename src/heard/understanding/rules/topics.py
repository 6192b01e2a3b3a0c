"""Sorting voices into topics that people named by examples, and learning that from a handful of them or from thousands.

One threshold for all topics decides: a voice that scores below it for every topic has none. It is set on examples that were kept
aside in turn, so that nearly all texts of no topic stay out; how many of the examples of each topic are recognised then is told.
Beside the words stands what they mean roughly (rules/sense.py). With a model of meaning (understanding/semantic.py) voices near the threshold, and topics with few examples, get a second look.
docs/algorithms/topics.md
"""

import io
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heard.understanding.learning.linear import Head, fit
from heard.understanding.rules.hashing import bag_of
from heard.understanding.rules.meaning import OF_SENSE, Meaning, learn_meaning
from heard.understanding.rules.sense import sense

FEW = 100  # rows per topic, below which those of a topic count as much as all others together
FEWEST = 2  # examples of a topic, below which nothing is known of it
PARTS = 4  # the examples are kept aside in as many parts, one after the other
MOST_JUDGED = 1500  # examples that are kept aside in turn: beyond, the threshold does not move any more
LET_IN = 0.02  # of texts that belong to no topic are taken for one
NEAR = 0.25  # below the threshold, a voice is one to ask somebody about
TOO_LIKE = 0.0  # a text of no topic that scores more than this belongs to a topic that nobody told it of
SHOWN = 3  # words of evidence
WORD = re.compile(r"[^\W_]", re.UNICODE)

Floats = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]  # [texts, dimensions], each of length 1


@dataclass(frozen=True)
class Example:
    """`topic` None: a text that belongs to none of them."""

    text: str
    topic: int | None


class Guess(NamedTuple):
    """`score`: how far over the threshold. `is_near`: below it, and not by much. `evidence`: words that spoke most for the topic."""

    topic: int | None
    score: float
    is_near: bool = False
    evidence: tuple[str, ...] = ()


class Ranked(NamedTuple):
    """Per text: the place of its best topic, how far that is over the threshold, and whether its meaning was looked at."""

    best: npt.NDArray[np.intp]
    over: npt.NDArray[np.float64]
    looked: npt.NDArray[np.bool_]

    @property
    def is_out(self) -> npt.NDArray[np.bool_]:
        return self.over < 0


class Sorter:
    """What was learnt. `recognised`: {topic: (how many of its examples it knew when they were kept aside, of how many)}."""

    def __init__(
        self,
        topics: Sequence[int],
        head: Head | None,
        threshold: float,
        recognised: Mapping[int, tuple[int, int]],
        meaning: Meaning | None = None,
        senses: Meaning | None = None,
    ) -> None:
        self.topics = tuple(topics)
        self.threshold = threshold
        self.recognised = dict(recognised)
        self._head = head
        self._meaning = meaning
        self._senses = senses

    @property
    def knows_meaning(self) -> bool:
        return self._meaning is not None

    def scores(self, texts: Sequence[str]) -> Floats:
        """[texts, topics], of the words alone."""
        if self._head is None:
            return np.zeros((len(texts), 0), np.float32)
        scores = self._head.scores(texts)
        return scores if self._senses is None else scores + self._senses.scores(sense()(texts))

    def read(self, texts: Sequence[str], embed: Embed | None = None) -> list[Guess]:
        """In the order of `texts`. `embed`, if any, is asked for voices of which the words alone do not tell."""
        if not self.topics or not texts:
            return [Guess(None, 0.0) for _ in texts]
        ranked = self.ranked(texts, embed)
        inside = np.flatnonzero(~ranked.is_out).tolist()
        guesses = [Guess(None, float(over), bool(-NEAR <= over < 0)) for over in ranked.over]
        words = self._evidence([texts[n] for n in inside], ranked.best[inside])
        for n, evidence in zip(inside, words, strict=True):
            guesses[n] = Guess(self.topics[int(ranked.best[n])], float(ranked.over[n]), False, evidence)
        return guesses

    def ranked(self, texts: Sequence[str], embed: Embed | None = None) -> "Ranked":
        """As `read`, as arrays. At least one topic and one text."""
        scores = self.scores(texts)
        bars = np.full(len(texts), self.threshold)
        looked = np.zeros(len(texts), bool)
        if embed is not None and self._meaning is not None:
            looked = self._meaning.is_worth_a_look(scores)
            if looked.any():
                asked = [text for text, is_asked in zip(texts, looked, strict=True) if is_asked]
                scores[looked] += self._meaning.scores(embed(asked))
                bars[looked] = self._meaning.threshold
        best = scores.argmax(1)
        return Ranked(best, scores[np.arange(len(texts)), best] - bars, looked)

    def _evidence(self, texts: Sequence[str], chosen: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
        """Per text the words that weigh most for the topic chosen, in their order."""
        if not len(texts) or self._head is None:
            return []
        bag = bag_of(texts)
        weights = np.zeros(len(bag.starts))
        for rows, text, token in bag.parts:
            weights += np.bincount(token, self._head.weights_of(rows)[np.arange(len(rows)), chosen[text]], len(weights))
        written = bag.written()
        found: list[list[int]] = [[] for _ in texts]
        for at in np.argsort(-weights, kind="stable").tolist():
            some = found[bag.text_of_token[at]]
            if weights[at] > 0 and len(some) < SHOWN and len(written[at]) > 2 and WORD.search(written[at]):
                some.append(at)
        return [tuple(dict.fromkeys(written[at] for at in sorted(some))) for some in found]

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez(
            file,
            topics=np.array(self.topics, np.int64),
            threshold=np.array(self.threshold),
            recognised=np.array([(t, *pair) for t, pair in self.recognised.items()], np.int64).reshape(-1, 3),
            head=np.frombuffer(self._head.to_bytes() if self._head else b"", np.uint8),
            meaning=np.frombuffer(self._meaning.to_bytes() if self._meaning else b"", np.uint8),
            senses=np.frombuffer(self._senses.to_bytes() if self._senses else b"", np.uint8),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, saved: bytes) -> "Sorter":
        with np.load(io.BytesIO(saved), allow_pickle=False) as parts:
            head, meaning = parts["head"].tobytes(), parts["meaning"].tobytes()
            senses = parts["senses"].tobytes() if "senses" in parts else b""  # older ones have none
            return cls(
                [int(t) for t in parts["topics"]],
                Head.from_bytes(head) if head else None,
                float(parts["threshold"]),
                {int(t): (int(hit), int(of)) for t, hit, of in parts["recognised"]},
                Meaning.from_bytes(meaning) if meaning else None,
                Meaning.from_bytes(senses) if senses else None,
            )


NOTHING = Sorter((), None, 0.0, {})


def learn(
    examples: Sequence[Example], background: Sequence[str] = (), *, let_in: float = LET_IN, embed: Embed | None = None
) -> Sorter:
    """What tells the topics of `examples` apart, and from everything else.

    `background` are texts of no topic in particular; what is like one of the topics there is left out. At most `let_in` of the texts
    of no topic that were kept aside would have been taken for one. Deterministic.
    """
    counts: dict[int, int] = {}
    for example in examples:
        if example.topic is not None:
            counts[example.topic] = counts.get(example.topic, 0) + 1
    topics = sorted(topic for topic, count in counts.items() if count >= FEWEST)
    if not topics:
        return NOTHING
    rows = [e for e in examples if e.topic is None or counts[e.topic] >= FEWEST]
    rows += _unlike([Example(text, None) for text in background], rows, topics)
    vectors = embed([row.text for row in rows]) if embed is not None else None
    senses, true = sense()([row.text for row in rows]), _true(rows, topics)
    aside = _kept_aside(rows, topics, senses, vectors)
    threshold, recognised = _threshold(rows, topics, aside.of_words, aside.judged, let_in)
    meaning = None
    if vectors is not None:
        second, recognised = _threshold(rows, topics, aside.of_both, aside.judged, let_in)
        meaning = learn_meaning(vectors, true, threshold=second, first_threshold=threshold)
    return Sorter(topics, _fit(rows, topics), threshold, recognised, meaning, learn_meaning(senses, true, weight=OF_SENSE))


def _fit(rows: Sequence[Example], topics: Sequence[int]) -> Head:
    labels = [[str(row.topic)] if row.topic is not None else [] for row in rows]
    return fit(
        [row.text for row in rows],
        labels,
        classes=[str(t) for t in topics],
        balanced=sum(map(bool, labels)) < len(topics) * FEW,
        calibrated=False,
    )


def _unlike(background: list[Example], rows: Sequence[Example], topics: Sequence[int]) -> list[Example]:
    """Without those that look like a topic: nobody said that they are not of it."""
    if not background:
        return []
    first = _fit([*rows, *background], topics)
    top = first.scores([e.text for e in background]).max(1)
    return [e for e, score in zip(background, top, strict=True) if score <= TOO_LIKE]


class _Aside(NamedTuple):
    """What was said of each row when it was not learnt from; `judged` are the rows of which that is known."""

    of_words: Floats
    of_both: Floats
    judged: npt.NDArray[np.bool_]


def _kept_aside(rows: Sequence[Example], topics: Sequence[int], senses: Floats, vectors: Floats | None) -> _Aside:
    words, true = np.zeros((len(rows), len(topics)), np.float32), _true(rows, topics)
    both = words.copy()
    judged = np.zeros(len(rows), bool)
    part_of = _parts(rows)
    for part in range(PARTS):
        out = part_of == part
        if judged.sum() >= MOST_JUDGED or not out.any() or out.all():
            break
        learnt = _fit([row for row, is_out in zip(rows, out, strict=True) if not is_out], topics)
        words[out] = learnt.scores([row.text for row, is_out in zip(rows, out, strict=True) if is_out])
        words[out] += learn_meaning(senses[~out], true[~out], weight=OF_SENSE).scores(senses[out])
        both[out] = words[out]
        if vectors is not None:
            both[out] += learn_meaning(vectors[~out], true[~out]).scores(vectors[out])
        judged |= out
    return _Aside(words, both, judged)


def _parts(rows: Sequence[Example]) -> npt.NDArray[np.intp]:
    """The examples of each topic are dealt out one by one, in an order that only their words decide."""
    order = sorted(range(len(rows)), key=lambda n: (zlib.crc32(rows[n].text.encode("utf-8", "replace")), rows[n].text))
    dealt: dict[int | None, int] = {}
    part = np.zeros(len(rows), np.intp)
    for n in order:
        part[n] = dealt.get(rows[n].topic, 0) % PARTS
        dealt[rows[n].topic] = dealt.get(rows[n].topic, 0) + 1
    return part


def _true(rows: Sequence[Example], topics: Sequence[int]) -> Floats:
    """[rows, topics] of 1 and 0."""
    place = {topic: n for n, topic in enumerate(topics)}
    true = np.zeros((len(rows), len(topics)), np.float32)
    for n, row in enumerate(rows):
        if row.topic is not None:
            true[n, place[row.topic]] = 1
    return true


def _threshold(
    rows: Sequence[Example], topics: Sequence[int], scores: Floats, judged: npt.NDArray[np.bool_], let_in: float
) -> tuple[float, dict[int, tuple[int, int]]]:
    """The lowest score at which no more than `let_in` of what belongs to no topic is taken for one, and what is recognised at it."""
    none = np.array([row.topic is None for row in rows])
    top, best = scores.max(1), scores.argmax(1)
    out = np.sort(top[none & judged])
    right = np.array([row.topic is not None and topics[b] == row.topic for row, b in zip(rows, best, strict=True)])
    if len(out):
        bar = float(np.nextafter(out[min(len(out) - 1, int(np.ceil(len(out) * (1 - let_in))) - 1)], np.float32(np.inf)))
    else:  # nothing is known of what belongs nowhere: nine in ten of the examples get in
        known = np.sort(top[judged & right])
        bar = float(known[len(known) // 10]) if len(known) else 0.0
    recognised = {}
    for topic in topics:
        its = judged & np.array([row.topic == topic for row in rows])
        recognised[topic] = (int((its & right & (top >= bar)).sum()), int(its.sum()))
    return bar, recognised
