"""A field of a verdict as classes that a linear head can tell apart, and back. Pure."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.corrections import CHOICES
from heard.understanding.slots import KINDS, Reading

LEARNT = (
    "sentiment",
    "kinds",
    "answer_due",
    "operational",
    "analytical",
    "urgency",
    "emotion",
    "complexity",
    "offence",
    "ironic",
)
STEPS = ("urgency1", "urgency2", "urgency3")  # at least so urgent
NO_EMOTION = "calm"  # the class of an empty value

# What a mistake costs differs: a voice taken for spam is seen by nobody, one whose risk is overlooked hurts. So much the score has to
# lead before a head says so where the path does not, and before it denies it where the path says so.
TO_SAY = {"spam": 0.6}
TO_DENY = {"risk": 0.6}

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


def classes_of(field: str) -> tuple[str, ...]:
    if field in CHOICES:
        return tuple(value or NO_EMOTION for value in CHOICES[field])
    if field == "kinds":
        return KINDS
    return STEPS if field == "urgency" else (field,)


def labels_of(field: str, value: Any) -> Collection[str]:
    """The classes that are true where the field has this value."""
    if field in CHOICES:
        return (value or NO_EMOTION,)
    if field == "kinds":
        return tuple(value)
    if field == "urgency":
        return STEPS[:value]
    return (field,) if value else ()


def values_of(field: str, scores: Floats, before: Sequence[Any], taught: Flags) -> list[Any]:
    """What each voice has in this field by `scores` [voices, classes]; `before` is what the path says. Only `taught` classes are judged."""
    if field in CHOICES:
        return [CHOICES[field][n] for n in scores.argmax(1).tolist()]
    classes = classes_of(field)
    was = np.array([[name in labels_of(field, value) for name in classes] for value in before], bool).reshape(scores.shape)
    says = scores > np.array([TO_SAY.get(name, 0.0) for name in classes])
    denies = scores < -np.array([TO_DENY.get(name, 0.0) for name in classes])
    true = np.where(taught & (says | denies), says, was)
    if field == "kinds":
        return [[name for name, holds in zip(classes, row, strict=True) if holds] for row in true.tolist()]
    if field == "urgency":
        return np.logical_and.accumulate(true, axis=1).sum(1).tolist()
    return true[:, 0].tolist()


def said_in(field: str, reading: Reading) -> Any:
    return getattr(reading, field)
