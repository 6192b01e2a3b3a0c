"""Words that were weighed before weigh the same: remembered, forgotten, alone or in a crowd."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.rules import weighed
from heard.understanding.rules.hashing import BITS, bag_of
from heard.understanding.rules.tone import Tone

BIAS = np.array([0.1, -0.2, 0.3], np.float32)
TABLE = np.random.default_rng(7).normal(size=(1 << BITS, 4)).astype(np.float16).astype(np.float32) ** [1, 1, 1, 2]
TABLE = TABLE.astype(np.float16).astype(np.float32)
SPEECH = st.lists(
    st.sampled_from(["great", "GREAT!!", "don't", "@acme", "#nice", "不好用", "é", "\x07", "http://a.b", "🙄"])
).map(" ".join)
TEXTS = st.lists(st.text() | SPEECH, min_size=1, max_size=6)


def plainly(texts: list[str]) -> np.ndarray:
    """What the training sees: every feature of every text, added up."""
    totals = np.zeros((len(texts), 4))
    for rows, of_text, _ in bag_of(texts).parts:
        np.add.at(totals, of_text, TABLE[rows].astype(np.float64))
    return (totals[:, :3] / np.sqrt(np.maximum(totals[:, 3:], 1e-9)) + BIAS).astype(np.float32)


@given(st.lists(TEXTS, min_size=1, max_size=3))
@settings(deadline=None)
def test_scores_are_the_sum_of_all_features_to_the_last_bit(batches):
    tone = Tone(TABLE, BIAS)
    assert all(np.array_equal(tone.scores(texts), plainly(texts)) for texts in [*batches, *batches])


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing(monkeypatch):
    monkeypatch.setattr(weighed, "MOST_WORDS", 50)
    words = weighed.Words(TABLE)
    first = words.spoken(["great, not broken"]).totals
    sizes = [len(words.spoken([f"word{n} and word{n + 1}"]).rows) and len(words._rows) for n in range(200)]
    assert max(sizes) <= 50 + 4
    assert np.array_equal(words.spoken(["great, not broken"]).totals, first)


def test_the_longest_text_without_spaces_is_soon_forgotten(monkeypatch):
    monkeypatch.setattr(weighed, "MOST_BYTES", 10_000)
    words = weighed.Words(TABLE)
    for letter in "abcdef":
        words.spoken([letter * 4000])
    assert sum(map(len, words._rows)) <= 10_000 + 4000 + 1
