"""However it is looked for, the same is found; and what is learnt from crises holds for a new one."""

import numpy as np
import pytest

from heard.understanding.learning import linear, newton
from heard.understanding.learning.informative import learn_informative, scores_of
from heard.understanding.learning.linear import fit
from heard.understanding.learning.shape import NAMES, WEIGHT, Shape
from heard.understanding.tests.lessons import trade_talk

TALK = trade_talk(120)
TEXTS, LABELS = [words for words, _ in TALK], [what for _, what in TALK]


RARE_TEXTS = [*TEXTS, "the lift is stuck again", "lift stuck on the third floor", "stuck in your lift"]


def learnt(strength: float) -> np.ndarray:
    labels = [*LABELS, *["lift"] * 3]
    return fit(RARE_TEXTS, labels, classes=("negative", "positive", "lift"), strength=strength, calibrated=False).scores(
        RARE_TEXTS
    )


@pytest.mark.parametrize("strength", [0.1, 1.0])
def test_looking_only_at_what_is_wrong_finds_the_same(strength, monkeypatch):
    quickly = learnt(strength)
    monkeypatch.setattr(newton, "FEW", 0)
    monkeypatch.setattr(linear, "RARE", 0)
    monkeypatch.setattr(newton, "CLOSE_ENOUGH", 1e-3)
    thoroughly = learnt(strength)
    assert quickly == pytest.approx(thoroughly, abs=0.1)


def test_texts_without_letters_can_be_learnt_from():
    head = fit(["", "👍", "good", "bad"], [("yes",), (), ("yes",), ()], classes=("yes",), calibrated=False)
    assert np.isfinite(head.scores(["", "good"])).all()


def test_shape_is_the_same_whatever_a_post_is_about():
    flood, quake = Shape().scores(["RT @a: 12 dead in the flood http://x.y", "RT @b: 47 dead in the quake http://z.w"])
    assert flood == pytest.approx(quake, abs=0.15)
    assert Shape().scores([]).shape == (0, len(NAMES))
    assert flood.max() <= WEIGHT


def test_an_earthquake_is_read_by_what_a_flood_taught():
    reports = [
        f"RT @news{n}: {n} killed, {n * 3} houses damaged by the flood in district {n} http://t.co/{n}" for n in range(1, 30)
    ]
    feelings = [f"omg i am so sad about my town, praying for you {'lol ' * (n % 3)}:(" for n in range(1, 30)]
    head = learn_informative([*reports, *feelings], [True] * 29 + [False] * 29)
    quake = ["RT @agency: 5 injured, 12 homes destroyed by the earthquake http://t.co/q", "my god i hope we are fine, praying :("]
    assert (scores_of(head, quake) > 0).tolist() == [True, False]
