"""What was learned from voices about each verdict: how loud the words, what stands out (rules/signs.py) and the mood speak for it.

The words are columns of the heads (rules/heads.py). What is added here is small: one weight per sign and per output of the
heads that knows no verdicts, such as anger. docs/algorithms/verdicts.md tells how they are trained and what they are worth.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.heads import OUTPUTS
from heard.understanding.rules.signs import names
from heard.understanding.slots import KINDS

Floats = npt.NDArray[np.float32]

BASE = ("negative", "neutral", "positive", "offence", "anger", "joy", "optimism", "sadness", "irony")  # know no verdicts
JUDGED = (
    *KINDS,
    *("answer_due", "operational", "analytical"),
    *("urgency1", "urgency2", "urgency3"),
    *("complexity2", "complexity3"),
    "mixed",
)
FELT = ("feels negative", "feels neutral", "feels positive", "feels mixed")  # toward us; from signs and mood alone
ALL = (*JUDGED, *FELT)


class Weights(NamedTuple):
    """`signs` [signs, ALL], `base` [BASE, ALL] and `bias` [ALL], for the signs of `names`."""

    names: tuple[str, ...]
    signs: Floats
    base: Floats
    bias: Floats


class Learned:
    """Stateless, so it may be shared. Raises ValueError for weights of other signs than this version finds."""

    def __init__(self, weights: Weights) -> None:
        if weights.names != names():
            raise ValueError("These weights were trained for other signs: train them anew.")
        self._weights = weights
        self._base = [OUTPUTS.index(name) for name in BASE]
        self._judged = [OUTPUTS.index(name) for name in JUDGED]
        self._worth = {output: _speaking(weights.names, column) for output, column in zip(ALL, weights.signs.T, strict=True)}

    def scores(self, sounds: Floats, signs: Floats) -> Floats:
        """[voices, ALL]; above 0 speaks for it. `sounds` [voices, OUTPUTS] are the scores of the heads.

        No product of matrices: most signs are 0, BLAS would wake every core for the rest, and a voice alone would be rounded otherwise
        than among others.
        """
        found = np.einsum("vb,bo->vo", sounds[:, self._base], self._weights.base) + self._weights.bias
        voices, seen = np.nonzero(signs)
        if len(voices):
            worth = self._weights.signs.take(seen, 0) * signs[voices, seen][:, None]
            begins = np.append(0, (voices[1:] != voices[:-1]).nonzero()[0] + 1)
            found[voices[begins]] += np.add.reduceat(worth, begins)
        found[:, : len(JUDGED)] += sounds[:, self._judged]
        return found

    def speaking(self, output: str, cues: Iterable[str], hints: Iterable[str]) -> list[str]:
        """Those of the signs, hints with a "~" before them, that speak most for `output`: at most three, the loudest first."""
        worth, hinting = self._worth[output]
        heard = [(worth[cue], cue) for cue in cues if cue in worth]
        heard += [(hinting[cue], "~" + cue) for cue in hints if cue in hinting]
        return [sign for _, sign in (heard if len(heard) < 2 else sorted(heard, reverse=True)[:3])]


def _speaking(signs: Iterable[str], worth: Floats) -> tuple[dict[str, float], dict[str, float]]:
    """What the cues are worth that speak for something, and what the hints are."""
    speak = {name: float(one) for name, one in zip(signs, worth, strict=True) if one > 0}
    hints = {name[1:]: one for name, one in speak.items() if name[0] == "~"}
    return {name: one for name, one in speak.items() if name[0] != "~"}, hints


@cache
def learned() -> Learned:
    """The weights that come with Heard."""
    with (
        (files("heard.understanding") / "weights" / "verdicts.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as saved,
    ):
        names_ = tuple(str(name) for name in saved["names"])
        return Learned(Weights(names_, *(saved[part].astype(np.float32) for part in ("signs", "base", "bias"))))
