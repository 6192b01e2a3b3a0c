"""Which voices a colleague is asked about first, and how well voices are understood."""

from datetime import timedelta

import pytest

from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.understanding.learning.quality import Share, drift, quality
from heard.understanding.learning.teach import teach_me
from heard.understanding.models import Assessment, Correction
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shed(wire, care):
    return wire(team=care)


def unsure(id_: int, confidence: float, *fields: str) -> None:
    Assessment.objects.filter(interaction_id=id_).update(confidence=confidence, unsure=list(fields))


@pytest.fixture
def three(shed) -> list[int]:
    """A voice that is plain, one that is unsure, and one that says the same as the second."""
    ids = heard(shed, ["I love it!", "The gasket weeps since Monday.", "The gasket weeps since Monday!!"])
    for id_, confidence in zip(ids, (0.95, 0.5, 0.5), strict=True):
        unsure(id_, confidence)
    return ids


def test_the_unsure_come_first_and_no_two_alike(three, alice, seen_by):
    plain, first, twin = three
    asked = [q.interaction_id for q in teach_me(seen_by(alice))]
    assert len(asked) == 2
    assert asked[0] in (first, twin)
    assert asked[1] == plain


def test_what_the_path_itself_doubts_comes_before_what_only_scores_low(three, alice, seen_by):
    plain, first, twin = three
    unsure(plain, 0.6, "sentiment")
    assert [q.interaction_id for q in teach_me(seen_by(alice))][0] == plain
    assert teach_me(seen_by(alice), field="sentiment")[0].fields == ["sentiment"]


def test_nobody_is_asked_twice(three, alice, seen_by):
    corrected(alice, three[1:], "sentiment", ["negative", "negative"])
    assert [q.interaction_id for q in teach_me(seen_by(alice), field="sentiment")] == [three[0]]
    assert len(teach_me(seen_by(alice), field="urgency")) == 2


def test_another_team_is_asked_about_none_of_it(three, bea, seen_by):
    assert teach_me(seen_by(bea)) == []


def test_who_may_not_correct_is_not_asked(three, vera, seen_by):
    with pytest.raises(NotAllowed):
        teach_me(seen_by(vera))


def test_the_number_of_questions_does_not_grow(shed, alice, seen_by, django_assert_max_num_queries):
    heard(shed, [words for words, _ in trade_talk(40)])
    with django_assert_max_num_queries(5):
        assert len(teach_me(seen_by(alice), limit=40)) > 1


def test_a_share_comes_with_its_base_and_its_interval(shed, alice, bea, seen_by):
    talk = trade_talk(20)
    ids = heard(shed, [words for words, _ in talk])
    said = dict(Assessment.objects.values_list("interaction_id", "sentiment"))
    corrected(alice, ids, "sentiment", [said[i] if n < 15 else "mixed" for n, i in enumerate(ids)])
    (found,) = quality(seen_by(alice))
    assert (found.field, found.all, found.corrections_by) == ("sentiment", Share(15, 20), 1)
    assert found.all.low < 0.75 < found.all.high
    assert found.slices["channel"] == {"wire": Share(15, 20)}
    assert found.weeks[-1][1] == Share(15, 20)
    assert quality(seen_by(bea)) == []


def test_the_first_word_of_a_colleague_counts_against_what_stood_there_before(shed, alice, seen_by):
    (id_,) = heard(shed, ["The gasket weeps."])
    before = Assessment.objects.get()
    corrected(alice, [id_], "urgency", [3])
    corrected(alice, [id_], "urgency", [before.urgency])
    Assessment.objects.create(
        **{f: getattr(before, f) for f in ("interaction_id", "language", "sentiment", "answer_due", "operational", "analytical")},
        version=before.version + 1,
        urgency=3,
        assessed_at=now() + timedelta(minutes=1),
    )
    (found,) = quality(seen_by(alice))
    assert found.all == Share(0, 1)


def test_old_corrections_are_left_out(shed, alice, seen_by):
    ids = heard(shed, ["The gasket weeps."])
    corrected(alice, ids, "urgency", [3])
    Correction.objects.update(made_at=now() - timedelta(weeks=9))
    assert quality(seen_by(alice)) == []


@pytest.mark.parametrize(
    ("lately", "before", "expected"),
    [
        (Share(50, 100), Share(90, 100), -0.4),
        (Share(88, 100), Share(90, 100), None),  # may be chance
        (Share(0, 5), Share(90, 100), None),  # too few to say
        (Share(100, 100), Share(100, 100), None),
    ],
)
def test_drift_is_said_only_where_it_is_no_chance(lately, before, expected):
    assert drift(lately, before) == expected
