"""The card of the weights: what they were trained on, by whom it may be used, how right they are slice by slice, and their limits.

Everything is judged on rows that nothing was trained on.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.heads import FEELINGS, Heads
from heard.understanding.rules.learned import JUDGED, Learned, Weights
from heard.understanding.slots import EMOTIONS
from heard.understanding.train import places, sets, verdicts
from heard.understanding.train.sets import Labelled

LIMITS = (
    "It says how a text sounds, for sorting work. It is not for judging people, and a colleague's correction wins over it.",
    "Learned from tweets and short comments, most of them English: letters, poems and other trades are further away.",
    "Romanised Hindi is guessed little better than by chance, as in every published model of this kind.",
    "Offence is what annotators of American tweets in 2019 found offensive; dialects may be taken for it more often.",
    "Irony is heard half of the time. It lowers confidence and decides nothing.",
    "Texts are read to their 4,000th byte.",
)
LENGTHS = (("short, under 60 characters", 0, 60), ("60 to 119", 60, 120), ("120 and more", 120, 10**9))

Answers = npt.NDArray[np.intp]


def card(heads: Heads, weights: Weights, data: Path, rows: dict[str, int]) -> dict:
    """As it stands beside the weights. `rows` is how many each set gave."""
    return {
        "what": "linear heads over hashed n-grams, weights/heads.npz, and what signs add to them, weights/verdicts.npz",
        "made by": "heard understanding train --data FOLDER",
        "outputs": list(heads.outputs),
        "learned from": [{"rows": name, "licence": licence} for name, licence in sets.SOURCES],
        "rows": rows,
        "scores": scores(heads, data) | of_voices(heads, weights),
        "limits": list(LIMITS),
    }


def scores(heads: Heads, data: Path) -> dict:
    aside, abroad = sets.semeval(data)[1], sets.umsab(data, "val")
    return {
        "sentiment, SemEval rows kept aside": feelings(heads, aside),
        "sentiment, by length": by(heads, aside, lambda n: _length(aside.texts[n])),
        "sentiment, UMSAB validation rows by language (English ones overlap with SemEval)": by(
            heads, abroad, lambda n: abroad.slices[n]
        ),
        "emotion, TweetEval validation rows": _chosen(heads, sets.emotion(data, "val"), EMOTIONS),
        **{f"{name}, TweetEval validation rows": _yes_or_no(heads, rows(data, "val")) for name, rows in _FLAGS.items()},
        "romanised Hindi, UMSAB validation rows": _yes_or_no(heads, sets.hinglish(data, "val")),
    }


_FLAGS: dict[str, Callable[[Path, str], Labelled]] = {"offence": sets.offence, "irony": sets.irony}


def of_voices(heads: Heads, weights: Weights) -> dict:
    """What the weights alone make of our own voices; the rules decide together with them (docs/algorithms/verdicts.md)."""
    rows = sets.voices(sets.is_aside)
    judged, channels = sets.judged(rows), [row["channel"] for row in rows]
    texts = [places.as_heard(row) for row in rows]
    sounds = heads.matrix([text.text or text.subject for text in texts])
    found = Learned(weights).scores(sounds, verdicts.signs(texts))[:, : len(JUDGED)] > 0
    true = judged.truth > 0
    due = judged.outputs.index("answer_due")
    right = true[:, due] == found[:, JUDGED.index("answer_due")]
    return {
        "our voices kept aside, F1 of each output": {
            name: _f1(true[:, judged.outputs.index(name)], found[:, JUDGED.index(name)]) for name in judged.outputs
        },
        "our voices kept aside, answer due, share right by channel": _shares(right, channels),
        "our voices kept aside, answer due, share right by language": _shares(right, judged.slices),
    }


def feelings(heads: Heads, rows: Labelled) -> dict[str, float]:
    got = heads.matrix(rows.texts, rows.slices or None)[:, : len(FEELINGS)].argmax(1)
    return _figures(rows.truth.argmax(1), got, len(FEELINGS))


def by(heads: Heads, rows: Labelled, slice_of: Callable[[int], str]) -> dict[str, dict]:
    """{slice: figures} of sentiment."""
    names = np.array([slice_of(n) for n in range(len(rows.texts))])
    got = heads.matrix(rows.texts, rows.slices or None)[:, : len(FEELINGS)].argmax(1)
    true = rows.truth.argmax(1)
    return {name: _figures(true[names == name], got[names == name], len(FEELINGS)) for name in dict.fromkeys(names.tolist())}


def _chosen(heads: Heads, rows: Labelled, names: Sequence[str]) -> dict[str, float]:
    return _figures(rows.truth.argmax(1), heads.knowing(*names).scores(rows.texts).argmax(1), len(names))


def _yes_or_no(heads: Heads, rows: Labelled) -> dict[str, float]:
    got = heads.scores(rows.texts)[rows.outputs[0]] > 0
    return _figures((rows.truth[:, 0] > 0).astype(np.intp), got.astype(np.intp), 2)


def _figures(true: Answers, got: Answers, classes: int) -> dict[str, float]:
    f1 = [_f1(true == one, got == one) for one in range(classes)]
    recall = [float((got[true == one] == one).mean()) if (true == one).any() else 0.0 for one in range(classes)]
    return {
        "n": len(true),
        "macro_f1": round(float(np.mean(f1)), 4),
        "macro_recall": round(float(np.mean(recall)), 4),
        "accuracy": round(float((true == got).mean()), 4),
    }


def _f1(true: npt.NDArray[np.bool_], got: npt.NDArray[np.bool_]) -> float:
    return round(2 * float((true & got).sum()) / max(1, int(true.sum() + got.sum())), 4)


def _shares(right: npt.NDArray[np.bool_], names: Sequence[str]) -> dict[str, float]:
    of = np.array(names)
    return {name: round(float(right[of == name].mean()), 4) for name in sorted(set(names))}


def _length(text: str) -> str:
    return next(name for name, least, most in LENGTHS if least <= len(text) < most)
