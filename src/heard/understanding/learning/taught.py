"""A head that was taught by corrections: learnt, asked, kept as bytes. Pure; the same corrections give the same bytes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from heard.understanding.learning.linear import Floats, Head, fit
from heard.understanding.learning.signs import Signs, in_the_order_of, seen_from, signs_of
from heard.understanding.learning.values import classes_of, labels_of, said_in, values_of
from heard.understanding.rules.hashing import Bag
from heard.understanding.slots import Reading

LEAST = 20  # corrections of a field to learn anything from
LEAST_OF_A_CLASS = 5  # for and against
STRENGTH = 0.3  # C; chosen on the airline rows of four brands with a fifth left out
PATH_SAYS = 0.3  # how much a voice counts that nobody corrected, next to one that somebody did


class TooFew(Exception):
    """There is too little to learn from; the text says how much there is. Nothing was changed."""


class Lesson(NamedTuple):
    """A voice with what is true of one field. `weight`: 1 where a person said so, less where nobody contradicted the path."""

    words: str
    reading: Reading  # of the path without anything learnt
    value: Any
    weight: float = 1.0


class _Saved(msgspec.Struct):
    field: str
    columns: tuple[str, ...]
    taught: tuple[bool, ...]
    lessons: int
    head: bytes


class Taught:
    """Safe to share. `taught` says of each class whether there was enough to judge it by."""

    def __init__(self, field: str, head: Head, *, columns: Sequence[str], taught: Sequence[bool], lessons: int) -> None:
        self.field, self.head, self.lessons = field, head, lessons
        self.columns, self.taught = tuple(columns), np.array(taught, bool)

    def values(
        self, words: Sequence[str], readings: Sequence[Reading], signs: Floats, bags: Sequence[Bag] | None = None
    ) -> list[Any]:
        """What each voice has in the field; `signs` are those of `readings`, `bags` the features of `words`."""
        scores = self.head.scores(words, in_the_order_of(self.columns, seen_from(self.field, signs)), bags)
        return values_of(self.field, scores, [said_in(self.field, r) for r in readings], self.taught)

    def evidence(self, words: str, value: Any) -> tuple[str, ...]:
        """Those of `words` that spoke most for `value`, which is one of a set where the field is a set."""
        classes = labels_of(self.field, [value] if self.field == "kinds" else value)
        if classes:
            return self.head.loudest(words, list(classes)[-1])
        return self.head.loudest(words, classes_of(self.field)[0], against=True)

    def to_bytes(self) -> bytes:
        return msgspec.msgpack.encode(
            _Saved(self.field, self.columns, tuple(self.taught.tolist()), self.lessons, self.head.to_bytes())
        )

    @classmethod
    def from_bytes(cls, saved: bytes) -> "Taught":
        """Raises ValueError for bytes that are none."""
        try:
            parts = msgspec.msgpack.decode(saved, type=_Saved)
        except msgspec.DecodeError as error:
            raise ValueError("These bytes are no head that was taught.") from error
        head = Head.from_bytes(parts.head, base=Signs(np.zeros((0, len(parts.columns)), np.float32), parts.columns))
        return cls(parts.field, head, columns=parts.columns, taught=parts.taught, lessons=parts.lessons)


def teach(field: str, lessons: Sequence[Lesson], *, signs: Floats | None = None, least: int = LEAST) -> Taught:
    """Raises TooFew. `signs` of the readings in `lessons`, where they are known already."""
    said = [lesson for lesson in lessons if lesson.weight >= 1]
    if len(said) < least:
        raise TooFew(f"{field}: {len(said)} corrections; {least} are needed to learn from.")
    classes = classes_of(field)
    taught = _taught(field, [lesson.value for lesson in said], classes)
    if not any(taught):
        raise TooFew(f"{field}: no value was given {LEAST_OF_A_CLASS} times, and as often not.")
    base = Signs(seen_from(field, signs_of([lesson.reading for lesson in lessons]) if signs is None else signs))
    head = fit(
        [lesson.words for lesson in lessons],
        [labels_of(field, lesson.value) for lesson in lessons],
        classes=classes,
        strength=STRENGTH,
        base=base,
        weights=[lesson.weight for lesson in lessons],
        balanced=True,
        calibrated=False,
    )
    return Taught(field, head, columns=base.classes, taught=taught, lessons=len(said))


def _taught(field: str, values: Sequence[Any], classes: Sequence[str]) -> list[bool]:
    times = Counter(name for value in values for name in labels_of(field, value))
    return [min(times[name], len(values) - times[name]) >= LEAST_OF_A_CLASS for name in classes]
