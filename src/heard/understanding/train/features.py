"""Texts as the numbers that linear heads are trained on: the same features, weighed the same way, as when they are scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from heard.understanding.rules.hashing import BITS, FINE, bag_of

Floats = npt.NDArray[np.float32]

BATCH = 512
LEAST_TEXTS = 3  # a feature seen in fewer texts is noise
COARSER = FINE - BITS


@dataclass(frozen=True)
class Scale:
    """How much a feature counts for: squared, the second [2**FINE] makes all texts as long as one; `coarse` [2**BITS]."""

    coarse: Floats
    fine: Floats


def counts(texts: Sequence[str]) -> Any:
    """How often each of 2**FINE features stands in each text: CSR."""
    rows, columns = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for start in range(0, len(texts), BATCH):
        for row, text, _ in bag_of(texts[start : start + BATCH], FINE).parts:
            columns.append(row)
            rows.append(text + start)
    at, column = np.concatenate(rows), np.concatenate(columns)
    found = csr_matrix((np.ones(len(at), np.float32), (at, column)), shape=(len(texts), 1 << FINE))
    found.sum_duplicates()
    return found


def coarser(fine: Any) -> Any:
    """The same over 2**BITS features."""
    found = csr_matrix((fine.data, fine.indices >> COARSER, fine.indptr), shape=(fine.shape[0], 1 << BITS), copy=True)
    found.sum_duplicates()
    return found


def scale_of(texts: Sequence[Any]) -> Scale:
    """The idf of all the counted texts in `texts` together."""
    total = sum(some.shape[0] for some in texts)
    fine = sum(np.bincount(some.indices, minlength=1 << FINE) for some in texts)
    coarse = sum(np.bincount(coarser(some).indices, minlength=1 << BITS) for some in texts)
    return Scale(_idf(coarse, total), _idf(fine, total))


def _idf(seen: Any, total: int) -> Floats:
    return np.where(seen >= LEAST_TEXTS, np.log(total / np.maximum(seen, 1)) + 1, 0).astype(np.float32)


def weighed(fine: Any, scale: Scale) -> tuple[Any, Any]:
    """Fine and coarse features of counted texts: each occurrence counts, and the length is that of all fine occurrences."""
    length = np.sqrt(np.maximum(fine @ (scale.fine.astype(np.float64) ** 2), 1e-9)).astype(np.float32)
    return _times(fine, scale.fine, 1 / length), _times(coarser(fine), scale.coarse, 1 / length)


def _times(some: Any, columns: Floats, rows: Floats) -> Any:
    values = some.data * columns[some.indices] * np.repeat(rows, np.diff(some.indptr))
    found = csr_matrix((values.astype(np.float32), some.indices, some.indptr), shape=some.shape)
    found.eliminate_zeros()
    return found
