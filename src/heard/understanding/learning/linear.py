"""Learns a linear head from a few or many labelled texts, in numpy alone: what corrections, topics and reasons are learned by.

One against the rest with a squared hinge, by Newton's method (learning/newton.py). Texts are bags of hashed n-grams
(rules/hashing.py). A base, such as the heads that ship with Heard, gives its scores as further features; where it has an output of the same name as a class, learning starts from that output and only departs from it as
far as the texts demand. The same input gives the same bytes.

    head = fit(texts, labels, classes=("refund", "delivery"))
    head.scores(["where is my parcel"])         # [1, 2], above 0 speaks for it
    head = Head.from_bytes(head.to_bytes())
"""

import io
import zlib
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from heard.understanding.learning.newton import solved, sparse
from heard.understanding.rules.hashing import BITS, Bag, bag_of

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

BATCH = 512  # texts at a time: the buffers then stay in the processor's cache
MANY = 1000  # texts, from which on a feature that only one of them has is noise
RARE = 0.1  # of the texts are of a class
ASIDE = 5  # one text in so many, chosen by its words, tells how much a score is worth


class Base(Protocol):
    """What is known already: any scorer with named outputs."""

    @property
    def classes(self) -> Sequence[str]: ...

    def scores(self, texts: Sequence[str]) -> Floats:
        """[texts, classes]"""


class Head:
    """What was learned. `scores` and `confidence` may be asked from any thread.

    rows [f]: the hashed features it knows, ascending. table [f, classes + 1]: weight times idf per class, and the squared idf, of half
    precision. bias [classes]. mixing [outputs of the base, classes], empty without a base. temperature: what scores are divided by
    before they become chances.
    """

    def __init__(
        self,
        classes: Sequence[str],
        rows: Places,
        table: Floats,
        bias: Floats,
        *,
        mixing: Floats | None = None,
        temperature: float = 1.0,
        base: Base | None = None,
    ) -> None:
        self.classes = tuple(classes)
        self.temperature = temperature
        self._rows, self._bias, self._base = rows, bias, base
        self._mixing = np.zeros((0, len(self.classes)), np.float32) if mixing is None else mixing
        if len(self._mixing) != (len(base.classes) if base else 0):
            raise ValueError("This was learned on top of another base, or of none.")
        # feature 0 of the table is any that it does not know
        self._table = np.concatenate([np.zeros((1, table.shape[1]), np.float32), table.astype(np.float32)])
        self._place = np.zeros(1 << BITS, np.int32)
        self._place[rows] = np.arange(1, len(rows) + 1)

    def scores(self, texts: Sequence[str], of_base: Floats | None = None, bags: Sequence[Bag] | None = None) -> Floats:
        """[texts, classes]; above 0 speaks for a class. `of_base` is what the base says of them, and `bags` are their features, where
        these are known already."""
        known = [np.zeros((0, len(self.classes)), np.float32)]
        known += [self._of_words(bag) for bag in (bags_of(texts) if bags is None else bags)]
        found = np.concatenate(known)
        if self._base is None:
            return found
        return found + (self._base.scores(texts) if of_base is None else of_base) @ self._mixing

    def confidence(self, scores: Floats) -> Floats:
        """[texts, classes], 0..1: the chance of each class if exactly one of them is true."""
        sharp = scores / self.temperature
        chances = np.exp(sharp - sharp.max(1, keepdims=True))
        return (chances / chances.sum(1, keepdims=True)).astype(np.float32)

    def weights_of(self, rows: Places) -> Floats:
        """[rows, classes]: how much each of these hashed features speaks for each class."""
        return self._table[self._place[rows]][:, :-1]

    def loudest(self, text: str, name: str, *, against: bool = False, most: int = 3) -> tuple[str, ...]:
        """The words of `text` that speak most for a class, or against it; in their order."""
        bag = bag_of([text])
        column = self.classes.index(name)
        speaks = np.zeros(len(bag.starts), np.float64)
        for rows, _, tokens in bag.parts:
            np.add.at(speaks, tokens, self._table[self._place[rows], column])
        speaks = -speaks if against else speaks
        written = bag.written()
        best = [n for n in np.argsort(-speaks, kind="stable").tolist() if speaks[n] > 0 and _is_word(written[n])][:most]
        return tuple(dict.fromkeys(written[n] for n in sorted(best)))

    def to_bytes(self) -> bytes:
        """Everything but the base."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            classes=np.array(self.classes, np.str_),
            rows=self._rows.astype(np.int32),
            table=self._table[1:].astype(np.float16),
            bias=self._bias,
            mixing=self._mixing,
            temperature=np.array(self.temperature, np.float32),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, saved: bytes, base: Base | None = None) -> "Head":
        """Raises ValueError for bytes that are no head, or one that was learned on top of another base."""
        with np.load(io.BytesIO(saved), allow_pickle=False) as parts:
            return cls(
                [str(name) for name in parts["classes"]],
                parts["rows"].astype(np.intp),
                parts["table"],
                parts["bias"],
                mixing=parts["mixing"],
                temperature=float(parts["temperature"]),
                base=base,
            )

    def _of_words(self, bag: Bag) -> Floats:
        totals = np.zeros((bag.count, len(self.classes) + 1), np.float32)
        for rows, of_text, _ in bag.parts:
            begins = np.flatnonzero(np.diff(of_text, prepend=-1))
            if len(begins):
                totals[of_text[begins]] += np.add.reduceat(self._table[self._place[rows]], begins)
        length = np.sqrt(np.maximum(totals[:, -1:], 1e-9))
        return (totals[:, :-1] / length + self._bias).astype(np.float32)


def bags_of(texts: Sequence[str]) -> list[Bag]:
    """The features of texts, for several heads at once."""
    return [bag_of(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]


def fit(
    texts: Sequence[str],
    labels: Sequence[str | Collection[str]],
    *,
    classes: Sequence[str],
    strength: float = 1.0,
    base: Base | None = None,
    weights: Sequence[float] | None = None,
    balanced: bool = False,
    calibrated: bool = True,
) -> Head:
    """What tells `classes` apart in `texts`, each of which has one label of them, or any number.

    `strength` is the C of the SVM: how much one text may pull. `weights` say how much each text counts, `balanced` lets each class
    weigh as much as its complement. Not `calibrated`, it takes half the time and its `confidence` means little. Raises ValueError without
    texts.
    """
    if not texts:
        raise ValueError("There is nothing to learn from.")
    true = _matrix_of(labels, classes)
    data = _featured(texts, base)
    worth = np.ones(len(texts), np.float32) if weights is None else np.asarray(weights, np.float32)
    costs = strength * worth[:, None] * (_balance(true, worth) if balanced else np.ones_like(true))
    aside = np.array([zlib.crc32(text.encode("utf-8", "replace")) % ASIDE == 0 for text in texts])
    temperature = 1.0
    if calibrated and aside.sum() > len(classes) and not aside.all():
        partly = _descend(data, np.flatnonzero(~aside), true, costs, _start(data, classes, base))
        temperature = _temperature(_scored(data, np.flatnonzero(aside), partly), true[aside])
    learned = _descend(data, np.arange(len(texts)), true, costs, _start(data, classes, base))
    size = len(data.rows)
    table = (
        np.concatenate([learned[:size] * data.idf[:, None], data.idf[:, None] ** 2], axis=1).astype(np.float16).astype(np.float32)
    )  # as it is kept
    return Head(
        classes, data.rows, table, learned[size], mixing=learned[size + 1 :], temperature=temperature, base=base
    )  # fmt: skip


def _is_word(written: str) -> bool:
    """Handles stand for people, not for what is said."""
    return len(written) > 2 and not written.startswith("@")


class _Data(NamedTuple):
    """Texts as rows of features, one after the other: `at` [texts + 1] is where each begins in `columns` and `values`. The columns are
    those of `rows`, then one that is always 1, then the outputs of the base."""

    at: Places
    columns: Places
    values: Floats
    rows: Places
    idf: Floats
    width: int


def _matrix_of(labels: Sequence[str | Collection[str]], classes: Sequence[str]) -> Floats:
    """[texts, classes] of 1 and -1."""
    place = {name: n for n, name in enumerate(classes)}
    true = np.full((len(labels), len(classes)), -1, np.float32)
    for n, label in enumerate(labels):
        for name in (label,) if isinstance(label, str) else label:
            true[n, place[name]] = 1
    return true


def _balance(true: Floats, worth: Floats) -> Floats:
    """[texts, classes]: both sides of a class together as heavy as all texts."""
    yes = (worth[:, None] * (true > 0)).sum(0)
    total = worth.sum()
    return np.where(true > 0, total / (2 * np.maximum(yes, 1e-9)), total / (2 * np.maximum(total - yes, 1e-9))).astype(np.float32)


def _featured(texts: Sequence[str], base: Base | None) -> _Data:
    text, row, count = _counted(texts)
    seen = np.bincount(row, minlength=1 << BITS)
    rows = np.flatnonzero(seen >= (2 if len(texts) >= MANY else 1))
    idf = (np.log(len(texts) / seen[rows]) + 1).astype(np.float32)
    place = np.full(1 << BITS, -1)
    place[rows] = np.arange(len(rows))
    known = place[row] >= 0
    text, column, count = text[known], place[row[known]], count[known]
    weight = idf[column]
    length = np.sqrt(np.maximum(np.bincount(text, weight.astype(np.float64) ** 2 * count, len(texts)), 1e-9))
    values = (count * weight / length[text]).astype(np.float32)
    further = np.ones((len(texts), 1), np.float32)
    if base is not None:
        further = np.concatenate([further, base.scores(texts)], axis=1)
    return _together(text, column, values, rows, idf, further)


def _counted(texts: Sequence[str]) -> tuple[Places, Places, Places]:
    """(text, hashed feature, how often it stands there), ordered by text and feature."""
    keys = []
    for start in range(0, len(texts), BATCH):
        for rows, of_text, _ in bag_of(texts[start : start + BATCH]).parts:
            keys.append((of_text + start << BITS) + rows)
    found, count = np.unique(np.concatenate(keys), return_counts=True)
    return found >> BITS, found & (1 << BITS) - 1, count


def _together(text: Places, column: Places, values: Floats, rows: Places, idf: Floats, further: Floats) -> _Data:
    """The hashed features of each text with its `further` ones behind them."""
    count, more = len(further), further.shape[1]
    owner = np.concatenate([text, np.repeat(np.arange(count), more)])
    order = np.argsort(owner, kind="stable")
    columns = np.concatenate([column, np.tile(np.arange(more) + len(rows), count)])[order]
    at = np.zeros(count + 1, np.intp)
    np.cumsum(np.bincount(owner, minlength=count), out=at[1:])
    return _Data(at, columns, np.concatenate([values, further.ravel()])[order], rows, idf, len(rows) + more)


def _start(data: _Data, classes: Sequence[str], base: Base | None) -> Floats:
    """[columns, classes]: nothing, but a class that the base knows begins with its score."""
    begin = np.zeros((data.width, len(classes)), np.float32)
    known = {name: n for n, name in enumerate(base.classes)} if base is not None else {}
    for n, name in enumerate(classes):
        if name in known:
            begin[len(data.rows) + 1 + known[name], n] = 1
    return begin


def _descend(data: _Data, some: Places, true: Floats, costs: Floats, begin: Floats) -> Floats:
    """[columns, classes] that is least far from `begin` and from being wrong about the texts `some`: one class after the other."""
    count = data.at[some + 1] - data.at[some]
    text = np.repeat(np.arange(len(some)), count)
    place = np.repeat(data.at[some] - np.cumsum(count) + count, count) + np.arange(count.sum())
    x = sparse(text, data.columns[place], data.values[place], (len(some), data.width))
    return np.stack(
        [
            solved(x, true[some, k], costs[some, k], begin[:, k], _guess(data, true[some, k], begin[:, k]))
            for k in range(true.shape[1])
        ],
        axis=1,
    )


def _guess(data: _Data, true: Floats, begin: Floats) -> Floats | None:
    """Of a rare class: that no text is of it, which is right about most."""
    if (true > 0).mean() > RARE or begin.any():
        return None
    guess = begin.copy()
    guess[len(data.rows)] = -1
    return guess


def _scored(data: _Data, some: Places, learned: Floats) -> Floats:
    return np.stack(
        [data.values[a:b] @ learned[data.columns[a:b]] for a, b in zip(data.at[some], data.at[some + 1], strict=True)]
    )


def _temperature(scores: Floats, true: Floats) -> float:
    """What `scores` have to be divided by so that the true class of each text is least surprising; of a fixed choice."""
    right = true > 0
    choice = np.geomspace(0.05, 5, 41)
    return float(choice[np.argmin([_surprise(scores / one, right) for one in choice])])


def _surprise(scores: Floats, right: npt.NDArray[np.bool_]) -> float:
    top = scores.max(1, keepdims=True)
    chances = scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))
    return -float(chances[right].mean()) if right.any() else 0.0
