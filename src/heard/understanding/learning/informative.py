"""Whether a post of a crisis tells anything: learnt from earlier crises, for one that has just begun. Pure."""

import html
import re
from collections.abc import Sequence

from heard.understanding.learning.linear import Floats, Head, fit
from heard.understanding.learning.shape import Shape

INFORMATIVE = "informative"
STRENGTH = 0.1  # a crisis has words of its own, which must not count for much in the next one
DIGIT = re.compile(r"\d")


def learn_informative(texts: Sequence[str], informative: Sequence[bool]) -> Head:
    """Above 0 speaks for it. Raises ValueError without texts."""
    labels = [(INFORMATIVE,) if tells else () for tells in informative]
    return fit([_bare(t) for t in texts], labels, classes=(INFORMATIVE,), strength=STRENGTH, base=Shape(), calibrated=False)


def scores_of(head: Head, texts: Sequence[str]) -> Floats:
    """[texts]"""
    return head.scores([_bare(t) for t in texts])[:, 0]


def _bare(text: str) -> str:
    """Which number it is differs from crisis to crisis; that there is one does not."""
    return DIGIT.sub("0", html.unescape(text))
