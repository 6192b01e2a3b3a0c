"""Which language a post is in: accuracy over the rows of FILE, or of all languages of a folder.

    --data FILE    {"text"} with "language" as ISO 639-1 in each row, or a file named after its language: umsab_german_val.jsonl.gz
    --data FOLDER  every umsab_LANGUAGE_* file in it, as they are; the romanised Hindi one is measured apart

value          of a file its accuracy; of a folder that of the seven languages that are written as usual: "" is never right
metrics        accuracy (the same), accuracy_with_hindi, short (posts of 40 characters at most), no_answer (share of ""),
               languages {code: accuracy}, romanised_hindi
rate           posts per CPU second through rules/language.py alone, without romanised Hindi, which rules/heads.py finds out as it reads
               for other things
detector_rate  that of the detector alone in the same minute, on the same posts without handles and links

Labels are believed as they stand. Many rows that are called German are English in fact; what nobody can tell counts as wrong.
"""

import re
import statistics
from collections.abc import Sequence
from pathlib import Path

from asked import Asked, Measured, rate_of, rows_of

from heard.understanding.assess import readings_of
from heard.understanding.rules import language
from heard.understanding.slots import Text

GOAL = {"default": 0.98}
UNIT = "accuracy"
CODES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "arabic": "ar",
    "hindi": "hi",
}
ROMANISED = "hi"
SHORT = 40
BATCH = 2000


def measure(asked: Asked) -> Measured:
    texts, labels = _labelled(asked)
    got = _read(texts)
    plain = [n for n, label in enumerate(labels) if label != ROMANISED] or range(len(labels))
    right = [a == b for a, b in zip(got, labels, strict=True)]
    short = [right[n] for n in plain if len(texts[n]) <= SHORT]
    value = _share([right[n] for n in plain])
    of_each = {
        code: _share([r for r, label in zip(right, labels, strict=True) if label == code]) for code in dict.fromkeys(labels)
    }
    posts = [texts[n] for n in plain]
    return Measured(
        value=value,
        metrics={
            "accuracy": value,
            "accuracy_with_hindi": _share(right),
            "short": _share(short),
            "no_answer": _share([not got[n] for n in plain]),
            "languages": of_each,
            "romanised_hindi": of_each.get(ROMANISED),
        },
        n=len(texts),
        rate=round(rate_of(lambda: _guessed(posts), len(posts))),
        model="eldc with rules/language.py",
        more={"detector_rate": _detector_rate(posts)},
    )


def _labelled(asked: Asked) -> tuple[list[str], list[str]]:
    if asked.rows:
        named = _code_of(asked.file) if asked.file else ""
        field = asked.label_field or "language"
        return asked.texts(), [str(row.get(field) or named) for row in asked.rows]
    folder = asked.file or asked.data
    rows = [(row["text"], _code_of(file)) for file in sorted(folder.glob("umsab_*.jsonl*")) for row in rows_of(file)]
    texts, labels = zip(*rows, strict=True)
    return list(texts), list(labels)


def _code_of(file: Path) -> str:
    """By a language in the name of the file, or by a code of two letters between its marks."""
    parts = re.split(r"[^a-z]+", file.name.lower())
    return next((CODES.get(part, part) for part in parts if part in CODES or part in CODES.values()), "")


def _read(texts: Sequence[str]) -> list[str]:
    """What the whole path says, as it is stored."""
    asked = [Text(text=text, visibility="public") for text in texts]
    return [r.language for start in range(0, len(asked), BATCH) for r in readings_of(asked[start : start + BATCH])]


def _guessed(texts: Sequence[str]) -> None:
    for start in range(0, len(texts), BATCH):
        some = texts[start : start + BATCH]
        language.languages_of(some, [""] * len(some))


def _detector_rate(texts: Sequence[str]) -> int:
    import eldc

    eldc.init()
    detect = eldc.instance().detect
    cleaned = [re.sub(r"@\S+|https?\S*", " ", text) for text in texts]
    return round(rate_of(lambda: [detect(text) for text in cleaned], len(cleaned)))


def _share(right: Sequence[bool]) -> float | None:
    return round(statistics.mean(right), 4) if right else None
