"""Trains the weights of rules/heads.py, in stages: moods help to tell emotion, offence and irony; all of these help to tell sentiment. What
helped is added into the weights themselves, so that it costs nothing when a text is read. What a voice calls for is learned
afterwards, from our own voices (train/verdicts.py); its columns are empty here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from heard.understanding.rules.hashing import BITS, dialect
from heard.understanding.rules.heads import OTHERS, Heads, Tables
from heard.understanding.train import sets
from heard.understanding.train.features import Floats, Scale, counts, scale_of, weighed
from heard.understanding.train.sets import Labelled
from heard.understanding.train.solve import machines

HELP = 0.1  # how loud the scores that help are beside the words
STRENGTH = {"moods": 0.1, "emotion": 0.1, "offence": 0.1, "irony": 0.1, "hinglish": 1.0, "feelings": 0.1, "foreign": 0.1}
UMSAB_WEIGHT = 2.0
LOG_RATIO = 0.3  # of naive Bayes beside the machine for feelings, both as wide
ADDED = 0.02  # texts that naive Bayes has seen each feature in before it began
TURNS = 20  # of Newton's method for two numbers; it needs six
STEPS = 2047  # of a weight to either side of zero; finer ones change no score and fill the package


@dataclass
class Learned:
    """Weights [rows, outputs] times idf, so that texts are counted with them, and biases."""

    weights: Floats
    bias: Floats


@dataclass
class Counted:
    """A set with its features."""

    rows: Labelled
    fine: Any
    coarse: Any


def heads(data: Path) -> tuple[Heads, dict[str, int]]:
    """Trained on the sets in the folder `data` and on our own voices; and how many rows each gave. Raises FileNotFoundError."""
    scale, read = _counted(data)
    moods = _learned(read["moods"], STRENGTH["moods"])
    learned = {name: _learned(read[name], STRENGTH[name], [moods]) for name in ("emotion", "offence", "irony")}
    helpers = [moods, *learned.values()]
    learned["hinglish"] = _learned(read["hinglish"], STRENGTH["hinglish"])
    names = [name for part in learned for name in read[part].rows.outputs]
    found = packed(scale, _feelings(read, helpers), _foreign(read["umsab"], scale), list(learned.values()), names)
    rows = {name: len(some.rows.texts) for name, some in read.items()}
    return Heads(found.tables._replace(trust=_trust(found, sets.semeval(data)[1]))), rows


def _counted(data: Path) -> tuple[Scale, dict[str, Counted]]:
    labelled = {
        "semeval": sets.semeval(data)[0],
        "umsab": sets.umsab(data, "train"),
        "moods": sets.moods(data),
        "emotion": sets.emotion(data, "train"),
        "offence": sets.offence(data, "train"),
        "irony": sets.irony(data, "train"),
    }
    counted = {name: counts(rows.texts) for name, rows in labelled.items()}
    scale = scale_of(list(counted.values()))
    read = {name: Counted(rows, *weighed(counted[name], scale)) for name, rows in labelled.items()}
    return scale, read | {"hinglish": Counted(sets.hinglish(data, "train"), read["umsab"].fine, read["umsab"].coarse)}


def _learned(some: Counted, strength: float, helpers: Sequence[Learned] = ()) -> Learned:
    """What tells the outputs of `some` apart, by coarse features."""
    truth = some.rows.truth
    return _fitted(some.coarse, some.coarse, truth, strength * _costs(truth), helpers)


def _feelings(read: dict[str, Counted], helpers: Sequence[Learned]) -> Learned:
    """Sentiment, by fine features: a machine, and naive Bayes beside it, which is wrong elsewhere."""
    both = [read["semeval"], read["umsab"]]
    fine, coarse = (vstack([getattr(some, name) for some in both]).tocsr() for name in ("fine", "coarse"))
    truth = np.concatenate([some.rows.truth for some in both])
    worth = np.repeat(np.array([1, UMSAB_WEIGHT], np.float32), [len(some.rows.truth) for some in both])
    machine = _fitted(fine, coarse, truth, STRENGTH["feelings"] * _costs(truth) * worth[:, None], helpers)
    bayes = _bayes(fine, truth, worth)
    share = LOG_RATIO * (fine @ machine.weights).std() / (fine @ bayes.weights).std()
    return Learned(machine.weights + share * bayes.weights, machine.bias + share * bayes.bias)


def _foreign(some: Counted, scale: Scale) -> Learned:
    """Sentiment in other languages than English: words that mean the same everywhere, and words of each language. What a feature counts
    for is a whole number, since a row of a language may stand for several features."""
    truth = some.rows.truth
    rounded = np.rint(scale.fine) / np.maximum(scale.fine, 1e-9)
    whole = csr_matrix((some.fine.data * rounded[some.fine.indices], some.fine.indices, some.fine.indptr), shape=some.fine.shape)
    features = _with_dialects(whole.astype(np.float32), some.rows.slices)
    return _fitted(features, some.coarse, truth, STRENGTH["foreign"] * _costs(truth), [])


def _with_dialects(features: Any, languages: Sequence[str]) -> Any:
    """Each feature twice: as it is, and, but for English, as one of its language."""
    found = []
    for language in dict.fromkeys(languages):
        here = features[[n for n, one in enumerate(languages) if one == language]]
        if language == "en":
            found.append(here)
            continue
        own = csr_matrix((here.data, dialect(here.indices.astype(np.int64), language), here.indptr), shape=here.shape)
        found.append((here + own).tocsr())
    return vstack(found).tocsr()


def _fitted(features: Any, coarse: Any, truth: Floats, costs: Floats, helpers: Sequence[Learned]) -> Learned:
    """A machine over `features` and the scores of `helpers`, which are worked into its weights afterwards."""
    known = _together(helpers)
    scores = coarse @ known.weights + known.bias
    middle, width = scores.mean(0), np.maximum(scores.std(0), 1e-6) / HELP
    further = csr_matrix(np.concatenate([(scores - middle) / width, np.ones((len(scores), 1))], axis=1).astype(np.float32))
    used = np.flatnonzero(np.bincount(features.indices, minlength=features.shape[1]))
    found = machines(hstack([features[:, used], further]).tocsr(), truth, costs.astype(np.float32))
    helped = found[len(used) : -1] / width[:, None]
    weights = np.repeat(known.weights @ helped, features.shape[1] // coarse.shape[1], axis=0)
    weights[used] += found[: len(used)]
    return Learned(weights.astype(np.float32), found[-1] + (known.bias - middle) @ helped)


def _together(some: Sequence[Learned]) -> Learned:
    weights = [one.weights for one in some]
    return Learned(
        np.concatenate([np.zeros((1 << BITS, 0), np.float32), *weights], axis=1),
        np.concatenate([np.zeros(0, np.float32), *(one.bias for one in some)]),
    )


def _costs(truth: Floats) -> Floats:
    """[texts, outputs]: so that rare answers weigh as much as common ones; of several that exclude each other, what is no answer
    of an output weighs as it is."""
    yes = np.maximum((truth > 0).mean(0), 1e-6)
    if truth.shape[1] > 1 and ((truth > 0).sum(1) == 1).all():
        return np.where(truth > 0, 1 / (truth.shape[1] * yes), 1).astype(np.float32)
    return np.where(truth > 0, 1 / (2 * yes), 1 / (2 * np.maximum(1 - yes, 1e-6))).astype(np.float32)


def _bayes(features: Any, truth: Floats, worth: Floats) -> Learned:
    """The logarithm of how much more often each feature stands in texts of an output than in others."""
    yes, no = (features.T @ ((truth * sign > 0) * worth[:, None]) + ADDED for sign in (1, -1))
    seen = np.asarray(features.sum(0)).ravel() > 0
    weights = np.where(seen[:, None], np.log(yes / yes.sum(0)) - np.log(no / no.sum(0)), 0).astype(np.float32)
    return Learned(weights, -(features @ weights).mean(0))


def packed(scale: Scale, feelings: Learned, foreign: Learned, others: Sequence[Learned], names: Sequence[str]) -> Heads:
    """Weights as whole numbers, in the order of OUTPUTS. `names` are those of the columns of `others` together."""
    rest = _together(others)
    order = [list(names).index(name) for name in OTHERS if name in names]
    here = [name in names for name in OTHERS]
    fine = np.concatenate([feelings.weights * scale.fine[:, None], scale.fine[:, None] ** 2], axis=1)
    coarse, bias = np.zeros((len(scale.coarse), len(OTHERS)), np.float32), np.zeros(len(OTHERS), np.float32)
    coarse[:, here], bias[here] = rest.weights[:, order] * scale.coarse[:, None], rest.bias[order]
    unit = np.maximum(np.concatenate([np.abs(fine).max(0), np.abs(coarse).max(0)]), 1e-9) / STEPS
    unit_abroad = np.abs(foreign.weights).max(0) / STEPS
    abroad = np.concatenate([foreign.weights / unit_abroad, scale.fine[:, None]], axis=1)
    tables = Tables(
        np.rint(fine / unit[:4]).astype(np.int16),
        np.rint(coarse / unit[4:]).astype(np.int16),
        np.rint(abroad).astype(np.int16),
        unit.astype(np.float32),
        np.concatenate([feelings.bias, bias]).astype(np.float32),
        unit_abroad.astype(np.float32),
        foreign.bias.astype(np.float32),
        np.array([1, 0], np.float32),
    )
    return Heads(tables)


def _trust(found: Heads, rows: Labelled) -> Floats:
    """How the lead of a feeling tells the chance that it is right: logistic regression by Newton's method, on rows kept aside."""
    scores = np.sort(found.matrix(rows.texts)[:, :3], axis=1)
    right = found.matrix(rows.texts)[:, :3].argmax(1) == rows.truth.argmax(1)
    known = np.stack([scores[:, 2] - scores[:, 1], np.ones(len(scores))], axis=1)
    curve = np.zeros(2)
    for _ in range(TURNS):
        chance = 1 / (1 + np.exp(-known @ curve))
        bent = known.T @ (known * (chance * (1 - chance))[:, None])
        curve += np.linalg.solve(bent, known.T @ (right - chance))
    return curve.astype(np.float32)
