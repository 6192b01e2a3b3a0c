"""Trains the weights of rules/tone.py from public rows that a person downloads; needs scikit-learn, run time does not.

    python -m heard.understanding.train.sentiment --data ../shared/data

Writes weights/sentiment.npz and prints one JSON line with the scores on rows that were kept aside: a tenth of the
SemEval rows, chosen by a hash of their id, and the UMSAB validation files. Two runs give the same bytes.
"""

import argparse
import gzip
import json
import zlib
from pathlib import Path

import numpy as np

from heard.understanding.rules.hashing import BITS, bag_of

LABELS = ("negative", "neutral", "positive")
LANGUAGES = ("english", "german", "french", "spanish", "italian", "portuguese", "arabic", "hindi")
LEAST_TEXTS = 3  # a feature seen in fewer texts is noise
STRENGTH = 0.1  # C of the SVM
UMSAB_WEIGHT = 2.0
OUT = Path(__file__).parents[1] / "weights" / "sentiment.npz"

Row = tuple[str, int]


def rows_of(path: Path) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def semeval(data: Path) -> tuple[list[Row], list[Row]]:
    """Rows to learn from and rows kept aside; a text that stands on both sides is dropped from the first."""
    rows = rows_of(data / "semeval_sentiment_2013_2016.jsonl.gz")
    pairs = [(r["id"], (_unescaped(r["text"]), LABELS.index(r["label"]))) for r in rows]
    aside = [row for id_, row in pairs if zlib.crc32(id_.encode()) % 10 == 0]
    known = {text for text, _ in aside}
    return [row for id_, row in pairs if zlib.crc32(id_.encode()) % 10 and row[0] not in known], aside


def umsab(data: Path, side: str) -> list[Row]:
    return [(r["text"], r["label"]) for name in LANGUAGES for r in rows_of(data / f"umsab_{name}_{side}.jsonl.gz")]


def _unescaped(text: str) -> str:
    return text.replace("\\u2019", "’").replace("\\u002c", ",").replace('\\""', '"')


def matrix(texts: list[str]):
    from scipy.sparse import csr_matrix

    rows, columns = [], []
    for start in range(0, len(texts), 1024):
        for row, text, _ in bag_of(texts[start : start + 1024]).parts:
            columns.append(row)
            rows.append(text + start)
    ones = np.ones(sum(map(len, rows)), np.float32)
    return csr_matrix((ones, (np.concatenate(rows), np.concatenate(columns))), shape=(len(texts), 1 << BITS))


def normalised(counts, idf: np.ndarray):
    """Exactly as at run time: each occurrence counts, the length is that of all occurrences."""
    length = np.sqrt(np.maximum(counts @ (idf**2), 1e-9))
    return counts.multiply(idf[None, :]).multiply(1 / length[:, None]).tocsr().astype(np.float32)


def train(rows: list[Row], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The packed table [2**BITS, 4] (three outputs times idf, then idf squared) and three biases."""
    from sklearn.svm import LinearSVC

    counts = matrix([text for text, _ in rows])
    seen = np.bincount(counts.indices, minlength=1 << BITS)
    idf = np.where(seen >= LEAST_TEXTS, np.log(len(rows) / np.maximum(seen, 1)) + 1, 0).astype(np.float32)
    model = LinearSVC(C=STRENGTH, class_weight="balanced", random_state=0)
    model.fit(normalised(counts, idf), [label for _, label in rows], sample_weight=weights)
    table = np.concatenate([model.coef_.T * idf[:, None], idf[:, None] ** 2], axis=1)
    return table.astype(np.float16), model.intercept_.astype(np.float32)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    data = arguments.parse_args().data
    learn, aside = semeval(data)
    foreign = umsab(data, "train")
    table, bias = train(learn + foreign, np.array([1.0] * len(learn) + [UMSAB_WEIGHT] * len(foreign)))
    np.savez_compressed(OUT, table=table, bias=bias)
    print(json.dumps({"rows": len(learn) + len(foreign), "bytes": OUT.stat().st_size, **scores(table, bias, aside, data)}))


def scores(table: np.ndarray, bias: np.ndarray, aside: list[Row], data: Path) -> dict:
    from heard.understanding.rules.tone import Tone

    tone = Tone(table.astype(np.float32), bias)
    report = {"semeval_macro_recall": round(_recall(tone, aside), 4)}
    for name in LANGUAGES:
        report[name] = round(_f1(tone, [(r["text"], r["label"]) for r in rows_of(data / f"umsab_{name}_val.jsonl.gz")]), 4)
    return report


def _recall(tone, rows: list[Row]) -> float:
    from sklearn.metrics import recall_score

    return recall_score([y for _, y in rows], tone.scores([t for t, _ in rows]).argmax(1), average="macro")


def _f1(tone, rows: list[Row]) -> float:
    from sklearn.metrics import f1_score

    return f1_score([y for _, y in rows], tone.scores([t for t, _ in rows]).argmax(1), average="macro")


if __name__ == "__main__":
    main()
