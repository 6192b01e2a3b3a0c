"""What the tasks about intents share: learning topics by the product's own code, and counting how often it sorts rightly."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from asked import Asked, Measured, rate_of
from sets import Split, splits

from heard.understanding import semantic
from heard.understanding.rules.topics import Embed, Example, Sorter, learn

LET_IN = 0.12  # of rows of no intent: the goals ask that 85 in 100 stay out


class Sorted(NamedTuple):
    """Of each judged row: the class that scores highest, whether it stays below the threshold, and whether it was looked at twice."""

    best: list[str]
    is_out: list[bool]
    escalated: float


def closed(asked: Asked, sets: Sequence[str], *, label: str, outside: str | None) -> Measured:
    """Accuracy over rows that have a label, and at one threshold what stays out."""
    embed = embedder_for(asked)
    label = asked.label_field or label
    field = asked.text_field or "text"
    true = [row[label] for row in asked.rows]
    best, out = [""] * len(true), [False] * len(true)
    escalated, seconds, sorter = 0.0, 0.0, None
    for split in splits(asked, sets, lambda row: row[field]):
        begun = time.process_time()
        sorter, names = _learnt(split, field, label, outside, embed)
        seconds += time.process_time() - begun
        found = _sorted(sorter, names, [asked.rows[n][field] for n in split.judged], embed)
        escalated += found.escalated * len(split.judged) / max(1, len(true))
        for n, name, is_out in zip(split.judged, found.best, found.is_out, strict=True):
            best[n], out[n] = name, is_out
    assert sorter is not None
    metrics = _metrics(true, best, out, outside)
    texts = [row[field] for row in asked.rows][:2000]
    rate = rate_of(lambda: sorter.read(texts, embed), len(texts))
    more = {"escalated": round(escalated, 3), "learning_cpu_s": round(seconds, 1)}
    value = metrics.get("accuracy", metrics.get("oos_recall", 0.0))
    return Measured(value, metrics, len(true), rate, "topics learnt at run time", more)


def embedder_for(asked: Asked) -> Embed | None:
    """Raises SystemExit where the extra is asked for and not there: its figures would be those of the default path."""
    if asked.path != "semantic":
        return None
    found = semantic.embedder()
    if found is None:
        raise SystemExit(semantic.why_not() or "heard[semantic] cannot be used here")
    return found


def _learnt(split: Split, field: str, label: str, outside: str | None, embed: Embed | None) -> tuple[Sorter, list[str]]:
    names = sorted({row[label] for row in split.learn} - {outside})
    place = {name: n for n, name in enumerate(names)}
    examples = [Example(row[field], place.get(row[label])) for row in split.learn]
    return learn(examples, let_in=LET_IN, embed=embed), names


def _sorted(sorter: Sorter, names: list[str], texts: list[str], embed: Embed | None) -> Sorted:
    if not texts:
        return Sorted([], [], 0.0)
    ranked = sorter.ranked(texts, embed)
    return Sorted([names[sorter.topics[n]] for n in ranked.best], ranked.is_out.tolist(), float(np.mean(ranked.looked)))


def _metrics(true: list[str], best: list[str], out: list[bool], outside: str | None) -> dict[str, float]:
    inside = [(t, b, o) for t, b, o in zip(true, best, out, strict=True) if t != outside]
    beyond = [o for t, o in zip(true, out, strict=True) if t == outside]
    metrics = {}
    if inside:
        metrics["accuracy"] = round(sum(t == b for t, b, _ in inside) / len(inside), 4)
        if outside is not None:
            metrics["accuracy_at_threshold"] = round(sum(t == b and not o for t, b, o in inside) / len(inside), 4)
    if beyond:
        metrics["oos_recall"] = round(sum(beyond) / len(beyond), 4)
    return metrics
