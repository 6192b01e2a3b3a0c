"""What a text sounds like, many questions at once: linear heads over hashed n-grams, with the words that weighed most.

The weights are trained on public rows and on voices of our own (docs/algorithms/understanding.md is their card). They know how people
talk, not companies: rules/sentiment.py and rules/kinds.py decide together with what the words say about the offer.
"""

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.weighed import Spoken, Sums, Table, Words

FEELINGS = ("negative", "neutral", "positive")  # these have a finer table of their own
OTHERS = (
    *("offence", "anger", "joy", "optimism", "sadness", "irony"),
    *("support", "sales", "praise", "product", "marketing", "community", "risk", "spam"),
    *("answer_due", "operational", "analytical"),
    *("urgency1", "urgency2", "urgency3"),  # at least so urgent
    *("complexity2", "complexity3"),  # at least medium, at least high
    *("mixed", "hinglish"),
)
OUTPUTS = (*FEELINGS, *OTHERS)

BATCH = 512  # texts at a time: the buffers then stay in the processor's cache
NEGATIVE, NEUTRAL, POSITIVE = range(3)
LOUDEST = 3  # words that are shown as evidence

Scores = npt.NDArray[np.float32]


FOREIGN = frozenset(("ar", "de", "es", "fr", "hi", "it", "pt"))  # have words of their own in the table of feelings


class Tables(NamedTuple):
    """What was trained.

    `fine` [2**FINE, 4] and `coarse` [2**BITS, others] are whole numbers, `unit` [4 + others] what one of them is worth in each column; the
    fourth column is the squared idf, by which all the others are made as long as one. `bias` [3 + others]. Where a text is in one of
    FOREIGN, `foreign` [2**FINE, 4] with its own unit [3] and bias [3] stands in for the first three columns (rules/weighed.py).
    """

    fine: Table
    coarse: Table
    foreign: Table
    unit: Scores
    bias: Scores
    foreign_unit: Scores
    foreign_bias: Scores
    trust: Scores  # [2]: lead and constant of the logistic curve that says how often a feeling is right


class Heads:
    """Safe to share."""

    def __init__(self, tables: Tables, outputs: Sequence[str] = OUTPUTS) -> None:
        self.tables, self.outputs = tables, tuple(outputs)
        self._unit = {"": tables.unit.astype(np.float64)}
        self._bias = {"": tables.bias}
        self._words = {"": Words(tables.fine, tables.coarse)}
        self._lead, self._even = tables.trust.tolist()
        self._one_at_a_time = Lock()

    def scores(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> dict[str, Scores]:
        """{output: [texts]}; above 0 speaks for it. An empty text scores the biases."""
        found = self.matrix(texts, languages)
        return {name: found[:, n] for n, name in enumerate(self.outputs)}

    def matrix(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Scores:
        """[texts, outputs]"""
        return self.read(texts, languages, evidence=False)[0]

    def read(
        self, texts: Sequence[str], languages: Sequence[str] | None = None, *, evidence: bool = True
    ) -> tuple[Scores, list[tuple[str, ...]]]:
        """The scores [texts, outputs], and per text at most three words that spoke most for its feeling, in their order. `languages` is
        what each is written in, if one knows; romanised Hindi is found out here."""
        scores = np.zeros((len(texts), len(self.outputs)), np.float32)
        words: list[tuple[str, ...]] = [()] * len(texts)
        with self._one_at_a_time:
            for language, at in _by_language(languages or [""] * len(texts)).items():
                for start in range(0, len(at), BATCH):
                    some = at[start : start + BATCH]
                    scores[some] = self._read(texts, some, language, words if evidence else None)
            hindi = self._hindi(scores, languages) if languages else []
            if hindi:
                scores[hindi, :3] = self._read(texts, hindi, "hi", words if evidence else None)[:, :3]
        return scores, words

    def _hindi(self, scores: Scores, languages: Sequence[str]) -> list[int]:
        """The places of those that sound like Hindi and were taken for something that has no words of its own."""
        if "hinglish" not in self.outputs:
            return []
        sounding = np.flatnonzero(scores[:, self.outputs.index("hinglish")] > 0).tolist()
        return [n for n in sounding if languages[n] not in FOREIGN]

    def _read(self, texts: Sequence[str], at: Sequence[int], language: str, said: list[tuple[str, ...]] | None) -> Scores:
        """The scores of those `at` these places; what spoke most for the feeling of each is put where it belongs in `said`."""
        if language not in self._words:
            self._words[language] = Words(self.tables.fine, self.tables.coarse, self.tables.foreign, language)
            self._bias[language] = np.concatenate([self.tables.foreign_bias, self.tables.bias[3:]])
            self._unit[language] = np.concatenate([self.tables.foreign_unit.astype(np.float64), self._unit[""][3:]])
        words = self._words[language]
        spoken = words.spoken([texts[n] for n in at])
        unit = self._unit[language]
        scores = _scores(spoken.totals, unit, self._bias[language])
        if said is not None:
            for n, loud in zip(at, _loudest(words, spoken, unit[:3], scores[:, :3].argmax(1)), strict=True):
                said[n] = loud
        return scores

    def sure(self, lead: float) -> float:
        """The chance that a feeling is right that leads the next one by so much; measured on rows that nothing was trained on."""
        return 1 / (1 + math.exp(-(self._lead * lead + self._even)))

    def knowing(self, *names: str) -> "Some":
        """Only these outputs, as a base to learn further from (learning/linear.py)."""
        return Some(self, names)


class Some:
    """A few outputs of the heads, named `classes`."""

    def __init__(self, heads: Heads, names: Sequence[str]) -> None:
        self.classes = tuple(names)
        self._heads = heads
        self._at = [heads.outputs.index(name) for name in names]

    def scores(self, texts: Sequence[str]) -> Scores:
        """[texts, classes]"""
        return self._heads.matrix(texts)[:, self._at]


def _by_language(languages: Sequence[str]) -> dict[str, list[int]]:
    """{language: places} of texts whose feelings are read by their own words; "" for all others."""
    found: dict[str, list[int]] = {}
    for n, language in enumerate(languages):
        found.setdefault(language if language in FOREIGN else "", []).append(n)
    return found


def _scores(totals: Sums, unit: npt.NDArray[np.float64], bias: Scores) -> Scores:
    worth = totals * unit
    worth /= np.sqrt(np.maximum(worth[:, 3:4], 1e-9))
    return (np.concatenate([worth[:, :3], worth[:, 4:]], axis=1) + bias).astype(np.float32)


def _loudest(words: Words, spoken: Spoken, unit: npt.NDArray[np.float64], winner: npt.NDArray[np.intp]) -> list[tuple[str, ...]]:
    """Per text the tokens that speak most for `winner` against the mean of the other two."""
    text_of_word = (spoken.rows == 0).cumsum() - 1
    chosen = winner[text_of_word]
    tokens, place, weights = words.tokens(spoken, ((chosen != NEUTRAL) & (spoken.rows > 0)).nonzero()[0])
    of_token = weights * unit
    speaks = of_token[np.arange(len(tokens)), chosen[place]] * 1.5 - of_token.sum(1) / 2
    speaking = ((speaks > 0) & words.can_be_shown(tokens)).nonzero()[0]
    order = speaking[np.lexsort((-speaks[speaking], text_of_word[place[speaking]]))]
    text = text_of_word[place[order]]
    rank = np.arange(len(order)) - text.searchsorted(text)
    found: list[list[str]] = [[] for _ in winner]
    loudest = np.sort(order[rank < LOUDEST])
    for text_, token in zip(text_of_word[place[loudest]].tolist(), tokens[loudest].tolist(), strict=True):
        found[text_].append(words.written(token))
    return [tuple(some) for some in found]


@cache
def trained() -> Heads:
    """The weights that come with Heard."""
    with (files("heard.understanding") / "weights" / "heads.npz").open("rb") as file, np.load(file, allow_pickle=False) as saved:
        return Heads(Tables(*(saved[name] for name in Tables._fields)), [str(name) for name in saved["outputs"]])
