"""How a text sounds: a linear model over hashed n-grams, with the words that weighed most.

The weights are trained on public rows (docs/algorithms/sentiment.md is their card). The model knows tone, not companies:
rules/sentiment.py decides together with what the words say about the offer.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.hashing import Bag, bag_of

BATCH = 512  # texts at a time: the buffers then stay in the processor's cache
NEGATIVE, NEUTRAL, POSITIVE = range(3)
LOUDEST = 3  # words that are shown as evidence
AT_SIGN = ord("@")  # handles stand for people, not for what is said

Scores = npt.NDArray[np.float32]


class Tone:
    """`table` [rows, 4]: a weight per output and the squared idf; `bias` [3]."""

    def __init__(self, table: Scores, bias: Scores) -> None:
        self._table = np.ascontiguousarray(table, np.float32)
        self._bias = bias

    def scores(self, texts: Sequence[str]) -> Scores:
        """[texts, 3]: negative, neutral, positive; above 0 speaks for it. An empty text scores the biases."""
        return self.read(texts)[0]

    def read(self, texts: Sequence[str]) -> tuple[Scores, list[tuple[str, ...]]]:
        """The scores, and per text at most three words that spoke most for its highest score, in their order."""
        scores = [np.zeros((0, 3), np.float32)]
        words: list[tuple[str, ...]] = []
        for start in range(0, len(texts), BATCH):
            bag = bag_of(texts[start : start + BATCH])
            some, of_tokens = self._weigh(bag)
            scores.append(some)
            words.extend(_loudest(bag, of_tokens, some.argmax(1)))
        return np.concatenate(scores), words

    def _weigh(self, bag: Bag) -> tuple[Scores, Scores]:
        """Scores of the texts, and of the tokens within them."""
        rows = np.concatenate([part[0] for part in bag.parts])
        tokens = np.concatenate([part[2] for part in bag.parts])
        gathered = self._table[rows]
        of_tokens = np.stack([np.bincount(tokens, gathered[:, k], len(bag.starts)) for k in range(4)], axis=1)
        totals = np.stack([np.bincount(bag.text_of_token, of_tokens[:, k], bag.count) for k in range(4)], axis=1)
        length = np.sqrt(np.maximum(totals[:, 3:], 1e-9))
        return (totals[:, :3] / length + self._bias).astype(np.float32), of_tokens[:, :3].astype(np.float32)


def _loudest(bag: Bag, of_tokens: Scores, winner: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
    """Per text the tokens that speak most for `winner` against the mean of the other two."""
    found: list[list[str]] = [[] for _ in range(bag.count)]
    chosen = winner[bag.text_of_token]
    speaks = of_tokens[np.arange(len(chosen)), chosen] * 1.5 - of_tokens.sum(1) / 2
    long_enough = (bag.ends - bag.starts) > 2
    a_word = np.frombuffer(bag.buffer, np.uint8)[bag.starts] != AT_SIGN if len(bag.starts) else long_enough
    speaking = np.flatnonzero((speaks > 0) & long_enough & a_word & (chosen != NEUTRAL))
    order = speaking[np.lexsort((-speaks[speaking], bag.text_of_token[speaking]))]
    text = bag.text_of_token[order]
    rank = np.arange(len(order)) - np.searchsorted(text, text)
    for token in np.sort(order[rank < LOUDEST]).tolist():
        found[bag.text_of_token[token]].append(bag.word(token))
    return [tuple(words) for words in found]


@cache
def trained() -> Tone:
    """The weights that come with Heard."""
    with (files("heard.understanding") / "weights" / "sentiment.npz").open("rb") as file, np.load(file) as saved:
        return Tone(saved["table"].astype(np.float32), saved["bias"])
