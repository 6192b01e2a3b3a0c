"""What a task of bench/understanding.py is asked, what it answers, and what most of them count with."""

import gzip
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 3


@dataclass(frozen=True)
class Asked:
    """`rows` are all of `file`; none where `file` is a folder or missing. `data` is the folder of the public sets."""

    rows: list[dict]
    file: Path | None
    text_field: str | None
    label_field: str | None
    path: str
    train: list[Path]
    quick: bool
    data: Path

    def texts(self, usual: str = "text") -> list[str]:
        return [row[self.text_field or usual] for row in self.rows]

    def labels(self, usual: str = "label") -> list[Any]:
        return [row[self.label_field or usual] for row in self.rows]


@dataclass
class Measured:
    """`value` is the headline; `rate` documents per CPU second; `baseline` the headline of something plain, where there is one."""

    value: float
    metrics: dict[str, Any]
    n: int
    rate: float
    model: str
    more: dict[str, Any] = field(default_factory=dict)
    baseline: float | None = None


def rows_of(file: Path) -> list[dict]:
    """JSON lines, plain or gzip."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def figures(labels: Sequence[Hashable], got: Sequence[Hashable], classes: Iterable[Hashable] | None = None) -> dict[str, float]:
    """macro_f1, macro_recall and accuracy; over `classes`, or over all that occur in `labels`."""
    pairs, given, true = Counter(zip(labels, got, strict=True)), Counter(got), Counter(labels)
    of = list(classes) if classes is not None else sorted(true, key=str)
    recall = [pairs[x, x] / max(1, true[x]) for x in of]
    f1 = [2 * pairs[x, x] / max(1, true[x] + given[x]) for x in of]
    return {
        "macro_f1": round(statistics.mean(f1), 4),
        "macro_recall": round(statistics.mean(recall), 4),
        "accuracy": round(sum(n for (a, b), n in pairs.items() if a == b) / max(1, len(labels)), 4),
    }


def rate_of(work: Callable[[], Any], documents: int) -> float:
    """Documents per CPU second, the middle one of ROUNDS."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return documents / max(1e-9, statistics.median(seconds))
