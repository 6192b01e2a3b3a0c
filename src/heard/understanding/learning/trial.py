"""Whether what was learnt is better than what judged before: on corrections that it did not learn from. Pure."""

import zlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from math import sqrt
from statistics import fmean
from typing import Any

import msgspec
import numpy as np

from heard.understanding.learning.linear import Floats, Places
from heard.understanding.learning.signs import signs_of
from heard.understanding.learning.taught import Lesson, Taught, TooFew, teach
from heard.understanding.learning.values import labels_of, said_in

FOLDS = 3
LEAST_SEEN = 3  # times that a class has to occur to count
MOST_CHANGED = 0.3  # of the voices that nobody corrected; a head that wants more is shown to a person first
LEAST_SINCE = 20  # corrections made after the head in use was learnt, to hold the new one against it
FOR_95_PERCENT = 1.96

Teach = Callable[[str, Sequence[Lesson], Floats], Taught]


class Scores(msgspec.Struct, frozen=True):
    """`before` and `after` are F1, the mean over the classes that occur; both of `count` corrections that were held out."""

    count: int
    before: float  # what ships, without anything learnt
    after: float
    right_before: int  # of `count`
    right_after: int
    since_count: int  # corrections that the head in use was not learnt from
    since_used: float
    since_after: float
    changed: float  # share of the voices that nobody corrected on which it says something else
    is_better: bool  # or not worse: may be taken into use without asking
    why: str


def wilson(right: int, count: int) -> tuple[float, float]:
    """Where a share of `right` in `count` lies with 95 % confidence, 0..1. Wilson 1927; holds for small counts too."""
    if not count:
        return 0.0, 1.0
    z2, share = FOR_95_PERCENT**2, right / count
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = FOR_95_PERCENT / (1 + z2 / count) * sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def f1(field: str, true: Sequence[Any], said: Sequence[Any]) -> float:
    """Mean over the classes that occur at least LEAST_SEEN times, and for a yes or no over both. 0 where none does."""
    want, have = [_marks(field, value) for value in true], [_marks(field, value) for value in said]
    times, given = Counter(m for marks in want for m in marks), Counter(m for marks in have for m in marks)
    both = Counter(m for w, h in zip(want, have, strict=True) for m in set(w) & set(h))
    counted = [m for m, n in times.items() if n >= LEAST_SEEN] or list(times)
    return fmean(2 * both[m] / (times[m] + given[m]) for m in counted) if counted else 0.0


def _marks(field: str, value: Any) -> Collection[str]:
    """As classes, and none of them as one of its own."""
    return tuple(labels_of(field, value)) or ("none",)


def judged(
    field: str, lessons: Sequence[Lesson], *, used: Taught | None = None, unseen: Collection[int] = (), teach: Teach | None = None
) -> Scores:
    """Cross-validated on the corrections among `lessons`. `unseen` are places of those that `used` was not learnt from.

    Raises TooFew.
    """
    signs = signs_of([lesson.reading for lesson in lessons])
    said, aside = _held_out(field, lessons, signs, teach or _teach)
    places = sorted(said)
    true = [lessons[n].value for n in places]
    before = [said_in(field, lessons[n].reading) for n in places]
    after = [said[n] for n in places]
    since = [n for n in places if n in set(unseen)] if used else []
    since_used = _by(used, lessons, since, signs) if used and since else []
    found = {
        "count": len(places),
        "before": round(f1(field, true, before), 4),
        "after": round(f1(field, true, after), 4),
        "right_before": sum(a == b for a, b in zip(true, before, strict=True)),
        "right_after": sum(a == b for a, b in zip(true, after, strict=True)),
        "since_count": len(since),
        "since_used": round(f1(field, [lessons[n].value for n in since], since_used), 4),
        "since_after": round(f1(field, [lessons[n].value for n in since], [said[n] for n in since]), 4),
        "changed": round(aside, 4),
    }
    why = _against(found)
    return Scores(**found, is_better=not why, why=why or "no worse on what it did not learn from")


def _against(found: dict[str, Any]) -> str:
    """Why it is not taken into use; "" when nothing speaks against it."""
    if found["after"] < found["before"]:
        return "worse than what ships, on corrections that it did not learn from"
    if found["since_count"] >= LEAST_SINCE and found["since_after"] < found["since_used"]:
        return "worse than what is in use, on the corrections made since"
    if found["changed"] > MOST_CHANGED:
        return "says something else of many voices that nobody corrected"
    return ""


def _held_out(field: str, lessons: Sequence[Lesson], signs: Floats, teach: Teach) -> tuple[dict[int, Any], float]:
    """({place of a correction: what a head says of it that never saw it}, share of the other voices on which it disagrees)."""
    fold = np.array([zlib.crc32(lesson.words.encode("utf-8", "replace")) % FOLDS for lesson in lessons])
    said: dict[int, Any] = {}
    others = changed = 0
    for k in range(FOLDS):
        learn, hold = np.flatnonzero(fold != k), np.flatnonzero(fold == k).tolist()
        if not hold:
            continue
        for n, value in zip(hold, _taught_without(field, lessons, learn, hold, signs, teach), strict=True):
            if lessons[n].weight >= 1:
                said[n] = value
            else:
                others += 1
                changed += value != lessons[n].value
    if not said:
        raise TooFew(f"{field}: no correction is left to try it on.")
    return said, changed / others if others else 0.0


def _taught_without(
    field: str, lessons: Sequence[Lesson], learn: Places, hold: Sequence[int], signs: Floats, teach: Teach
) -> list[Any]:
    """What a head taught by `learn` says of `hold`; what the path says where that is too few."""
    try:
        head = teach(field, [lessons[n] for n in learn.tolist()], signs[learn])
    except TooFew:
        return [said_in(field, lessons[n].reading) for n in hold]
    return _by(head, lessons, hold, signs)


def _by(head: Taught, lessons: Sequence[Lesson], places: Sequence[int], signs: Floats) -> list[Any]:
    some = [lessons[n] for n in places]
    return head.values([lesson.words for lesson in some], [lesson.reading for lesson in some], signs[places])


def _teach(field: str, lessons: Sequence[Lesson], signs: Floats) -> Taught:
    return teach(field, lessons, signs=signs, least=1)
