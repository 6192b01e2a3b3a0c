"""Weights are trained anew by whoever wants to: twice the same from the same rows, and better than chance on what they never saw."""

import os
from pathlib import Path

import numpy as np
import pytest

from heard.understanding.rules.hashing import BITS, FINE
from heard.understanding.rules.heads import OTHERS, OUTPUTS, trained
from heard.understanding.train import heads as training
from heard.understanding.train import sets
from heard.understanding.train.command import WEIGHTS, written
from heard.understanding.train.features import counts, scale_of, weighed
from heard.understanding.train.heads import Counted, Learned
from heard.understanding.train.sets import Labelled
from heard.understanding.train.solve import machines

DATA = Path(os.environ.get("HEARD_DATA") or "../shared/data")
GLAD = ["what a lovely day", "I love this phone", "so happy with it", "great great service", "thank you, wonderful people"]
SORRY = ["what an awful day", "I hate this phone", "so sad about it", "terrible terrible service", "shame on you, rude people"]
PLAIN = ["the shop opens at nine", "the phone is on the table", "it is a day in May", "a service is held", "people walk by"]
TEXTS = [f"{text} {word}" for text in (*SORRY, *PLAIN, *GLAD) for word in ("today", "again", "really", "@acme")]


def small(texts: list[str] = TEXTS) -> Labelled:
    truth = np.full((len(texts), 3), -1, np.float32)
    truth[np.arange(len(texts)), np.repeat([0, 1, 2], len(texts) // 3)] = 1
    return Labelled(texts, ("negative", "neutral", "positive"), truth, ("de",) * len(texts))


def heads():
    rows = small()
    counted = counts(rows.texts)
    scale = scale_of([counted])
    some = Counted(rows, *weighed(counted, scale))
    feelings = training._feelings({"semeval": some, "umsab": some}, [])
    silent = Learned(np.zeros((1 << BITS, len(OTHERS)), np.float32), np.zeros(len(OTHERS), np.float32))
    return training.packed(scale, feelings, training._foreign(some, scale), [silent], OTHERS)


def test_two_trainings_write_the_same_bytes(tmp_path):
    first, second = (written(heads(), tmp_path / name) for name in ("one.npz", "two.npz"))
    assert first == second
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_what_was_trained_tells_texts_apart_that_it_never_saw():
    found = heads()
    assert found.outputs == OUTPUTS
    new = ["a lovely wonderful service", "an awful terrible phone"]
    for languages in (None, ["de", "de"]):
        felt = found.matrix(new, languages)[:, :3].argmax(1).tolist()
        assert felt == [2, 0], languages


def test_a_machine_is_as_good_as_it_can_be():
    """At the best weights no direction is downhill: the slope of what it costs is nothing."""
    rows = small()
    counted = counts(rows.texts)
    features = weighed(counted, scale_of([counted]))[0]
    costs = np.full(rows.truth.shape, 0.5, np.float32)
    found = machines(features, rows.truth, costs)
    lacking = np.maximum(1 - rows.truth * (features @ found), 0)
    slope = found - 2 * (features.T @ (costs * rows.truth * lacking))
    begin = 2 * (features.T @ (costs * rows.truth))
    assert np.linalg.norm(slope) < 0.02 * np.linalg.norm(begin)
    assert found.shape == (1 << FINE, 3)


def test_the_weights_that_ship_are_small_and_fit_their_code():
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) < 20_000_000
    assert trained().outputs == OUTPUTS


def test_nothing_is_learned_from_the_third_of_our_voices_that_judges():
    aside = {row["id"] for row in sets.voices(sets.is_aside)}
    learned = {row["id"] for row in sets.voices(lambda id_: not sets.is_aside(id_))}
    assert aside.isdisjoint(learned)
    assert 0.28 < len(aside) / len(aside | learned) < 0.4


@pytest.mark.skipif(not DATA.is_dir() and not os.environ.get("CI"), reason="the public sets are not here (HEARD_DATA)")
def test_the_weights_that_ship_hear_feelings_in_rows_that_were_kept_aside():
    aside = sets.semeval(DATA)[1]
    got = trained().matrix(aside.texts[:2000])[:, :3].argmax(1)
    true = aside.truth[:2000].argmax(1)
    recall = [(got[true == one] == one).mean() for one in range(3)]
    assert np.mean(recall) > 0.64
