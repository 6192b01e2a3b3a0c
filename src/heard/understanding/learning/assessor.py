"""What was learnt from corrections, as the last of the assessors: it changes what the path says where colleagues taught otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from heard.understanding.learning.in_use import in_use
from heard.understanding.learning.linear import bags_of
from heard.understanding.learning.signs import signs_of
from heard.understanding.learning.taught import Taught
from heard.understanding.learning.values import LEARNT, said_in
from heard.understanding.slots import Reading, Reason, Text

NAME = "learnt"


class Learnt:
    """Touches no field of which nothing was learnt."""

    def assess(self, texts: Sequence[Text], readings: Sequence[Reading]) -> None:
        now = in_use()
        for reading in readings:
            reading.version = now.number
        if now.heads:
            apply(now.heads, texts, readings)


def apply(heads: Mapping[str, Taught], texts: Sequence[Text], readings: Sequence[Reading]) -> None:
    """Let `heads` {field: head} have their say on what the path read."""
    words, signs = [text.words for text in texts], signs_of(readings)
    bags = bags_of(words)
    said = {field: heads[field].values(words, readings, signs, bags) for field in LEARNT if field in heads}
    for field, values in said.items():
        for n, (reading, value) in enumerate(zip(readings, values, strict=True)):
            if value != said_in(field, reading):
                _change(reading, field, value, heads[field], words[n])
    if not said.keys().isdisjoint(("answer_due", "urgency")):
        for reading in readings:
            _agree(reading, by_urgency="answer_due" not in said)


def _change(reading: Reading, field: str, value: Any, head: Taught, words: str) -> None:
    before = said_in(field, reading)
    setattr(reading, field, value)
    stands = value if isinstance(value, list) else [value]
    reading.reasons = [r for r in reading.reasons if r.field != field or r.value in map(_written, stands)]
    fresh = [one for one in stands if not isinstance(before, list) or one not in before]
    because = f"learnt from {head.lessons} corrections of colleagues"
    reading.reasons.extend(Reason(field, _written(one), because, head.evidence(words, one)) for one in fresh)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "none"


def _agree(reading: Reading, *, by_urgency: bool) -> None:
    """An answer is due exactly where there is urgency, as the guideline has it."""
    if by_urgency:
        reading.answer_due = reading.urgency > 0
    elif reading.answer_due:
        reading.urgency = max(1, reading.urgency)
    else:
        reading.urgency = 0
