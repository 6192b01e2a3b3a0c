"""Sentiment in eight languages: macro-F1 of each, and their mean, which is the headline.

    --data FILE of {"text", "label"}, 0 to 2 or words, and maybe "language"; or the folder of umsab_LANGUAGE_test or _val files

A file of one language is measured alone. English validation rows overlap with SemEval and flatter.
"""

import statistics

from asked import Asked, Measured, figures, rate_of, rows_of
from task_sentiment import as_words

from heard.understanding.assessors import Language
from heard.understanding.rules.heads import FEELINGS, trained
from heard.understanding.slots import Reading, Text
from heard.understanding.train.sets import LANGUAGES

GOAL = {"default": 0.57, "semantic": 0.62}
UNIT = "macro-F1, mean of languages"


def measure(asked: Asked) -> Measured:
    rows = asked.rows or rows_of_folder(asked)
    texts = [row[asked.text_field or "text"] for row in rows]
    labels = as_words([row[asked.label_field or "label"] for row in rows])
    got, language = felt(texts), [row.get("language") or row.get("lang") or "all" for row in rows]
    each = {
        code: figures(*zip(*((a, b) for a, b, c in zip(labels, got, language, strict=True) if c == code), strict=True), FEELINGS)
        for code in dict.fromkeys(language)
    }
    mean = round(statistics.mean(one["macro_f1"] for one in each.values()), 4)
    return Measured(
        value=mean,
        metrics={**figures(labels, got, FEELINGS), "macro_f1": mean},
        n=len(texts),
        rate=rate_of(lambda: felt(texts), len(texts)),
        model="linear heads, by language",
        more={"languages": {code: one["macro_f1"] for code, one in each.items()}},
    )


def felt(texts: list[str]) -> list[str]:
    """As the assessor of sentiment hears them, which depends on the language that was found."""
    asked = [Text(text=text, visibility="public") for text in texts]
    readings = [Reading() for _ in asked]
    Language().assess(asked, readings)
    scores = trained().matrix(texts, [reading.language for reading in readings])
    return [FEELINGS[n] for n in scores[:, : len(FEELINGS)].argmax(1)]


def rows_of_folder(asked: Asked) -> list[dict]:
    """The judged rows of every language, or else those for validation."""
    if asked.file is None:
        raise SystemExit("--data is needed: a file, or the folder of the sets")
    found = []
    for name, code in LANGUAGES.items():
        files = [asked.file / f"umsab_{name}_{side}.jsonl.gz" for side in ("test", "val")]
        file = next(file for file in files if file.exists())
        found += [{**row, "language": code} for row in rows_of(file)]
    return found
