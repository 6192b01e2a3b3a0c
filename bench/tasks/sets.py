"""Rows to learn from that are not judged, and folds for a set that is both."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from asked import Asked, rows_of

FOLDS = 5


class Split(NamedTuple):
    """Places of the rows that are judged together, and the rows that may be learnt from for them."""

    judged: list[int]
    learn: list[dict]


def splits(asked: Asked, names: Sequence[str], text_of: Callable[[dict], str]) -> Iterator[Split]:
    """For the sets `names`, or those that --train names: all of FILE at once, without any row whose text stands in it; or, where FILE
    is one of these sets itself, a fifth of it after the other."""
    files = asked.train or [found for name in names if (found := asked.data / f"{name}.jsonl.gz").exists()]
    texts = [text_of(row) for row in asked.rows]
    is_itself = any(asked.file is not None and asked.file.resolve() == Path(file).resolve() for file in files)
    rows = [row for file in files for row in rows_of(Path(file))]
    if not is_itself:
        known = set(texts)
        yield Split(list(range(len(texts))), [row for row in rows if text_of(row) not in known])
        return
    for fold in range(FOLDS):
        judged = [n for n, text in enumerate(texts) if _fold_of(text) == fold]
        yield Split(judged, [row for row in rows if _fold_of(text_of(row)) != fold])


def _fold_of(text: str) -> int:
    return zlib.crc32(text.encode()) % FOLDS
