"""What the path makes of voices that people labelled by the guideline (docs/labels.md): kinds, answer due, sentiment, urgency and more.

FILE has one voice a line with `text`, `channel` and the fields of the guideline. Without FILE it is the third of our own voices
(train/voices) that nothing was ever trained on. On a channel where everybody can read, the voice is public.

value, metrics.kinds_macro_f1     mean over the kinds that occur; kinds_micro_f1 over all of them together
metrics.kinds                     {kind: F1}
metrics.answer_due_f1, operational_f1, analytical_f1       of "yes"
metrics.sentiment_macro_f1        over negative, neutral, positive and mixed, as far as they occur
metrics.urgency_within_one        share that is off by one step at most; urgency_exact
metrics.complexity_macro_f1       where voices carry it; private_f1 of all kinds of personal data together; language
more.confusion                    {true kind: {kind said beside or instead of it: how often}}, "none" where no kind is
more.sentiments, more.urgencies   {true: {said: how often}}
more.slices                       {"language": {...}, "channel": {...}, "length": {...}} of kinds_macro_f1 and sentiment_macro_f1
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from statistics import fmean
from typing import Any

from asked import Asked, Measured, figures, rate_of

from heard.understanding.assess import readings_of
from heard.understanding.slots import COMPLEXITIES, KINDS, SENTIMENTS, Reading
from heard.understanding.train.places import as_heard

GOAL = {"default": 0.75, "semantic": 0.75}
UNIT = "macro-F1 of kinds"
FLAGS = ("answer_due", "operational", "analytical")
SHORT, LONG = 80, 400  # characters
LEAST_OF_A_SLICE = 20


def measure(asked: Asked) -> Measured:
    rows = asked.rows or our_own()
    texts = [as_heard(row, asked.text_field or "text") for row in rows]
    readings = readings_of(texts)
    metrics = judged(rows, readings)
    return Measured(
        value=metrics["kinds_macro_f1"],
        metrics=metrics,
        n=len(rows),
        rate=rate_of(lambda: readings_of(texts), len(texts)),
        model="the path as it ships",
        more={
            "confusion": confusion(rows, readings),
            "sentiments": _table((row["sentiment"], r.sentiment) for row, r in zip(rows, readings, strict=True)),
            "urgencies": _table((str(row["urgency"]), str(r.urgency)) for row, r in zip(rows, readings, strict=True)),
            "slices": slices(rows, readings),
        },
    )


def our_own() -> list[dict[str, Any]]:
    """The settled voices of which a hash of the id says that they are never trained on."""
    folder = files("heard.understanding.train") / "voices"
    found = []
    for name in ("v1", "v2", "v3", "v4"):
        voices = _lines((folder / f"{name}.jsonl").read_text("utf-8"))
        labels = {row["id"]: row for row in _lines((folder / "labels" / "settled" / f"{name}.jsonl").read_text("utf-8"))}
        found += [{**voice, **labels[voice["id"]]} for voice in voices if voice["id"] in labels and is_aside(voice["id"])]
    return found


def is_aside(id_: str) -> bool:
    return zlib.crc32(id_.encode()) % 3 == 0


def _lines(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines() if line.strip()]


def judged(rows: Sequence[dict[str, Any]], readings: Sequence[Reading]) -> dict[str, Any]:
    kinds = {kind: _f1(rows, readings, lambda x, kind=kind: kind in x) for kind in KINDS if any(kind in r["kinds"] for r in rows)}
    steps = [abs(int(row["urgency"]) - reading.urgency) for row, reading in zip(rows, readings, strict=True)]
    found: dict[str, Any] = {
        "kinds_macro_f1": round(fmean(kinds.values()), 4) if kinds else 0.0,
        "kinds_micro_f1": _of_sets([set(r["kinds"]) for r in rows], [set(r.kinds) for r in readings]),
        "kinds": kinds,
        **{f"{flag}_f1": _of_flags([bool(r[flag]) for r in rows], [getattr(r, flag) for r in readings]) for flag in FLAGS},
        "sentiment_macro_f1": _choice(rows, [r.sentiment for r in readings], "sentiment", SENTIMENTS),
        "urgency_within_one": _share(step <= 1 for step in steps),
        "urgency_exact": _share(step == 0 for step in steps),
    }
    if all(row.get("complexity") for row in rows):
        found["complexity_macro_f1"] = _choice(rows, [r.complexity for r in readings], "complexity", COMPLEXITIES)
    if all("private" in row for row in rows):
        found["private_f1"] = _of_sets([set(r["private"]) - {"none"} for r in rows], [set(r.private) for r in readings])
    if all(row.get("language") for row in rows):
        found["language"] = _share(row["language"] == r.language for row, r in zip(rows, readings, strict=True))
    return found


def confusion(rows: Sequence[dict[str, Any]], readings: Sequence[Reading]) -> dict[str, dict[str, int]]:
    """A kind that was found counts for itself; of one that was missed, what was said that is not true, or nothing."""
    pairs: list[tuple[str, str]] = []
    for row, reading in zip(rows, readings, strict=True):
        true, said = row["kinds"] or ["none"], reading.kinds or ["none"]
        wrong = [kind for kind in said if kind not in true] or ["nothing else"]
        pairs += [(kind, one) for kind in true for one in ([kind] if kind in said else wrong)]
    return _table(pairs)


def slices(rows: Sequence[dict[str, Any]], readings: Sequence[Reading]) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        "language": _sliced(rows, readings, lambda row, reading: str(row.get("language") or reading.language)),
        "channel": _sliced(rows, readings, lambda row, reading: str(row.get("channel", ""))),
        "length": _sliced(rows, readings, lambda row, reading: _length(row.get("text", ""))),
    }


def _sliced(
    rows: Sequence[dict[str, Any]], readings: Sequence[Reading], name: Callable[[dict[str, Any], Reading], str]
) -> dict[str, dict[str, Any]]:
    """Those that are large enough to say anything of, the largest first."""
    by: dict[str, list[int]] = defaultdict(list)
    for n, (row, reading) in enumerate(zip(rows, readings, strict=True)):
        by[name(row, reading)].append(n)
    found = {}
    for value, places in sorted(by.items(), key=lambda item: -len(item[1])):
        if len(places) >= LEAST_OF_A_SLICE:
            told = judged([rows[n] for n in places], [readings[n] for n in places])
            found[value] = {"n": len(places), **{k: told[k] for k in ("kinds_macro_f1", "answer_due_f1", "sentiment_macro_f1")}}
    return found


def _choice(rows: Sequence[dict[str, Any]], said: Sequence[str], field: str, classes: Sequence[str]) -> float:
    true = [row[field] for row in rows]
    return figures(true, said, [name for name in classes if name in true])["macro_f1"]


def _f1(rows: Sequence[dict[str, Any]], readings: Sequence[Reading], holds: Callable[[Sequence[str]], bool]) -> float:
    return _of_flags([holds(row["kinds"]) for row in rows], [holds(reading.kinds) for reading in readings])


def _of_flags(true: Sequence[bool], said: Sequence[bool]) -> float:
    return _of_sets([{1} if t else set() for t in true], [{1} if s else set() for s in said])


def _of_sets(true: Sequence[set], said: Sequence[set]) -> float:
    """F1 of all members together; 1 where there is nothing to find and nothing was found."""
    both = sum(len(t & s) for t, s in zip(true, said, strict=True))
    all_ = sum(map(len, true)) + sum(map(len, said))
    return round(2 * both / all_, 4) if all_ else 1.0


def _share(holds: Iterable[bool]) -> float:
    return round(fmean(list(holds)), 4)


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for true, said in pairs:
        table[true][said] += 1
    return {true: dict(said.most_common()) for true, said in sorted(table.items())}


def _length(text: str) -> str:
    return "short" if len(text) < SHORT else "long" if len(text) >= LONG else "medium"
