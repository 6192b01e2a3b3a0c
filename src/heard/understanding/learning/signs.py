"""What the path made of a voice before anybody was corrected, as numbers: the base that learning from corrections starts from. Pure.

Each class of each field is one column: where the path says so. A head begins with the columns of its own field and departs from
them only as far as corrections demand; of what the path never said in a corrected voice it learns nothing. Then come the scores of the
linear heads that ship with Heard, and the phrases that were found.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from heard.understanding.learning.linear import Floats
from heard.understanding.learning.values import LEARNT, classes_of, labels_of, said_in
from heard.understanding.rules.heads import OUTPUTS
from heard.understanding.rules.wording import lexicon
from heard.understanding.slots import Reading

SAYS = 1.5  # of the path about the field itself, in the unit of a margin
ELSEWHERE = 0.3  # about another field
PHRASE = 0.6  # of one that was found; more would let a handful of corrections hang on it


class Signs:
    """A base for learning/linear.py that was worked out already: `of` [texts, columns]."""

    def __init__(self, of: Floats, classes: Sequence[str] | None = None) -> None:
        self.classes = names() if classes is None else tuple(classes)
        self.of = of

    def scores(self, texts: Sequence[str]) -> Floats:
        return self.of


@cache
def names() -> tuple[str, ...]:
    """Of the columns. A head that was learnt remembers them, and finds its own again when later versions have others."""
    said = [name for field in LEARNT for name in classes_of(field)]
    return (*said, *(f"sounds {name}" for name in OUTPUTS), *(f"phrase {cue}" for cue in sorted(lexicon().because)))


@cache
def _columns() -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    place = {name: n for n, name in enumerate(names())}
    said = {(field, name): place[name] for field in LEARNT for name in classes_of(field)}
    return said, {name.removeprefix("phrase "): n for name, n in place.items() if name.startswith("phrase ")}


def signs_of(readings: Sequence[Reading]) -> Floats:
    """[readings, columns], for any field; see `seen_from`."""
    said, phrases = _columns()
    signs = np.zeros((len(readings), len(names())), np.float32)
    for n, reading in enumerate(readings):
        here = [
            said[field, name] for field in LEARNT for name in labels_of(field, said_in(field, reading)) if (field, name) in said
        ]
        signs[n, here] = 1
        signs[n, [phrases[cue] for cue in reading.wording.found if cue in phrases]] = PHRASE
        if reading.scores is not None:
            signs[n, len(said) : len(said) + len(OUTPUTS)] = reading.scores
    return signs


def seen_from(field: str, signs: Floats) -> Floats:
    """`signs` as a head of this field takes them."""
    said, _ = _columns()
    own = [said[field, name] for name in classes_of(field)]
    seen = signs.copy()
    seen[:, : len(said)] *= ELSEWHERE
    seen[:, own] = SAYS * signs[:, own]
    return seen


def in_the_order_of(wanted: Sequence[str], signs: Floats) -> Floats:
    """`signs` as a head wants them that was learnt when there were others; what is not known any more is 0."""
    if tuple(wanted) == names():
        return signs
    place = {name: n for n, name in enumerate(names())}
    at = np.array([place.get(name, -1) for name in wanted], np.intp)
    return np.where(at >= 0, signs[:, at], 0).astype(np.float32)
