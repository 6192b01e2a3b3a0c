"""Which of 77 intents a banking question has, by the topics of the product, learnt from the public training rows.

    .venv/bin/python bench/understanding.py --task banking77 --data FILE      ({"text", "category"})

The rows of FILE are never learnt from; where FILE is the training set itself, a fifth after the other is judged. metrics.accuracy is
the share of right answers without any threshold; rate is that of sorting alone. With --path semantic the voices of which the words
alone do not tell are looked at once more by what they mean; `escalated` is their share.
"""

from asked import Asked, Measured
from topics import closed

GOAL = {"default": 0.915, "semantic": 0.945}


def measure(asked: Asked) -> Measured:
    return closed(asked, ["banking77_train"], label="category", outside=None)
