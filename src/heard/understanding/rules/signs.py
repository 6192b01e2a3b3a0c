"""What stands out in a voice, as numbers: the cues and hints of rules/wording.py, where it was said, and how it looks.

The verdicts are learned from these and from the words (train/verdicts.py). Each sign can be shown: a cue or a hint by the
words that gave it.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.kinds import OPENNESS
from heard.understanding.rules.wording import Wording, lexicon
from heard.understanding.slots import Text

Signs = npt.NDArray[np.float32]

SEVERAL = 1.5  # what a hint counts for that stands there more than once
SHAPES = ("open", "review", "call", "article", "forum", "asks", "exclaims", "handle", "hashtag", "link", "loud", "figures")
LENGTHS = (25, 50, 90, 160, 260, 420)  # characters, from which on a voice counts as one step longer
FORUMS = frozenset(("forum", "discourse", "community"))
LOUD = re.compile(r"\b[A-ZÄÖÜÉÈÀÑ]{3,}\b.*\b[A-ZÄÖÜÉÈÀÑ]{4,}\b")
CAPITALS = re.compile(r"[A-ZÄÖÜÉÈÀÑ][A-ZÄÖÜÉÈÀÑ]{3}")  # without them nothing is loud
FIGURES = re.compile(r"\d\d\d")


@cache
def names() -> tuple[str, ...]:
    """The cues, the hints with a "~" before them, the shapes and the lengths."""
    cues, hints = lexicon().because, lexicon().hinted
    return (*cues, *(f"~{cue}" for cue in hints), *SHAPES, *(f"longer than {n}" for n in LENGTHS))


@cache
def _place() -> dict[str, int]:
    return {name: n for n, name in enumerate(names())}


def signs_of(wordings: Sequence[Wording], shapes: Sequence[Sequence[bool]], lengths: Sequence[int]) -> Signs:
    """[voices, names]: `shapes` in the order of SHAPES, `lengths` in characters."""
    place = _place()
    rows, columns, values = [], [], []
    for n, wording in enumerate(wordings):
        for cue in wording.found:
            rows.append(n)
            columns.append(place[cue])
            values.append(1.0)
        for cue, spots in wording.hints.items():
            rows.append(n)
            columns.append(place["~" + cue])
            values.append(1.0 if len(spots) == 1 else SEVERAL)
    found = np.zeros((len(wordings), len(place)), np.float32)
    found[rows, columns] = values
    after = len(place) - len(LENGTHS)
    found[:, after - len(SHAPES) : after] = np.array(shapes, np.float32).reshape(len(wordings), len(SHAPES))
    found[:, after:] = np.array(lengths).reshape(-1, 1) > np.array(LENGTHS)
    return found


def shapes_of(texts: Sequence[Text], wordings: Sequence[Wording], asks: Sequence[bool]) -> list[tuple[bool, ...]]:
    """[texts, SHAPES]; `asks` whether a question stands in each."""
    loud = _loud([text.text for text in texts])
    return [
        (
            text.visibility in OPENNESS,
            text.kind == "review",
            text.kind == "call",
            text.kind == "article",
            text.channel in FORUMS,
            with_a_mark,
            "!" in text.text,
            "@" in text.text,
            "#" in text.text,
            words.links > 0,
            n in loud,
            FIGURES.search(text.text) is not None,
        )
        for n, (text, words, with_a_mark) in enumerate(zip(texts, wordings, asks, strict=True))
    ]


def _loud(texts: Sequence[str]) -> set[int]:
    """The places of those with two words in capitals in one line. One look for so many capitals through all of them: few have any."""
    joined = "\n".join(texts)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    perhaps = {bisect_right(starts, m.start()) - 1 for m in CAPITALS.finditer(joined)}
    return {n for n in perhaps if LOUD.search(texts[n])}
