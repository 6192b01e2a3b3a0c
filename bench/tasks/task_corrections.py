"""Sentiment of tweets to a company that nobody ever corrected, before and after corrections of voices to other companies.

value, metrics.macro_f1     after 2,000 corrections of other brands, by the product's own learning; mean over the brands of FILE
metrics.curve               {corrections: macro-F1}, "0" is the path as it ships; metrics.before is that again
metrics.brands              the same for each brand, before and after
more.seconds                CPU seconds of one retrain, by corrections; more.trial_seconds of trying it on held-out corrections as well
more.is_better              whether the product would have taken what it learnt into use without asking, at each size

For each brand of FILE the corrections are drawn, with a fixed seed, from the rows of all the other brands: of `--train`, or of the visible
set of the same name. Rows whose text also stands in FILE are left out where FILE is another set; labels of the brand judged are never seen.
"""

import statistics
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asked import Asked, Measured, figures, rate_of, rows_of

from heard.understanding.learning.examples import path_readings
from heard.understanding.learning.signs import signs_of
from heard.understanding.learning.taught import Lesson, Taught, teach
from heard.understanding.learning.trial import judged
from heard.understanding.slots import Reading, Text

GOAL = {"default": 0.77, "semantic": 0.79}
UNIT = "macro-F1"
SIZES = (100, 500, 2000)
SEED = 6
LABELS = ("negative", "neutral", "positive")
FIELD = "sentiment"


class Voice:
    def __init__(self, row: dict, text_field: str, label_field: str) -> None:
        self.text: str = row[text_field]
        self.label: str = row[label_field]
        self.brand: str = row["brand"]
        self.id = str(row.get("tweet_id", self.text))
        self.reading: Reading | None = None


def measure(asked: Asked) -> Measured:
    voices, pool = _both(asked)
    _read([*voices, *(v for v in pool if v.reading is None)])
    by_brand: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        by_brand[voice.brand].append(voice)
    before = {brand: _score(some, [v.reading.sentiment for v in some if v.reading]) for brand, some in by_brand.items()}
    after: dict[int, dict[str, float]] = {}
    seconds: dict[int, float] = {}
    trials: dict[int, float] = {}
    better: dict[int, bool] = {}
    head: Taught | None = None
    for size in SIZES:
        taught = {brand: _learnt(pool, brand, size) for brand in by_brand}
        after[size] = {brand: _score(some, _said(taught[brand][0], some)) for brand, some in by_brand.items()}
        seconds[size] = round(statistics.mean(spent for _, spent, *_ in taught.values()), 2)
        trials[size] = round(statistics.mean(spent for _, _, spent, _ in taught.values()), 2)
        better[size] = all(good for *_, good in taught.values())
        head = taught[next(iter(by_brand))][0]
    curve = {"0": _mean(before), **{str(size): _mean(found) for size, found in after.items()}}
    value = curve[str(SIZES[-1])]
    assert head
    learnt = head
    return Measured(
        value=value,
        metrics={
            "macro_f1": value,
            "before": curve["0"],
            "curve": curve,
            "brands": {brand: [before[brand], after[SIZES[-1]][brand]] for brand in by_brand},
        },
        n=len(voices),
        rate=rate_of(lambda: _said(learnt, voices, anew=True), len(voices)),
        model=f"the path, and a head of {len(learnt.head.to_bytes()) // 1000} kB learnt from {SIZES[-1]} corrections",
        more={"seconds": seconds, "trial_seconds": trials, "is_better": better},
        baseline=curve["0"],
    )


def _both(asked: Asked) -> tuple[list[Voice], list[Voice]]:
    """(those to be judged, those that corrections are drawn from)"""
    names = (asked.text_field or "text", asked.label_field or "airline_sentiment")
    voices = [Voice(row, *names) for row in asked.rows]
    files = asked.train or [asked.data / "airline.jsonl.gz"]
    if asked.file and any(_same(file, asked.file) for file in files):
        return voices, voices
    known = {voice.text for voice in voices}
    pool = [Voice(row, "text", "airline_sentiment") for file in files for row in rows_of(file)]
    return voices, [voice for voice in pool if voice.text not in known]


def _same(file: Path, other: Path) -> bool:
    return file.resolve() == other.resolve()


def _read(voices: Sequence[Voice]) -> None:
    for voice, reading in zip(voices, path_readings([_as_heard(v) for v in voices]), strict=True):
        voice.reading = reading


def _as_heard(voice: Voice) -> Text:
    return Text(text=voice.text, visibility="public", channel="mastodon")


def _learnt(pool: Sequence[Voice], brand: str, size: int) -> tuple[Taught, float, float, bool]:
    """(what is learnt from so many voices of the other brands, CPU seconds, those of the trial as well, whether the product takes it)"""
    others = sorted((v for v in pool if v.brand != brand), key=lambda v: zlib.crc32(f"{SEED} {v.id}".encode()))[:size]
    lessons = [Lesson(v.text, v.reading, v.label) for v in others if v.reading]
    start = time.process_time()
    taught = teach(FIELD, lessons)
    learnt = time.process_time()
    scores = judged(FIELD, lessons)
    return taught, learnt - start, time.process_time() - learnt, scores.is_better


def _said(head: Taught, voices: Sequence[Voice], *, anew: bool = False) -> list[Any]:
    readings = path_readings([_as_heard(v) for v in voices]) if anew else [v.reading for v in voices if v.reading]
    return head.values([v.text for v in voices], readings, signs_of(readings))


def _score(voices: Sequence[Voice], got: Sequence[str]) -> float:
    return figures([v.label for v in voices], got, LABELS)["macro_f1"]


def _mean(by_brand: dict[str, float]) -> float:
    return round(statistics.mean(by_brand.values()), 4)
