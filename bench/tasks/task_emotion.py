"""Anger, joy, optimism or sadness: macro-F1.

--data FILE of {"text", "label"}, 0 to 3 or words, as tweeteval_emotion_val
"""

from asked import Asked, Measured, figures, rate_of

from heard.understanding.rules.heads import trained
from heard.understanding.slots import EMOTIONS

GOAL = {"default": 0.66, "semantic": 0.72}
UNIT = "macro-F1"


def measure(asked: Asked) -> Measured:
    texts = asked.texts()
    labels = [EMOTIONS[int(label)] if str(label).isdigit() else str(label) for label in asked.labels()]
    felt = trained().knowing(*EMOTIONS).scores(texts)
    found = figures(labels, [EMOTIONS[n] for n in felt.argmax(1)], EMOTIONS)
    return Measured(found["macro_f1"], found, len(texts), rate_of(lambda: trained().matrix(texts), len(texts)), "linear heads")
