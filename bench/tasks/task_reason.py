"""Why people complain: ten noisy reasons of tweets to airlines, for a brand that nothing was learnt from.

    --data FILE of {"text", "negativereason", "brand"}, as airline; rows without a reason are left out

Learnt from the rows of all other brands of `--train`, or of the visible set of the same name; rows whose text stands in FILE are left out
where FILE is another set. The base is what the path's linear heads hear in the text.

value, metrics.macro_f1     mean over the brands of FILE       metrics.brands   of each       more.seconds   CPU of learning
"""

import statistics
import time
from collections import defaultdict

from asked import Asked, Measured, figures, rate_of, rows_of

from heard.understanding.learning.linear import Head, fit
from heard.understanding.rules.heads import OUTPUTS, trained

GOAL = {"default": 0.52, "semantic": 0.58}
UNIT = "macro-F1"
STRENGTH = 0.3


def measure(asked: Asked) -> Measured:
    field, label = asked.text_field or "text", asked.label_field or "negativereason"
    files = asked.train or [asked.data / "airline.jsonl.gz"]
    is_itself = asked.file is not None and any(file.resolve() == asked.file.resolve() for file in files)
    texts = set() if is_itself else {row[field] for row in asked.rows}
    known = [row for file in files for row in rows_of(file) if row["negativereason"] and row["text"] not in texts]
    classes = sorted({row["negativereason"] for row in known})
    by: dict[str, list[dict]] = defaultdict(list)
    for row in asked.rows:
        if row[label]:
            by[row["brand"]].append(row)
    brands, accuracy, seconds, head = {}, {}, {}, None
    for brand, rows in by.items():
        start = time.process_time()
        head = _learnt([row for row in known if row["brand"] != brand], classes)
        seconds[brand] = round(time.process_time() - start, 1)
        got = [classes[n] for n in head.scores([row[field] for row in rows]).argmax(1)]
        found = figures([row[label] for row in rows], got, classes)
        brands[brand], accuracy[brand] = found["macro_f1"], found["accuracy"]
    if head is None:
        raise SystemExit(f"{asked.file}: no row has a reason.")
    value, last = round(statistics.mean(brands.values()), 4), head
    every = [row[field] for rows in by.values() for row in rows]
    rate = rate_of(lambda: last.scores(every), len(every))
    metrics = {"macro_f1": value, "accuracy": round(statistics.mean(accuracy.values()), 4), "brands": brands}
    return Measured(value, metrics, len(every), rate, "words and linear heads", {"seconds": seconds})


def _learnt(rows: list[dict], classes: list[str]) -> Head:
    texts, labels = [row["text"] for row in rows], [row["negativereason"] for row in rows]
    base = trained().knowing(*OUTPUTS)
    return fit(texts, labels, classes=classes, strength=STRENGTH, base=base, balanced=True, calibrated=False)
