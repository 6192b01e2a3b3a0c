"""Offensive or not: macro-F1.

--data FILE of {"text", "label"}, 0 or 1, as tweeteval_offensive_val
"""

from asked import Asked, Measured, figures, rate_of

from heard.understanding.rules.heads import trained

GOAL = {"default": 0.74, "semantic": 0.78}
UNIT = "macro-F1"


def measure(asked: Asked) -> Measured:
    texts = asked.texts()
    found = figures([int(label) for label in asked.labels()], [int(score > 0) for score in trained().scores(texts)["offence"]])
    return Measured(found["macro_f1"], found, len(texts), rate_of(lambda: trained().matrix(texts), len(texts)), "linear heads")
