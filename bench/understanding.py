"""How well and how fast voices are read, on public data that nobody here wrote.

    .venv/bin/python bench/understanding.py --data PATH [--quick]

PATH is the folder with the sets. Nothing is stored and no database is needed: the assessors that come with Heard run over
batches of 500 texts. The last line is one JSON object:

airline             three-way sentiment of tweets to airlines; the weights have never seen them. `mixed` counts as wrong
semeval             the tenth of SemEval rows kept aside by the training script
umsab               the validation rows of seven languages; English ones overlap with SemEval and flatter
language            share of right answers on the same rows (many "German" rows are English)
personal_data       per kind: recall, and texts per thousand in which it is seen though nobody marked it
posts_per_cpu_s     all assessors together on the airline tweets; `us_per_post` says where the time goes
matcher             posts per CPU second against 1,000 monitors
tone_only           the same without the phrases: what the linear model alone would score
"""

import argparse
import json
import random
import statistics
import string
import time
from collections import Counter
from pathlib import Path

from heard.listening.rules.matcher import Matcher
from heard.understanding.assessors import STANDARD
from heard.understanding.rules.personal_data import personal_data
from heard.understanding.rules.tone import trained
from heard.understanding.slots import Reading, Text
from heard.understanding.train.sentiment import LABELS, rows_of, semeval

BATCH = 500
QUICK = 2000
LANGUAGES = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "ar": "arabic",
}
SPANS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "STREET_ADDRESS": "address",
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True, type=Path)
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} rows of each set only")
    given = options.parse_args()
    print(json.dumps(measure(given.data, QUICK if given.quick else None)))


def measure(data: Path, most: int | None) -> dict:
    airline = rows_of(data / "airline.jsonl.gz")[:most]
    texts = [row["text"] for row in airline]
    aside = semeval(data)[1][:most]
    foreign = {code: rows_of(data / f"umsab_{name}_val.jsonl.gz")[:most] for code, name in LANGUAGES.items()}
    return {
        "airline": sentiment(texts, [row["airline_sentiment"] for row in airline]),
        "semeval": sentiment([t for t, _ in aside], [LABELS[y] for _, y in aside]),
        "umsab": {
            c: sentiment([r["text"] for r in rows], [LABELS[r["label"]] for r in rows])["macro_f1"] for c, rows in foreign.items()
        },
        "language": language(foreign),
        "personal_data": found_data(rows_of(data / "pii_presidio.jsonl.gz")[:most]),
        **speed(texts),
        "matcher": matching(texts),
    }


def readings_of(texts: list[str]) -> list[Reading]:
    readings: list[Reading] = []
    for start in range(0, len(texts), BATCH):
        batch = [Text(text=t, visibility="public", channel="mastodon") for t in texts[start : start + BATCH]]
        fresh = [Reading() for _ in batch]
        for assessor in STANDARD.values():
            assessor.assess(batch, fresh)
        readings.extend(fresh)
    return readings


def sentiment(texts: list[str], labels: list[str]) -> dict:
    got = [r.sentiment for r in readings_of(texts)]
    tone = [LABELS[n] for n in trained().scores(texts).argmax(1)]
    return {
        "n": len(texts),
        **scores(labels, got),
        "mixed": got.count("mixed"),
        "tone_only": scores(labels, tone),
    }


def scores(labels: list[str], got: list[str]) -> dict:
    pairs, given, true = Counter(zip(labels, got, strict=True)), Counter(got), Counter(labels)
    recall = [pairs[x, x] / max(1, true[x]) for x in LABELS]
    precision = [pairs[x, x] / max(1, given[x]) for x in LABELS]
    f1 = [2 * p * r / max(1e-9, p + r) for p, r in zip(precision, recall, strict=True)]
    return {
        "macro_f1": round(statistics.mean(f1), 4),
        "macro_recall": round(statistics.mean(recall), 4),
        "accuracy": round(sum(pairs[x, x] for x in LABELS) / len(labels), 4),
    }


def language(rows: dict[str, list[dict]]) -> dict:
    answers = {code: [r.language == code for r in readings_of([row["text"] for row in some])] for code, some in rows.items()}
    every = [right for some in answers.values() for right in some]
    return {"all": round(statistics.mean(every), 4), **{code: round(statistics.mean(some), 4) for code, some in answers.items()}}


def found_data(rows: list[dict]) -> dict:
    wanted = [{SPANS[s["entity_type"]] for s in row["spans"] if s["entity_type"] in SPANS} for row in rows]
    seen = [{d.kind for d in personal_data(row["full_text"])} for row in rows]
    report = {}
    for kind in SPANS.values():
        true = sum(kind in want for want in wanted)
        hit = sum(kind in want and kind in have for want, have in zip(wanted, seen, strict=True))
        extra = sum(kind not in want and kind in have for want, have in zip(wanted, seen, strict=True))
        report[kind] = {"n": true, "recall": round(hit / max(1, true), 3), "extra_per_1000": round(1000 * extra / len(rows), 1)}
    return report


def speed(texts: list[str]) -> dict:
    batches = [[Text(text=t, visibility="public") for t in texts[n : n + BATCH]] for n in range(0, len(texts), BATCH)]
    rounds: list[dict[str, float]] = []
    for _ in range(3):
        fresh = [[Reading() for _ in batch] for batch in batches]
        rounds.append({name: _cpu(assessor, batches, fresh) / len(texts) * 1e6 for name, assessor in STANDARD.items()})
    cost = {name: round(statistics.median(r[name] for r in rounds), 1) for name in STANDARD}
    return {"posts_per_cpu_s": round(1e6 / sum(cost.values())), "us_per_post": cost}


def _cpu(assessor, batches, fresh) -> float:
    start = time.process_time()
    for batch, readings in zip(batches, fresh, strict=True):
        assessor.assess(batch, readings)
    return time.process_time() - start


def matching(texts: list[str]) -> dict:
    letters = random.Random(1)
    names = ["".join(letters.choices(string.ascii_lowercase, k=letters.randint(5, 10))) for _ in range(996)]
    own = [("account", "@united"), ("brand", "JetBlue"), ("account", "@southwestair"), ("brand", "Virgin America")]
    matcher = Matcher([*own, *(("brand", name) for name in names)])
    start = time.process_time()
    hits = sum(len(found) for n in range(0, len(texts), BATCH) for found in matcher.match(texts[n : n + BATCH]))
    return {"posts_per_cpu_s": round(len(texts) / (time.process_time() - start)), "hits_per_post": round(hits / len(texts), 2)}


if __name__ == "__main__":
    main()
