"""Did everybody wait alike? Waiting times of one group against another, and what serving all in one order would change. Pure.

Who still waits counts: a group that is never answered would else look quick. Groups are compared as if they had had the same
urgencies in the same queues. docs/algorithms/fairness.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

FEWEST = 20  # in each group; of fewer nothing is said
DRAWS = 400  # of the bootstrap
SEED = 7
CONFIDENCE = 0.95


class Waited(NamedTuple):
    """One wait, in seconds since 1970; `ended` is None for who still waits. `like` names what it may be compared with."""

    started: float
    ended: float | None
    due: float
    queue: int
    like: tuple[int, int]  # queue, urgency


@dataclass(frozen=True)
class Typical:
    """How long a group waited: `seconds` is the median, None while fewer than half have been answered."""

    base: int
    still_waiting: int
    seconds: float | None


@dataclass(frozen=True)
class Difference:
    """How much sooner `one` was served than `other`, in seconds of the median, with what lies in 95 of 100 redrawn samples.

    None where it cannot be told: too few in a group, or half of one still waits."""

    one: Typical
    other: Typical
    sooner: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would hardly make it."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def typical(waits: Sequence[Waited], now: float) -> Typical:
    """As it was, without making groups alike."""
    if not waits:
        return Typical(0, 0, None)
    lengths, ended, _ = _by_length(waits, now)
    [median] = _medians(lengths, ended, np.ones((1, len(waits))))
    return Typical(len(waits), int((~ended).sum()), None if np.isinf(median) else float(median))


def difference(one: Sequence[Waited], other: Sequence[Waited], now: float) -> Difference:
    about = Difference(typical(one, now), typical(other, now))
    shared = {w.like for w in one} & {w.like for w in other}
    ours, theirs = [w for w in one if w.like in shared], [w for w in other if w.like in shared]
    if min(len(ours), len(theirs)) < FEWEST:
        return about
    share = {like: sum(w.like == like for w in (*ours, *theirs)) for like in shared}
    dice = np.random.default_rng(SEED)
    mine, yours = (_redrawn(group, share, now, dice) for group in (ours, theirs))
    if np.isinf(mine[0]) or np.isinf(yours[0]):
        return about
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(yours[1:] - mine[1:], nan=0.0)
    low, high = np.quantile(apart, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], method="nearest")
    return Difference(about.one, about.other, float(yours[0] - mine[0]), float(low), float(high))


def in_one_order(waits: Sequence[Waited], now: float) -> list[Waited]:
    """The same waits, had each queue served at the very same moments, always whoever was due first. In the order of `waits`.

    As many are served, at the same times: nobody works more. Only who is next changes."""
    served: dict[int, float] = {}
    for queue in {w.queue for w in waits}:
        mine = [n for n, w in enumerate(waits) if w.queue == queue]
        arrivals = sorted(mine, key=lambda n: waits[n].started)
        ends = sorted(end for n in mine if (end := waits[n].ended) is not None)
        standing: list[tuple[float, int]] = []
        come = 0
        for end in ends:
            while come < len(arrivals) and waits[arrivals[come]].started <= end:
                heappush(standing, (waits[arrivals[come]].due, arrivals[come]))
                come += 1
            served[heappop(standing)[1]] = end  # somebody stands there: whoever was served then had come before
    return [w._replace(ended=served.get(n)) for n, w in enumerate(waits)]


def _by_length(waits: Sequence[Waited], now: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(seconds waited until now or the answer, whether it was answered, its place in `waits`), the shortest first; of equal
    ones the answered first."""
    lengths = np.array([max(0.0, (now if w.ended is None else w.ended) - w.started) for w in waits])
    ended = np.array([w.ended is not None for w in waits])
    order = np.lexsort((~ended, lengths))
    return lengths[order], ended[order], order


def _redrawn(waits: Sequence[Waited], share: dict[tuple[int, int], int], now: float, dice: np.random.Generator) -> np.ndarray:
    """The median of the group, and of DRAWS samples of it, each weighted to the urgencies and queues of both groups together."""
    lengths, ended, order = _by_length(waits, now)
    likes = [waits[n].like for n in order]
    mine = {like: likes.count(like) for like in set(likes)}
    weight = np.array([share[like] / mine[like] for like in likes])
    drawn = np.vstack([np.ones(len(waits)), dice.multinomial(len(waits), [1 / len(waits)] * len(waits), size=DRAWS)])
    return _medians(lengths, ended, drawn * weight)


def _medians(lengths: np.ndarray, ended: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The moment by which half were answered, for each row of weights; infinite where fewer were. Kaplan and Meier 1958."""
    total = weights.sum(axis=1, keepdims=True)
    at_risk = total - np.cumsum(weights, axis=1) + weights
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(ended & (at_risk > 0), 1 - weights / at_risk, 1.0)
    waiting = np.cumprod(left, axis=1)
    reached = waiting <= 0.5 + 1e-12
    return np.where(reached.any(axis=1), lengths[reached.argmax(axis=1)], np.inf)
