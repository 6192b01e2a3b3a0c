"""How a text sounds: a linear model over hashed n-grams, with the words that weighed most.

The weights are trained on public rows (docs/algorithms/sentiment.md is their card). The model knows tone, not companies:
rules/sentiment.py decides together with what the words say about the offer.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import Lock

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.weighed import Spoken, Words

BATCH = 512  # texts at a time: the buffers then stay in the processor's cache
NEGATIVE, NEUTRAL, POSITIVE = range(3)
LOUDEST = 3  # words that are shown as evidence

Scores = npt.NDArray[np.float32]


class Tone:
    """`table` [rows, 4]: a weight per output and the squared idf, of half precision; `bias` [3]. Safe to share."""

    def __init__(self, table: Scores, bias: Scores) -> None:
        self._words = Words(np.ascontiguousarray(table, np.float32))
        self._bias = bias
        self._one_at_a_time = Lock()

    def scores(self, texts: Sequence[str]) -> Scores:
        """[texts, 3]: negative, neutral, positive; above 0 speaks for it. An empty text scores the biases."""
        return self.read(texts)[0]

    def read(self, texts: Sequence[str]) -> tuple[Scores, list[tuple[str, ...]]]:
        """The scores, and per text at most three words that spoke most for its highest score, in their order."""
        scores = [np.zeros((0, 3), np.float32)]
        words: list[tuple[str, ...]] = []
        for start in range(0, len(texts), BATCH):
            with self._one_at_a_time:
                spoken = self._words.spoken(texts[start : start + BATCH])
                some = self._scores(spoken.totals)
                scores.append(some)
                words.extend(self._loudest(spoken, some.argmax(1)))
        return np.concatenate(scores), words

    def _scores(self, totals: npt.NDArray[np.float64]) -> Scores:
        length = np.sqrt(np.maximum(totals[:, 3:], 1e-9))
        return (totals[:, :3] / length + self._bias).astype(np.float32)

    def _loudest(self, spoken: Spoken, winner: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
        """Per text the tokens that speak most for `winner` against the mean of the other two."""
        text_of_word = np.repeat(np.arange(len(winner)), np.diff(spoken.begins, append=len(spoken.rows)))
        chosen = winner[text_of_word]
        tokens, place, weights = self._words.tokens(spoken, np.flatnonzero((chosen != NEUTRAL) & (spoken.rows > 0)))
        of_token = weights[:, :3].astype(np.float32)
        speaks = of_token[np.arange(len(tokens)), chosen[place]] * 1.5 - of_token.sum(1) / 2
        speaking = np.flatnonzero((speaks > 0) & self._words.can_be_shown(tokens))
        order = speaking[np.lexsort((-speaks[speaking], text_of_word[place[speaking]]))]
        text = text_of_word[place[order]]
        rank = np.arange(len(order)) - np.searchsorted(text, text)
        found: list[list[str]] = [[] for _ in winner]
        for at in np.sort(order[rank < LOUDEST]).tolist():
            found[text_of_word[place[at]]].append(self._words.written(tokens[at]))
        return [tuple(words) for words in found]


@cache
def trained() -> Tone:
    """The weights that come with Heard."""
    with (files("heard.understanding") / "weights" / "sentiment.npz").open("rb") as file, np.load(file) as saved:
        return Tone(saved["table"].astype(np.float32), saved["bias"])
