"""Whether a post of a crisis is informative, in crises that come after those learnt from.

    --data FILE of {"id", "text", "informativeness", "event"}, as crisis_t26_labeled; ids tell the time

A crisis is judged by what is learnt from the crises that began before it and are in `--train`, or in the visible set of the same name;
where that is FILE itself, the first two crises are only learnt from. "Related and informative" against everything else.

value, metrics.macro_f1     of all posts judged together       metrics.crises   the same for each
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from asked import Asked, Measured, figures, rate_of, rows_of

from heard.understanding.learning.informative import learn_informative, scores_of
from heard.understanding.learning.linear import Head

GOAL = {"default": 0.74, "semantic": 0.78}
UNIT = "macro-F1"
LEAST_BEFORE = 2  # crises to learn from
YES = "Related and informative"


def measure(asked: Asked) -> Measured:
    field, label = asked.text_field or "text", asked.label_field or "informativeness"
    files = asked.train or [asked.data / "crisis_t26_labeled.jsonl.gz"]
    known = [row for file in files for row in rows_of(file)]
    texts = {row[field] for row in asked.rows}
    is_itself = asked.file is not None and any(file.resolve() == asked.file.resolve() for file in files)
    true: list[bool] = []
    said: list[bool] = []
    told: dict[str, float] = {}
    seconds: list[float] = []
    head: Head | None = None
    for name, rows in _in_time(asked.rows):
        begins = min(_moment(row) for row in rows)
        before = [e for e, some in _in_time(known) if e != name and min(map(_moment, some)) < begins]
        if len(before) < LEAST_BEFORE:
            continue
        learn = [row for row in known if row["event"] in before and (is_itself or row["text"] not in texts)]
        start = time.process_time()
        head = learn_informative([row["text"] for row in learn], [row["informativeness"] == YES for row in learn])
        seconds.append(round(time.process_time() - start, 1))
        got = (scores_of(head, [row[field] for row in rows]) > 0).tolist()
        want = [row[label] == YES for row in rows]
        told[name] = figures(want, got)["macro_f1"]
        true, said = true + want, said + got
    if head is None:
        raise SystemExit(f"{asked.file}: no crisis in it comes after {LEAST_BEFORE} others that can be learnt from.")
    found: dict[str, Any] = figures(true, said)
    last, every = head, [row[field] for row in asked.rows]
    rate = rate_of(lambda: scores_of(last, every), len(every))
    return Measured(found["macro_f1"], {**found, "crises": told}, len(true), rate, "words and shape", {"seconds": seconds})


def _in_time(rows: Sequence[dict]) -> list[tuple[str, list[dict]]]:
    """Crises in the order in which they began."""
    by: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by[row["event"]].append(row)
    return sorted(by.items(), key=lambda item: min(map(_moment, item[1])))


def _moment(row: dict) -> int:
    return int(row["id"])
