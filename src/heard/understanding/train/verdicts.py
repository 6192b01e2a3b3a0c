"""Trains what rules/learned.py knows, and the columns of the heads that go with it, from voices and from our own phrases.

Words and signs are learned together, so that neither counts again what the other has counted. The phrases of wording.toml and
hints.toml are read as short texts of their own: they teach words that no voice happens to hold.
"""

import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from heard.understanding.assessors import shapes_of_text
from heard.understanding.rules.heads import OTHERS, OUTPUTS, Heads
from heard.understanding.rules.language import languages_of
from heard.understanding.rules.learned import BASE, JUDGED, Weights
from heard.understanding.rules.signs import names, signs_of
from heard.understanding.rules.wording import LANGUAGES, lexicon, ways_to_say
from heard.understanding.slots import KINDS, SENTIMENTS, Text
from heard.understanding.train import examples, places, sets
from heard.understanding.train.features import Floats, coarser, counts
from heard.understanding.train.solve import machines

STRENGTH = 0.25
WORDS, SIGNS, SOUNDS = np.float32(2), np.float32(0.55), np.float32(0.5)  # how loud each speaks before anything is learned
STEPS = 2047  # as in train/heads.py
AT_A_TIME = 10  # phrases in one text
PHRASE_WORTH, OTHER_WORTH = 0.15, 0.05  # of a text of phrases beside a voice: where it is an example, and where not
EXAMPLE_OF = {
    **dict.fromkeys(("good", "like", "compliment"), "praise"),
    **dict.fromkeys(("trouble", "outage", "billing", "help", "own", "waited"), "support"),
    "buy": "sales",
    **dict.fromkeys(("dear", "wish", "quality", "aspect"), "product"),
    "spread": "marketing",
    **dict.fromkeys(("anyone", "answering"), "community"),
    **dict.fromkeys(("safety", "law", "discrimination", "leak", "fraud", "leave", "selfharm", "reach"), "risk"),
    **dict.fromkeys(("spam", "pitch"), "spam"),
    **dict.fromkeys(("smalltalk", "manners", "closing", "later", "today"), ""),
}


def verdicts(heads: Heads, rows: Sequence[dict]) -> tuple[Heads, Weights]:
    """`heads` with the columns of JUDGED learned from `rows`, which are voices with their labels, and from our examples; and the weights
    beside them."""
    rows = [*rows, *examples.rows()]
    texts = [places.as_heard(row) for row in rows]
    phrases = list(_phrases())
    words, idf = _words(heads, [t.text for t in texts] + [text for _, text in phrases])
    further = np.concatenate([signs(texts) * SIGNS, _sounds(heads, texts) * SOUNDS], axis=1)
    silent = np.zeros((len(phrases), further.shape[1]), np.float32)
    used = np.flatnonzero(np.bincount(words.indices, minlength=words.shape[1]))
    one = np.ones((words.shape[0], 1), np.float32)
    beside = csr_matrix(np.concatenate([np.concatenate([further, silent]), one], axis=1))
    truth, costs = _truth(rows, [cue for cue, _ in phrases])
    found = machines(hstack([words[:, used] * WORDS, beside]).tocsr(), truth, costs)
    weights = np.zeros((words.shape[1], len(JUDGED)), np.float32)
    weights[used] = found[: len(used)] * WORDS * idf[used, None]
    felt = machines(csr_matrix(np.concatenate([further, one[: len(rows)]], axis=1)), *_feelings(rows))
    rest = np.concatenate([found[len(used) :], felt], axis=1)
    count = len(names())
    small = Weights(names(), rest[:count] * SIGNS, rest[count:-1] * SOUNDS, rest[-1])
    return _with_columns(heads, weights), _rounded(small)


def signs(texts: Sequence[Text]) -> Floats:
    """[texts, names] as they are found when a voice is read."""
    languages = [guess.language for guess in languages_of([t.words for t in texts], [t.language_hint for t in texts])]
    found = lexicon().find([t.words for t in texts], languages)
    return signs_of(found, [shapes_of_text(t, w) for t, w in zip(texts, found, strict=True)], [len(t.words) for t in texts])


def _sounds(heads: Heads, texts: Sequence[Text]) -> Floats:
    return heads.matrix([t.text or t.subject for t in texts])[:, [OUTPUTS.index(name) for name in BASE]]


def _words(heads: Heads, texts: Sequence[str]) -> tuple[Any, Floats]:
    """Coarse features times idf, each text as long as the heads think it is; and the idf."""
    fine = counts(texts)
    square = heads.tables.fine[:, 3].astype(np.float64) * float(heads.tables.unit[3])
    length = np.sqrt(np.maximum(fine @ square, 1e-9))
    coarse = coarser(fine)
    seen = np.bincount(coarse.indices, minlength=coarse.shape[1])
    idf = np.where(seen >= 2, np.log(len(texts) / np.maximum(seen, 1)) + 1, 0).astype(np.float32)
    values = coarse.data * idf[coarse.indices] / np.repeat(length, np.diff(coarse.indptr))
    found = csr_matrix((values.astype(np.float32), coarse.indices, coarse.indptr), shape=coarse.shape)
    found.eliminate_zeros()
    return found, idf


def _phrases() -> Iterator[tuple[str, str]]:
    """(cue, text) of our own phrases, some at a time."""
    rules = files("heard.understanding.rules")
    for name in ("wording.toml", "hints.toml"):
        for cue, entry in tomllib.loads((rules / name).read_text("utf-8")).items():
            for language in LANGUAGES if cue in EXAMPLE_OF else ():
                said = list(ways_to_say(entry.get(language, "")))
                for start in range(0, len(said), AT_A_TIME):
                    yield cue, " . ".join(said[start : start + AT_A_TIME])


def _truth(rows: Sequence[dict], cues: Sequence[str]) -> tuple[Floats, Floats]:
    """[texts, JUDGED] of 1 and -1, and what it costs to be wrong there. Phrases say nothing but kinds."""
    judged = sets.judged(rows).truth
    yes = (judged > 0).mean(0)
    worth = np.array([row.get("worth", 1) for row in rows], np.float32)[:, None]
    costs = np.sqrt(np.where(judged > 0, 0.5 / yes, 0.5 / (1 - yes))) * worth
    of_phrases = np.full((len(cues), len(JUDGED)), -1, np.float32)
    cost_of_phrases = np.zeros((len(cues), len(JUDGED)), np.float32)
    cost_of_phrases[:, : len(KINDS)] = OTHER_WORTH
    for n, cue in enumerate(cues):
        if EXAMPLE_OF[cue]:
            column = JUDGED.index(EXAMPLE_OF[cue])
            of_phrases[n, column], cost_of_phrases[n, column] = 1, PHRASE_WORTH
    return np.concatenate([judged, of_phrases]), STRENGTH * np.concatenate([costs, cost_of_phrases]).astype(np.float32)


def _feelings(rows: Sequence[dict]) -> tuple[Floats, Floats]:
    """[voices, FELT]"""
    truth = np.array([[1 if row["sentiment"] == name else -1 for name in SENTIMENTS] for row in rows], np.float32)
    yes = (truth > 0).mean(0)
    worth = np.array([row.get("worth", 1) for row in rows], np.float32)[:, None]
    return truth, (STRENGTH * worth * np.sqrt(np.where(truth > 0, 0.5 / yes, 0.5 / (1 - yes)))).astype(np.float32)


def _with_columns(heads: Heads, weights: Floats) -> Heads:
    """The biases are with the other weights."""
    tables = heads.tables
    coarse, unit, bias = tables.coarse.copy(), tables.unit.copy(), tables.bias.copy()
    for n, name in enumerate(JUDGED):
        column = OTHERS.index(name)
        unit[4 + column] = max(float(np.abs(weights[:, n]).max()), 1e-9) / STEPS
        coarse[:, column] = np.rint(weights[:, n] / unit[4 + column])
        bias[3 + column] = 0
    return Heads(tables._replace(coarse=coarse, unit=unit, bias=bias), heads.outputs)


def _rounded(weights: Weights) -> Weights:
    return weights._replace(
        **{part: getattr(weights, part).astype(np.float16).astype(np.float32) for part in ("signs", "base", "bias")}
    )


def save(weights: Weights, file: Any) -> None:
    np.savez_compressed(
        file,
        names=np.array(weights.names, np.str_),
        **{part: getattr(weights, part).astype(np.float16) for part in ("signs", "base", "bias")},
    )
