"""Words that were weighed before weigh the same: remembered, forgotten, alone or in a crowd."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.rules import weighed
from heard.understanding.rules.hashing import BITS, FINE, bag_of, dialect
from heard.understanding.rules.heads import Heads, Tables

DICE = np.random.default_rng(7)
FINER = DICE.integers(-2047, 2048, (1 << FINE, 4), np.int16) * np.array([1, 1, 1, 0], np.int16)
FINER[:, 3] = DICE.integers(0, 2048, 1 << FINE)
COARSE = DICE.integers(-2047, 2048, (1 << BITS, 2), np.int16)
UNIT = np.array([0.001, 0.002, 0.003, 0.05, 0.004, 0.005], np.float32)
BIAS = np.array([0.1, -0.2, 0.3, 0.0, 1.0], np.float32)
FOREIGN = DICE.integers(-300, 300, (1 << FINE, 4), np.int16)
FOREIGN[:, 3] = DICE.integers(0, 13, 1 << FINE)
ABROAD = np.array([0.2, 0.2, -0.3], np.float32)
TABLES = Tables(FINER, COARSE, FOREIGN, UNIT, BIAS, UNIT[:3], ABROAD, np.array([2, 0], np.float32))
OUTPUTS = ("negative", "neutral", "positive", "offence", "irony")
SPEECH = st.lists(
    st.sampled_from(["great", "GREAT!!", "don't", "@acme", "#nice", "不好用", "é", "\x07", "http://a.b", "🙄"])
).map(" ".join)
TEXTS = st.lists(st.text() | SPEECH, min_size=1, max_size=6)


def plainly(texts: list[str]) -> np.ndarray:
    """What the training sees: every feature of every text, added up."""
    fine, coarse = np.zeros((len(texts), 4)), np.zeros((len(texts), 2))
    for rows, of_text, _ in bag_of(texts, FINE).parts:
        np.add.at(fine, of_text, FINER[rows])
    for rows, of_text, _ in bag_of(texts).parts:
        np.add.at(coarse, of_text, COARSE[rows])
    length = np.sqrt(np.maximum(fine[:, 3:] * UNIT[3].astype(np.float64), 1e-9))
    return (np.concatenate([fine[:, :3], coarse], axis=1) * np.delete(UNIT, 3).astype(np.float64) / length + BIAS).astype(
        np.float32
    )


@given(st.lists(TEXTS, min_size=1, max_size=3))
@settings(deadline=None)
def test_scores_are_the_sum_of_all_features_to_the_last_bit(batches):
    heads = Heads(TABLES, OUTPUTS)
    assert all(np.array_equal(heads.matrix(texts), plainly(texts)) for texts in [*batches, *batches])


def by_dialect(texts: list[str], language: str) -> np.ndarray:
    """What the training of other languages sees."""
    felt, length = np.zeros((len(texts), 3)), np.zeros((len(texts), 1))
    for rows, of_text, _ in bag_of(texts, FINE).parts:
        both = FOREIGN[rows, :3].astype(np.float64) + FOREIGN[dialect(rows, language), :3]
        np.add.at(felt, of_text, both * FOREIGN[rows, 3:])
        np.add.at(length, of_text, FINER[rows, 3:])
    length = np.sqrt(np.maximum(length * UNIT[3].astype(np.float64), 1e-9))
    return (felt * UNIT[:3].astype(np.float64) / length + ABROAD).astype(np.float32)


@given(TEXTS, st.sampled_from(["de", "ar"]))
@settings(deadline=None, max_examples=30)
def test_feelings_in_another_language_are_those_of_its_own_words(texts, language):
    heads, at_home = Heads(TABLES, OUTPUTS), Heads(TABLES, OUTPUTS).matrix(texts)
    for _ in range(2):
        found = heads.matrix([*texts, "hello"], [language] * len(texts) + ["en"])
        assert np.array_equal(found[:-1, :3], by_dialect(texts, language))
        assert np.array_equal(found[:-1, 3:], at_home[:, 3:])


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing(monkeypatch):
    monkeypatch.setattr(weighed, "MOST_WORDS", 50)
    words = weighed.Words(FINER, COARSE)
    first = words.spoken(["great, not broken"]).totals
    sizes = [len(words.spoken([f"word{n} and word{n + 1}"]).rows) and len(words._rows) for n in range(200)]
    assert max(sizes) <= 50 + 4
    assert np.array_equal(words.spoken(["great, not broken"]).totals, first)


def test_the_longest_text_without_spaces_is_soon_forgotten(monkeypatch):
    monkeypatch.setattr(weighed, "MOST_BYTES", 10_000)
    words = weighed.Words(FINER, COARSE)
    for letter in "abcdef":
        words.spoken([letter * 4000])
    assert sum(map(len, words._rows)) <= 10_000 + 4000 + 1
