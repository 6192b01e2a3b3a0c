"""Themes that nobody named: voices that say much the same, found by their words, or by vectors of what they mean.

By words: what they mean roughly (rules/sense.py), and beside it, for words and languages of which that is not known, hashed n-grams
weighed by how rare they are, drawn together to their main directions (latent semantic analysis, by a randomised SVD, Halko et al.
2011). Then k-means on the sphere, several times,
the tightest of them taken. Telling words are those that a cluster has and the others have not (c-TF-IDF, Grootendorst 2022).
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.hashing import BITS, bag_of
from heard.understanding.rules.sense import sense

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

DIRECTIONS = 160
OF_DIRECTIONS = 0.7  # beside the sense of the words
SPARE = 40  # directions more while looking, so that those kept are right
PASSES = 3
NEIGHBOURS = 12
STEPS = 12
STARTS = 4
MOST_ROUNDS = 40
BATCH = 512
MANY = 300  # texts, from which on there are neighbours enough to go by
EACH = 12  # voices that a cluster has on average where nobody says how many clusters there are
SMALLEST = 5  # voices of a theme worth a name
TIGHT, TIGHT_IN_MEANING = 0.45, 0.55  # mean cosine to the middle of it: voices that share a language or one word stay below
NEAR, TRIMS = 0.4, 3  # cosine to the middle of those that stay in a theme, and how often it is worked out anew
TELLING = 6
WORD = re.compile(r"[^\W\d_][\w'’-]{2,}", re.UNICODE)
EVERYWHERE = 0.4  # a word in so large a share of the clusters tells nothing


class Theme(NamedTuple):
    """Places of voices that say much the same, the most typical first, and how near they are to their middle, 0..1."""

    places: tuple[int, ...]
    tightness: float


def themes(texts: Sequence[str], vectors: Floats | None = None) -> list[Theme]:
    """Those found in `texts`, the largest first; voices that are like no others are in none. `vectors` say what they mean."""
    if len(texts) < SMALLEST:
        return []
    points, tight = (directions(texts), TIGHT) if vectors is None else (_unit(vectors - vectors.mean(0)), TIGHT_IN_MEANING)
    drawn = points
    if (
        len(texts) > MANY
    ):  # the sense of words draws many together; whether they stay is judged by the words, since it also draws together
        drawn = smoothed(by_words(texts) if vectors is None else points)  # what is in one language
    labels = clusters(drawn, max(2, round(len(texts) / EACH)))
    found = [_theme(points, np.flatnonzero(labels == label)) for label in np.unique(labels)]
    return sorted(
        (t for t in found if len(t.places) >= SMALLEST and t.tightness >= tight), key=lambda t: (-len(t.places), t.places)
    )


def _theme(points: Floats, members: Places) -> Theme:
    """Of what was drawn together, only those that are near its middle: k-means leaves nobody out, and most voices are in no theme."""
    for _ in range(TRIMS):
        near = _near(points[members])
        if (near >= NEAR).sum() < SMALLEST:
            break
        members = members[near >= NEAR]
    near = _near(points[members])
    order = np.lexsort((members, -near))
    return Theme(tuple(members[order].tolist()), float(near.mean()))


def _near(points: Floats) -> Floats:
    """How near each is to the middle of them all."""
    return points @ _unit(points.sum(0, keepdims=True))[0]


def halves(texts: Sequence[str], vectors: Floats | None = None) -> tuple[list[int], list[int]]:
    """The places of two parts, the larger first: how a topic could be split."""
    if len(texts) < 2:
        return list(range(len(texts))), []
    labels = clusters(by_words(texts) if vectors is None else vectors, 2)
    parts = [np.flatnonzero(labels == label).tolist() for label in (0, 1)]
    larger, smaller = sorted(parts, key=lambda part: (-len(part), part))
    return larger, smaller


def clusters(points: Floats, count: int) -> Places:
    """[texts]: the number of the cluster of each. `points` [texts, dimensions] have length 1. Deterministic."""
    count = min(count, len(points))
    tries = [_k_means(points, count, np.random.default_rng(start)) for start in range(STARTS)]
    return max(tries, key=lambda made: made[1])[0]


def smoothed(points: Floats) -> Floats:
    """Each text moves towards those it is most like, again and again: themes draw together, and what lies between them clears.

    A walk on the graph of nearest neighbours, as UMAP and spectral clustering see it, at the price of some sums."""
    near = min(NEIGHBOURS, len(points) - 1)
    if near < 1:
        return points
    places = np.zeros((len(points), near), np.intp)
    weights = np.zeros((len(points), near), np.float32)
    for start in range(0, len(points), BATCH):
        part = slice(start, min(start + BATCH, len(points)))
        alike = points[part] @ points.T
        alike[np.arange(len(alike)), np.arange(part.start, part.stop)] = -1
        places[part] = np.argpartition(-alike, near - 1, axis=1)[:, :near]
        weights[part] = np.maximum(np.take_along_axis(alike, places[part], axis=1), 0) ** 2
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    moved = points
    for _ in range(STEPS):
        moved = _unit(moved + np.einsum("nk,nkd->nd", weights, moved[places], optimize=True))
    return moved


def _k_means(points: Floats, count: int, dice: np.random.Generator) -> tuple[Places, float]:
    """(labels, how near everything is to its middle)."""
    middles = _far_apart(points, count, dice)
    labels = np.full(len(points), -1)
    for _ in range(MOST_ROUNDS):
        near = points @ middles.T
        before, labels = labels, near.argmax(1)
        if (before == labels).all():
            break
        sums = np.zeros_like(middles)
        np.add.at(sums, labels, points)
        empty = np.flatnonzero(np.bincount(labels, minlength=count) == 0)
        if len(empty):  # it begins anew with what is worst off
            sums[empty] = points[np.argsort(near.max(1), kind="stable")[: len(empty)]]
        middles = _unit(sums)
    return labels, float((points @ middles.T).max(1).mean())


def _far_apart(points: Floats, count: int, dice: np.random.Generator) -> Floats:
    """The first middles: each a text, likely one that is far from those before it (k-means++)."""
    chosen = [int(dice.integers(len(points)))]
    far = 1 - points @ points[chosen[0]]
    for _ in range(count - 1):
        odds = np.maximum(far, 0).astype(np.float64)
        total = odds.sum()
        chosen.append(int(dice.choice(len(points), p=odds / total)) if total > 0 else int(dice.integers(len(points))))
        far = np.minimum(far, 1 - points @ points[chosen[-1]])
    return points[chosen].copy()


def by_words(texts: Sequence[str]) -> Floats:
    """[texts, dimensions], each of length 1: what they mean and how they are worded."""
    meant = sense()(texts)
    return _unit(np.concatenate([_unit(meant - meant.mean(0)), OF_DIRECTIONS * directions(texts)], axis=1))


def directions(texts: Sequence[str], most: int = DIRECTIONS) -> Floats:
    """[texts, at most `most`], each of length 1: where each text points among what all of them talk about."""
    weighed = _Weighed.of(texts)
    width = min(most + SPARE, len(texts), weighed.width)
    found = np.random.default_rng(0).standard_normal((weighed.width, width)).astype(np.float32)
    for _ in range(PASSES):
        found = np.linalg.qr(weighed.back(np.linalg.qr(weighed.times(found))[0]))[0]
    left, sizes, _ = np.linalg.svd(weighed.times(found), full_matrices=False)
    kept = min(most, len(sizes))
    return _unit((left[:, :kept] * np.sqrt(sizes[:kept])).astype(np.float32))


class _Weighed(NamedTuple):
    """Texts as rows of weighed features, ordered by text: [texts, width] that is nearly everywhere 0."""

    text: Places
    column: Places
    value: Floats
    texts: int
    width: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "_Weighed":
        keys = [
            (text + start << BITS) + rows
            for start in range(0, len(texts), BATCH)
            for rows, text, _ in bag_of(texts[start : start + BATCH]).parts
        ]
        found, times = np.unique(np.concatenate(keys), return_counts=True)
        text, row = found >> BITS, found & (1 << BITS) - 1
        seen = np.bincount(row, minlength=1 << BITS)
        useful = (seen[row] > 1) & (seen[row] <= max(2 * SMALLEST, len(texts) // 5))
        text, row, times = text[useful], row[useful], times[useful]
        rows, column = np.unique(row, return_inverse=True)
        value = (1 + np.log(times)) * np.log(len(texts) / seen[rows])[column]
        length = np.sqrt(np.maximum(np.bincount(text, value**2, len(texts)), 1e-9))
        return cls(text, column, (value / length[text]).astype(np.float32), len(texts), max(1, len(rows)))

    def times(self, other: Floats) -> Floats:
        """[texts, k] for `other` [width, k]."""
        return _summed(self.value, self.column, self.text, other, self.texts)

    def back(self, other: Floats) -> Floats:
        """[width, k] for `other` [texts, k]."""
        order = np.argsort(self.column, kind="stable")
        return _summed(self.value[order], self.text[order], self.column[order], other, self.width)


def _summed(value: Floats, place: Places, into: Places, other: Floats, size: int) -> Floats:
    """Sums of value x other[place] by `into`, which ascends; some columns at a time, so that it stays small."""
    out = np.zeros((size, other.shape[1]), np.float32)
    begins = np.flatnonzero(np.diff(into, prepend=-1))
    if len(begins):
        for start in range(0, other.shape[1], 16):
            part = other[:, start : start + 16]
            out[into[begins], start : start + 16] = np.add.reduceat(part[place] * value[:, None], begins)
    return out


def telling_words(groups: Sequence[Sequence[str]], most: int = TELLING) -> list[list[str]]:
    """For each group of texts the words that say what it is about, the most telling first, as most of them write it."""
    counts = [_texts_with_each_word(group) for group in groups]
    in_groups = Counter(word for count in counts for word in count)
    limit = max(1, round(EVERYWHERE * len(groups)))
    totals = Counter[str]()
    for count in counts:
        totals.update(count)
    return [_most_telling(count, len(group), in_groups, totals, limit, most) for count, group in zip(counts, groups, strict=True)]


def _texts_with_each_word(group: Sequence[str]) -> Counter[str]:
    return Counter(word for text in group for word in {found.lower() for found in WORD.findall(text)})


def _most_telling(
    count: Counter[str], size: int, in_groups: Counter[str], totals: Counter[str], limit: int, most: int
) -> list[str]:
    scores = {
        word: times * times / totals[word] * np.log(1 + len(word)) / (1 + max(0, in_groups[word] - limit))
        for word, times in count.items()
        if times >= min(2, size)
    }
    return sorted(scores, key=lambda word: (-scores[word], word))[:most]


def _unit(points: Floats) -> Floats:
    return (points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)).astype(np.float32)
