"""A head is taught by corrections, starts from what the path says, and is tried on what it did not learn from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.understanding.learning.assessor import apply
from heard.understanding.learning.examples import path_readings
from heard.understanding.learning.signs import in_the_order_of, names, signs_of
from heard.understanding.learning.taught import LEAST, PATH_SAYS, Lesson, Taught, TooFew, teach
from heard.understanding.learning.trial import judged, wilson
from heard.understanding.learning.values import LEARNT, classes_of, labels_of, said_in, values_of
from heard.understanding.rules.corrections import CHOICES
from heard.understanding.slots import KINDS, Text
from heard.understanding.tests.lessons import trade_talk


def lessons_of(pairs, field="sentiment", weight=1.0) -> list[Lesson]:
    readings = path_readings([Text(text=words) for words, _ in pairs])
    return [Lesson(words, reading, value, weight) for (words, value), reading in zip(pairs, readings, strict=True)]


@pytest.fixture(scope="module")
def weavers() -> Taught:
    return teach("sentiment", lessons_of(trade_talk(60)))


def test_words_that_nobody_knew_are_learnt(weavers):
    texts = [Text(text="The warp rattles and weeps."), Text(text="My warp glides and purrs.")]
    readings = path_readings(texts)
    apply({"sentiment": weavers}, texts, readings)
    assert [r.sentiment for r in readings] == ["negative", "positive"]


def test_a_changed_field_says_from_how_many_corrections_and_by_which_words(weavers):
    texts = [Text(text="The warp rattles and weeps.")]
    readings = path_readings(texts)
    assert readings[0].sentiment != "negative"
    apply({"sentiment": weavers}, texts, readings)
    (reason,) = [r for r in readings[0].reasons if r.field == "sentiment"]
    assert reason.because == "learnt from 60 corrections of colleagues"
    assert {"rattles", "weeps"} & set(reason.evidence)


def test_where_nothing_was_said_the_path_goes_on_judging(weavers):
    texts = [Text(text="I love it, thank you so much!"), Text(text="Great product, well done!")]
    readings = path_readings(texts)
    before = [(r.sentiment, r.kinds, r.urgency, r.reasons) for r in readings]
    apply({"sentiment": weavers}, texts, readings)
    assert [(r.sentiment, r.kinds, r.urgency, r.reasons) for r in readings] == before
    assert [sentiment for sentiment, *_ in before] == ["positive", "positive"]


def test_what_was_taught_survives_as_bytes_and_twice_the_same(weavers):
    again = Taught.from_bytes(weavers.to_bytes())
    texts = [words for words, _ in trade_talk(20)]
    readings = path_readings([Text(text=t) for t in texts])
    signs = signs_of(readings)
    assert again.values(texts, readings, signs) == weavers.values(texts, readings, signs)
    assert teach("sentiment", lessons_of(trade_talk(60))).to_bytes() == weavers.to_bytes()


def test_bytes_that_are_no_head_are_refused():
    with pytest.raises(ValueError, match="no head"):
        Taught.from_bytes(b"nonsense")


def test_a_head_finds_its_columns_among_those_of_a_later_version():
    signs = signs_of(path_readings([Text(text="My router is broken.")]))
    wanted = [*reversed(names()), "a sign of long ago"]
    found = in_the_order_of(wanted, signs)
    assert found[0, :-1].tolist() == signs[0, ::-1].tolist()
    assert found[0, -1] == 0


def test_few_corrections_teach_nothing():
    with pytest.raises(TooFew, match=f"{LEAST} are needed"):
        teach("sentiment", lessons_of(trade_talk(LEAST - 1)))


def test_a_value_that_was_given_twice_is_not_judged():
    pairs = [
        (words, ["support"] if n % 2 else ["support", "sales"] if n < 4 else []) for n, (words, _) in enumerate(trade_talk(40))
    ]
    taught = teach("kinds", lessons_of(pairs, "kinds"))
    assert [kind for kind, known in zip(KINDS, taught.taught, strict=True) if known] == ["support"]


def test_one_value_alone_teaches_nothing():
    with pytest.raises(TooFew, match="as often not"):
        teach("answer_due", lessons_of([(words, True) for words, _ in trade_talk(40)], "answer_due"))


def test_a_trial_is_better_where_there_was_something_to_learn():
    scores = judged("sentiment", lessons_of(trade_talk(60)))
    assert scores.count == 60
    assert scores.after > 0.9 > scores.before
    assert scores.is_better


def test_corrections_that_contradict_each_other_are_not_taken_into_use():
    """Their words say what the path says; the colleague threw dice."""
    plain = [("I love it", "positive"), ("This is awful", "negative")] * 20
    pairs = [(f"{words}, {THING[n % 7]} {n}", value if n % 5 else "neutral") for n, (words, value) in enumerate(plain)]
    scores = judged("sentiment", lessons_of(pairs))
    assert scores.is_better == (scores.after >= scores.before)
    worse = judged("sentiment", lessons_of(pairs), teach=lambda field, lessons, signs: _upside_down(field, lessons))
    assert not worse.is_better
    assert "worse than what ships" in worse.why


THING = ("one", "two", "three", "four", "five", "six", "seven")


def _upside_down(field, lessons):
    turned = {"positive": "negative", "negative": "positive", "neutral": "mixed"}
    return teach(field, [lesson._replace(value=turned[lesson.value]) for lesson in lessons])


def test_a_head_that_would_change_much_that_nobody_corrected_waits_for_a_person():
    wrong = lessons_of([(words, "neutral") for words, _ in trade_talk(12)] + trade_talk(60)[12:])
    others = lessons_of([(f"The {n} rattles again", "positive") for n in range(40)], weight=PATH_SAYS)
    scores = judged(
        "sentiment", [*wrong, *others], teach=lambda field, lessons, signs: teach(field, [x for x in lessons if x.weight >= 1])
    )
    assert scores.changed > 0.3
    assert scores.why == "says something else of many voices that nobody corrected"


def test_the_head_in_use_is_the_measure_on_corrections_it_never_saw(weavers):
    lessons = lessons_of(trade_talk(60))
    scores = judged("sentiment", lessons, used=weavers, unseen=range(30))
    assert scores.since_count == 30
    assert scores.since_used == 1.0


@pytest.mark.parametrize(("right", "count", "low", "high"), [(0, 0, 0.0, 1.0), (8, 10, 0.490, 0.943), (10, 10, 0.722, 1.0)])
def test_an_interval_holds_for_small_counts_too(right, count, low, high):
    assert wilson(right, count) == pytest.approx((low, high), abs=0.001)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_within_its_interval(some):
    right, count = some
    low, high = wilson(right, count)
    assert 0 <= low <= (right / count if count else low) + 1e-9 <= high + 2e-9 <= 1 + 3e-9


VALUES = {
    "kinds": st.sets(st.sampled_from(KINDS)).map(lambda some: [k for k in KINDS if k in some]),
    "urgency": st.integers(0, 3),
    **{field: st.sampled_from(values) for field, values in CHOICES.items()},
}


@given(st.sampled_from(LEARNT).flatmap(lambda field: st.tuples(st.just(field), VALUES.get(field, st.booleans()))))
def test_every_value_survives_as_classes(pair):
    """Scores that say what is true bring back the value, whatever the path said."""
    import numpy as np

    field, value = pair
    classes = classes_of(field)
    scores = np.array([[1.0 if name in labels_of(field, value) else -1.0 for name in classes]], np.float32)
    before = said_in(field, path_readings([Text(text="")])[0])
    assert values_of(field, scores, [before], np.ones(len(classes), bool)) == [value]
