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


def solved(x: Sparse, true: Floats, costs: Floats, begin: Floats) -> Floats:
    """[columns] that is least far from `begin` and from being wrong; `true` [texts] is 1 or -1, `costs` [texts] what a text may pull."""
    w, scores = begin.copy(), x.times(begin)
    first = None
    for _ in range(MOST_STEPS):
        lacks = 1 - true * scores
        slope = w - begin + x.back(np.where(lacks > 0, -2 * costs * true * lacks, 0).astype(np.float32))
        steep = float(np.linalg.norm(slope))
        first = steep if first is None else first
        if steep <= CLOSE_ENOUGH * first:
            break
        step, moves = _step(x, slope, np.where(lacks > 0, 2 * costs, 0).astype(np.float32), NEARLY * steep)
        length = _length(true, costs, scores, moves, w - begin, step, float(slope @ step))
        w += np.float32(length) * step
        scores = scores + np.float32(length) * moves
    return w


def _step(x: Sparse, slope: Floats, bends: Floats, enough: float) -> tuple[Floats, Floats]:
    """(the way downhill, what it does to the scores)."""
    step, moves = np.zeros_like(slope), np.zeros(x.shape[0], np.float32)
    rest, way = -slope, -slope
    size = float(rest @ rest)
    for _ in range(MOST_TURNS):
        seen = x.times(way)
        bent = way + x.back(bends * seen)
        share = np.float32(size / float(way @ bent))
        step, moves, rest = step + share * way, moves + share * seen, rest - share * bent
        after = float(rest @ rest)
        if after <= enough**2:
            break
        way = rest + np.float32(after / size) * way
        size = after
    return step, moves


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
