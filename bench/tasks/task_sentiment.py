"""Negative, neutral or positive: the linear heads alone, which is what a text without any sign of our lexicon is judged by.

    --data FILE of {"text", "label"}, as semeval_sentiment_2013_2016; labels are words or 0, 1, 2

The headline is macro recall. `read` says the same of the whole reading, with the phrases of customer care, which SemEval has few of.
Rows that the shipped weights were trained on are not judged: of the visible file that leaves the tenth that was kept aside.
"""

from asked import Asked, Measured, figures, rate_of

from heard.understanding.assess import readings_of
from heard.understanding.rules.heads import FEELINGS, trained
from heard.understanding.slots import Text
from heard.understanding.train.sets import semeval, unescaped

GOAL = {"default": 0.64, "semantic": 0.70}
UNIT = "macro recall"


def measure(asked: Asked) -> Measured:
    texts, labels = unseen(asked)
    got = felt(texts)
    read = [
        reading.sentiment for reading in readings_of([Text(text=text, visibility="public", addressed=False) for text in texts])
    ]
    found = figures(labels, got, FEELINGS)
    return Measured(
        value=found["macro_recall"],
        metrics=found,
        n=len(texts),
        rate=rate_of(lambda: trained().matrix(texts), len(texts)),
        model="linear heads",
        more={"read": figures(labels, read, FEELINGS)},
    )


def felt(texts: list[str]) -> list[str]:
    return [FEELINGS[n] for n in trained().matrix(texts)[:, : len(FEELINGS)].argmax(1)]


def as_words(labels: list) -> list[str]:
    return [FEELINGS[int(label)] if str(label).isdigit() else str(label) for label in labels]


def unseen(asked: Asked) -> tuple[list[str], list[str]]:
    """Texts and labels; without those that were trained on where most of them were."""
    texts, labels = asked.texts(), as_words(asked.labels())
    if not (asked.data / "semeval_sentiment_2013_2016.jsonl.gz").exists():
        return texts, labels
    known = set(semeval(asked.data)[0].texts)
    strange = [n for n, text in enumerate(texts) if unescaped(text) not in known]
    if 2 * len(strange) > len(texts):
        return texts, labels
    return [texts[n] for n in strange], [labels[n] for n in strange]
