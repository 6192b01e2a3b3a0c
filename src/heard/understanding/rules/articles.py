"""Which article answers a question: Okapi BM25 over its words without the small ones, with what letters and meaning add.

Words are taken at their stem, roughly; hashed pieces of words help where spelling or form differs, and vectors of words
(rules/sense.py) where other words say the same. With vectors of a model of meaning (understanding/semantic.py), whole sentences count
too. Everything is in memory: 10,000 articles take 35 MB.
docs/algorithms/topics.md
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.hashing import bag_of
from heard.understanding.rules.sense import sense

Floats = npt.NDArray[np.float32]

K1, B = 1.2, 0.75  # as most search engines have them (Robertson and Zaragoza 2009)
OF_BODY = 0.5  # what a word in the answer counts beside one in the title
OF_PIECES = 2.0  # how much the pieces of words count beside the words
OF_SENSE, OF_SENSE_OF_BODY = 4.0, 2.0
OF_MEANING, OF_MEANING_OF_BODY = 16.0, 12.0
BEGINNING = 500  # letters of a body
WORD = re.compile(r"[^\W_]+", re.UNICODE)
ENDINGS = ("ingly", "edly", "ings", "ies", "ing", "ed", "es", "ly", "s")
SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "am",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "und",
        "ist",
        "ich",
        "mein",
        "meine",
        "wie",
        "was",
        "wo",
        "zu",
        "mit",
        "von",
        "auf",
        "für",
        "den",
        "dem",
        "des",
        "im",
        "in",
        "es",
        "kann",
        "nicht",
    ]
)


class Shelf:
    """Articles to be searched: their titles, and what stands below them if that is told. Where there is a model of meaning, `vectors`
    [articles, dimensions], of length 1, are what it says of the titles, and `body_vectors` of `beginnings`."""

    def __init__(
        self,
        titles: Sequence[str],
        bodies: Sequence[str] = (),
        vectors: Floats | None = None,
        body_vectors: Floats | None = None,
    ) -> None:
        self._count = len(titles)
        self._titles = _Postings([stems(text) for text in titles])
        self._bodies = _Postings([stems(text) for text in bodies or [""] * len(titles)])
        self._pieces = _Pieces(titles)
        self._senses = OF_SENSE * sense()(titles)
        if bodies:
            self._senses += OF_SENSE_OF_BODY * sense()(bodies)
        self._meant = None if vectors is None else OF_MEANING * vectors
        if self._meant is not None and body_vectors is not None:
            self._meant = self._meant + OF_MEANING_OF_BODY * body_vectors

    def best(self, question: str, limit: int = 10, vector: Floats | None = None) -> list[int]:
        """Places of the articles that answer best, best first; of equals the earlier. Only those with something in common."""
        scores = self.scores(question, vector)
        order = np.lexsort((np.arange(self._count), -scores))[:limit]
        return [n for n in order.tolist() if scores[n] > 0]

    def scores(self, question: str, vector: Floats | None = None) -> Floats:
        """[articles]"""
        words = self.of_words(question)
        scores = words / max(float(words.max(initial=0)), 1e-9) + OF_PIECES * self._pieces.scores(question)
        scores += self._senses @ sense()([question])[0]
        if vector is not None and self._meant is not None:
            scores = scores + self._meant @ vector
        return scores.astype(np.float32)

    def of_words(self, question: str) -> Floats:
        """[articles]: BM25 alone."""
        words = stems(question)
        return self._titles.scores(words) + np.float32(OF_BODY) * self._bodies.scores(words)


def beginnings(titles: Sequence[str], bodies: Sequence[str]) -> list[str]:
    """What a model of meaning is asked about articles, beside their titles alone."""
    return [f"{title} {body[:BEGINNING]}" for title, body in zip(titles, bodies, strict=True)]


def stems(text: str) -> list[str]:
    """Its words without endings; the small ones only where there are no others."""
    words = [found.lower() for found in WORD.findall(text)]
    return [_stem(word) for word in words if word not in SMALL] or words


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class _Postings:
    """BM25: for each word the texts that have it and what it is worth there."""

    def __init__(self, texts: Sequence[list[str]]) -> None:
        self._count = len(texts)
        usual = max(1e-9, sum(map(len, texts)) / max(1, len(texts)))
        found: dict[str, list[tuple[int, float]]] = {}
        for n, words in enumerate(texts):
            room = K1 * (1 - B + B * len(words) / usual)
            for word, times in Counter(words).items():
                found.setdefault(word, []).append((n, times * (K1 + 1) / (times + room)))
        self._of = {word: self._weighed(places) for word, places in found.items()}

    def _weighed(self, places: list[tuple[int, float]]) -> tuple[npt.NDArray[np.intp], Floats]:
        rarity = np.log(1 + (self._count - len(places) + 0.5) / (len(places) + 0.5))
        return np.array([n for n, _ in places]), np.array([worth * rarity for _, worth in places], np.float32)

    def scores(self, words: Sequence[str]) -> Floats:
        scores = np.zeros(self._count, np.float32)
        for word in words:
            if word in self._of:
                places, worth = self._of[word]
                scores[places] += worth
        return scores


class _Pieces:
    """Cosines of hashed n-grams, as rules/hashing.py makes them, each weighed by how rare it is."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._count = len(texts)
        rows, owner, times = _counted(texts)
        kinds, column, seen = np.unique(rows, return_inverse=True, return_counts=True)
        self._kinds, self._idf = kinds, np.log(1 + len(texts) / seen).astype(np.float32)
        value = (1 + np.log(times)) * self._idf[column]
        value /= np.sqrt(np.maximum(np.bincount(owner, value**2, len(texts)), 1e-9))[owner]
        order = np.argsort(column, kind="stable")
        self._owner, self._value = owner[order], value[order].astype(np.float32)
        self._starts = np.concatenate([[0], np.cumsum(seen)])

    def scores(self, question: str) -> Floats:
        rows, _, times = _counted([question])
        at = np.minimum(np.searchsorted(self._kinds, rows), max(0, len(self._kinds) - 1))
        known = self._kinds[at] == rows if len(self._kinds) else np.zeros(len(rows), bool)
        at, worth = at[known], ((1 + np.log(times)) * 1.0)[known]
        worth = worth * self._idf[at]
        worth = worth / max(1e-9, float(np.sqrt((worth**2).sum())))
        scores = np.zeros(self._count)
        for column, weight in zip(at.tolist(), worth.tolist(), strict=True):
            places = slice(self._starts[column], self._starts[column + 1])
            scores[self._owner[places]] += weight * self._value[places]
        return scores.astype(np.float32)


def _counted(texts: Sequence[str]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """(feature, text, how often)."""
    found: list[npt.NDArray[np.intp]] = []
    for start in range(0, len(texts), 512):
        found += [(text + start << 32) + rows for rows, text, _ in bag_of(texts[start : start + 512]).parts]
    keys, times = np.unique(np.concatenate(found), return_counts=True) if found else (np.zeros(0, np.intp),) * 2
    return keys & (1 << 32) - 1, keys >> 32, times
