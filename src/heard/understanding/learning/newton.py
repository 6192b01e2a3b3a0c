"""Solves the squared hinge for a few classes: by Newton's steps, each found with conjugate gradients (Keerthi and DeCoste 2005). Pure.

Where classes are few this is several times as fast as going through the texts one by one, because numpy takes all texts in one go.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

MOST_STEPS = 12
MOST_TURNS = 25  # of the conjugate gradients, for one step
CLOSE_ENOUGH = 0.02  # of the first slope
NEARLY = 0.25  # of a slope: so exactly is a step looked for
LEAST_STEP = 1e-3
FEW = 0.5  # of the texts


class Part(NamedTuple):
    """Some texts of a matrix, for few products: what stands in `columns` of each, one after the other."""

    columns: npt.NDArray[np.int32]
    values: Floats
    texts: Places  # the place among them that each value belongs to
    starts: Places
    shape: tuple[int, int]

    def times(self, weights: Floats) -> Floats:
        return np.add.reduceat(weights[self.columns] * self.values, self.starts)

    def back(self, pulls: Floats) -> Floats:
        return np.bincount(self.columns, pulls[self.texts] * self.values, self.shape[1]).astype(np.float32)


class Sparse(NamedTuple):
    """A matrix [texts, columns] twice: by text and by column, so that both products are one gather and one sum of runs."""

    columns: npt.NDArray[np.int32]
    by_text: Floats
    text_starts: Places
    texts: npt.NDArray[np.int32]
    by_column: Floats
    column_starts: Places
    filled: Places  # columns that have any value
    shape: tuple[int, int]

    def times(self, weights: Floats) -> Floats:
        """[texts]"""
        return np.add.reduceat(weights[self.columns] * self.by_text, self.text_starts)

    def back(self, pulls: Floats) -> Floats:
        """[columns]: the transposed product."""
        found = np.zeros(self.shape[1], np.float32)
        found[self.filled] = np.add.reduceat(pulls[self.texts] * self.by_column, self.column_starts)
        return found

    def part(self, texts: Places) -> Part:
        """At least one of the texts, by their places, ascending."""
        ends = np.append(self.text_starts[1:], len(self.columns))
        count = ends[texts] - self.text_starts[texts]
        starts = np.cumsum(count) - count
        at = np.repeat(self.text_starts[texts] - starts, count) + np.arange(count.sum())
        owner = np.repeat(np.arange(len(texts)), count)
        return Part(self.columns[at], self.by_text[at], owner, starts, (len(texts), self.shape[1]))


def sparse(text: Places, column: Places, values: Floats, shape: tuple[int, int]) -> Sparse:
    """From the values ordered by text; every text has at least one."""
    order = np.argsort(column, kind="stable")
    sorted_columns = column[order]
    starts = np.flatnonzero(np.diff(sorted_columns, prepend=-1))
    return Sparse(
        columns=column.astype(np.int32),
        by_text=values,
        text_starts=np.flatnonzero(np.diff(text, prepend=-1)),
        texts=text[order].astype(np.int32),
        by_column=values[order],
        column_starts=starts,
        filled=sorted_columns[starts],
        shape=shape,
    )


def solved(x: Sparse, true: Floats, costs: Floats, begin: Floats, start: Floats | None = None) -> Floats:
    """[columns] that is least far from `begin` and from being wrong; `true` [texts] is 1 or -1, `costs` [texts] what a text may pull.

    Looking for it begins at `start`, if that is given: it is found sooner where few texts are wrong already.
    """
    w = (begin if start is None else start).copy()
    scores = x.times(w)
    first = None
    for _ in range(MOST_STEPS):
        lacks = 1 - true * scores
        slope = w - begin + x.back(np.where(lacks > 0, -2 * costs * true * lacks, 0).astype(np.float32))
        steep = float(np.linalg.norm(slope))
        first = steep if first is None else first
        if steep <= CLOSE_ENOUGH * first:
            break
        step = _step(x, slope, np.where(lacks > 0, 2 * costs, 0).astype(np.float32), NEARLY * steep)
        moves = x.times(step)
        length = _length(true, costs, scores, moves, w - begin, step, float(slope @ step))
        w += np.float32(length) * step
        scores = scores + np.float32(length) * moves
    return w


def _step(x: Sparse, slope: Floats, bends: Floats, enough: float) -> Floats:
    """The way downhill. Only texts that are wrong bend it; where they are few, only they are gone through."""
    wrong = np.flatnonzero(bends > 0)
    here: Sparse | Part = x
    if 0 < len(wrong) < FEW * len(bends):
        here, bends = x.part(wrong), bends[wrong]
    step = np.zeros_like(slope)
    rest, way = -slope, -slope
    size = float(rest @ rest)
    for _ in range(MOST_TURNS):
        bent = way + here.back(bends * here.times(way))
        share = np.float32(size / float(way @ bent))
        step, rest = step + share * way, rest - share * bent
        after = float(rest @ rest)
        if after <= enough**2:
            break
        way = rest + np.float32(after / size) * way
        size = after
    return step


def _length(true: Floats, costs: Floats, scores: Floats, moves: Floats, off: Floats, step: Floats, slope: float) -> float:
    """How far to go that way: the whole step, or half of it as often as it takes to come lower."""
    square, cross, own = float(step @ step), float(off @ step), float(off @ off)

    def height(length: float) -> float:
        lacks = np.maximum(1 - true * (scores + np.float32(length) * moves), 0)
        return 0.5 * (own + 2 * length * cross + length**2 * square) + float((costs * lacks**2).sum())

    here, length = height(0.0), 1.0
    while length > LEAST_STEP and height(length) > here + 1e-4 * length * slope:
        length /= 2
    return length
