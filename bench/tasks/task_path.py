"""The whole way of a voice through the assessors that come with Heard: on the fixed stream of bench/stream.py, and on public data.

Without a file only the speed on the fixed stream is measured; with one, on its rows; with the folder of the sets, on the airline
tweets, and how often what is read is right, set by set. The figures besides those that every task has:

value, rate         posts per CPU second through the whole path, on the airline tweets, or else on the file or the stream
baseline            the same posts one after another, a batch each, as one live message is read; a sample of them
metrics             macro_f1, macro_recall and accuracy of the sentiment on the airline tweets, or of the file if it has labels
stream              the same on the fixed stream: posts_per_cpu_s, and of posts that all differ (`different`); us_per_post
airline             three-way sentiment of tweets to airlines; the weights have never seen them. `mixed` counts as wrong
semeval             the tenth of SemEval rows kept aside by the training
umsab               the validation rows of seven languages; English ones overlap with SemEval and flatter
language            share of right answers on the same rows (many "German" rows are English)
personal_data       per kind: recall, and texts per thousand in which it is seen though nobody marked it
posts_per_cpu_s     as `value`; `us_per_post` says where the time goes, assessor by assessor
memory_mb           the most that this process held, with the sets themselves; `memory_before_mb` before it read anything: Python,
                    Django and the modules of Heard
matcher             posts per CPU second against 1,000 monitors
tone_only           the same without the phrases: what the linear model alone would score
"""

import gc
import random
import resource
import statistics
import string
import time
from pathlib import Path
from typing import Any

from asked import Asked, Measured, figures, rate_of, rows_of
from stream import Stream

from heard.listening.channels.api import item
from heard.listening.channels.contract import Said
from heard.listening.rules.matcher import Matcher
from heard.understanding.assessors import STANDARD, VERSION
from heard.understanding.rules.heads import FEELINGS as LABELS
from heard.understanding.rules.heads import trained
from heard.understanding.rules.personal_data import personal_data
from heard.understanding.slots import Reading, Text
from heard.understanding.train.sets import semeval

BATCH = 500  # for how well; how fast is measured with batches as the journey walks them
WALKED = 2000
QUICK = 2000
POSTS = 10_000
ONE_BY_ONE = 500  # posts of the baseline
ROUNDS = 3
UNIT = "posts per CPU second"
GOAL = {"default": 25_000, "semantic": 1_500}
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


def measure(asked: Asked) -> Measured:
    most, before = QUICK if asked.quick else None, most_memory_mb()
    posts = on_the_stream(most or POSTS)
    stream = {**whole_path(posts), "different": whole_path(list(dict.fromkeys(posts)))["posts_per_cpu_s"], **speed(posts)}
    told: dict[str, Any] = {"stream": stream}
    metrics: dict[str, float] = {}
    if asked.rows:
        posts = [Text(text=text, visibility="public", channel="mastodon") for text in asked.texts()]
        if asked.label_field:
            metrics = figures(asked.labels(), [r.sentiment for r in readings_of(asked.texts())], LABELS)
        told |= speed(posts)
    elif asked.file:
        told |= on_the_sets(asked.file, most)
        metrics = {name: told["airline"][name] for name in ("macro_f1", "macro_recall", "accuracy")}
        tweets = rows_of(asked.file / "airline.jsonl.gz")[:most]
        posts = [Text(text=row["text"], visibility="public", channel="mastodon") for row in tweets]
    found = whole_path(posts)
    return Measured(
        value=found["posts_per_cpu_s"],
        metrics=metrics,
        n=len(posts),
        rate=found["posts_per_cpu_s"],
        model=f"rules and weights of version {VERSION}",
        baseline=found["one_by_one_per_cpu_s"],
        more={"posts_per_cpu_s": found["posts_per_cpu_s"], "memory_mb": most_memory_mb(), "memory_before_mb": before, **told},
    )


def most_memory_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def on_the_stream(count: int) -> list[Text]:
    """The voices among the first `count` posts of the fixed stream, doubles included, as the walk hands them over."""
    events = (
        event
        for post in Stream().posts(count)
        for event in item.events_of(item.parsed(post.body), key=post.key, received_at=post.received_at)
    )
    return [
        Text(text=e.text, channel="api", kind=e.kind, visibility=e.visibility, addressed=e.addressed, language_hint=e.language)
        for e in events
        if isinstance(e, Said)
    ]


def whole_path(texts: list[Text]) -> dict[str, int]:
    """Posts per CPU second in batches, and one by one; both have to say the same."""
    from heard.understanding import assess

    together: list[Reading] = []

    def read() -> None:
        for start in range(0, len(texts), WALKED):
            readings = assess.readings_of(texts[start : start + WALKED])
            if not start:
                together[:] = readings[:ONE_BY_ONE]

    gc.disable()  # as the worker does while it walks
    try:
        rate = rate_of(read, len(texts))
    finally:
        gc.enable()
    start = time.process_time()
    alone = [assess.readings_of([text])[0] for text in texts[:ONE_BY_ONE]]
    one_by_one = len(alone) / (time.process_time() - start)
    assert together == alone, "a batch reads a voice as it is read alone"
    return {"posts_per_cpu_s": round(rate), "one_by_one_per_cpu_s": round(one_by_one)}


def on_the_sets(data: Path, most: int | None) -> dict:
    airline = rows_of(data / "airline.jsonl.gz")[:most]
    texts = [row["text"] for row in airline]
    aside = semeval(data)[1]
    foreign = {code: rows_of(data / f"umsab_{name}_val.jsonl.gz")[:most] for code, name in LANGUAGES.items()}
    return {
        "airline": sentiment(texts, [row["airline_sentiment"] for row in airline]),
        "semeval": sentiment(aside.texts[:most], [LABELS[y] for y in aside.truth.argmax(1)[:most]]),
        "umsab": {
            c: sentiment([r["text"] for r in rows], [LABELS[r["label"]] for r in rows])["macro_f1"] for c, rows in foreign.items()
        },
        "language": language(foreign),
        "personal_data": found_data(rows_of(data / "pii_presidio.jsonl.gz")[:most]),
        **speed([Text(text=text, visibility="public") for text in texts]),
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
    tone = [LABELS[n] for n in trained().matrix(texts)[:, :3].argmax(1)]
    return {
        "n": len(texts),
        **figures(labels, got, LABELS),
        "mixed": got.count("mixed"),
        "tone_only": figures(labels, tone, LABELS),
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


def speed(texts: list[Text]) -> dict:
    """Where the time goes, assessor by assessor; a text that comes again is read again here."""
    batches = [texts[n : n + WALKED] for n in range(0, len(texts), WALKED)]
    gc.disable()
    try:
        rounds = [_cpu_of_each(batches) for _ in range(ROUNDS)]
    finally:
        gc.enable()
    return {"us_per_post": {name: round(statistics.median(r[name] for r in rounds) / len(texts) * 1e6, 1) for name in STANDARD}}


def _cpu_of_each(batches: list[list[Text]]) -> dict[str, float]:
    """CPU seconds by assessor."""
    cost = dict.fromkeys(STANDARD, 0.0)
    for batch in batches:
        fresh = [Reading() for _ in batch]
        for name, assessor in STANDARD.items():
            start = time.process_time()
            assessor.assess(batch, fresh)
            cost[name] += time.process_time() - start
    return cost


def matching(texts: list[str]) -> dict:
    letters = random.Random(1)
    names = ["".join(letters.choices(string.ascii_lowercase, k=letters.randint(5, 10))) for _ in range(996)]
    own = [("account", "@united"), ("brand", "JetBlue"), ("account", "@southwestair"), ("brand", "Virgin America")]
    matcher = Matcher([*own, *(("brand", name) for name in names)])
    start = time.process_time()
    hits = sum(len(found) for n in range(0, len(texts), BATCH) for found in matcher.match(texts[n : n + BATCH]))
    return {"posts_per_cpu_s": round(len(texts) / (time.process_time() - start)), "hits_per_post": round(hits / len(texts), 2)}
