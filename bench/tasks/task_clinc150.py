"""Which of 150 intents somebody has who talks to an assistant, or none of them, by the topics of the product.

    .venv/bin/python bench/understanding.py --task clinc150 --data FILE       ({"text", "label"}; "oos" is none of them)

metrics.accuracy is that of the rows that have an intent, without a threshold; metrics.oos_recall the share of rows of no intent that
one threshold for all intents keeps out, and metrics.accuracy_at_threshold what remains right of the others at it. The threshold is
set on training rows that were kept aside. A FILE without rows of one of the two kinds is judged together with the public validation
rows of that kind (`also`), which are then not learnt from.
"""

from dataclasses import replace

from asked import Asked, Measured, rows_of
from topics import closed

GOAL = {"default": 0.93, "semantic": 0.94}
OUTSIDE = "oos"
SETS = ("clinc150_train", "clinc150_val", "clinc150_oos_train", "clinc150_oos_val")
ALSO = {True: "clinc150_val", False: "clinc150_oos_val"}  # where FILE has only rows of no intent, or none of them


def measure(asked: Asked) -> Measured:
    outside = {row[asked.label_field or "label"] == OUTSIDE for row in asked.rows}
    also = ALSO[outside.pop()] if len(outside) == 1 else ""
    judged = replace(asked, rows=asked.rows + rows_of(asked.data / f"{also}.jsonl.gz")) if also else asked
    measured = closed(judged, SETS, label="label", outside=OUTSIDE)
    measured.more |= {"also": also} if also else {}
    return measured
