"""A voice is assessed once, and what a colleague says of it wins."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heard.governance.permissions import HEARD, NotAllowed
from heard.identity.recognise import recognise
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.listening.channels.contract import Edited
from heard.listening.write_down import write_down
from heard.understanding.actions import NothingToCorrect, correct
from heard.understanding.assess import assess, read
from heard.understanding.assessors import VERSION
from heard.understanding.models import Assessment, Correction
from heard.understanding.rules.corrections import BadCorrection
from heard.understanding.selectors import verdicts
from heard.understanding.tests.lessons import spoken, understood
from tests.support.wire import at, person, said

DANA = person("Dana")
COMPLAINT = "My router does not work, please help."

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def complaint(wire, care):
    """The id of a complaint to the care team."""
    account_id = wire(team=care)
    return understood(account_id, said("1", DANA, COMPLAINT))[0].recognised.heard.interaction_id


def test_a_new_voice_gets_one_assessment_with_reasons(complaint):
    found = Assessment.objects.get()
    assert (found.interaction_id, found.version, found.kinds) == (complaint, VERSION, ["support"])
    assert {"field": "kinds", "value": "support"}.items() <= found.reasons[2].items()


def test_doubles_edits_and_our_own_words_are_not_assessed(wire):
    account_id = wire()
    voice = said("1", DANA, COMPLAINT)
    understood(account_id, voice)
    later = understood(
        account_id,
        voice,
        said("2", person("We"), "We are on it", direction="outbound"),
        Edited(target="1", version="2", occurred_at=at(9)),
    )
    assert Assessment.objects.count() == 1
    assert [u.reading is None for u in later] == [False, True, True]


def test_the_number_of_statements_does_not_grow_with_the_batch(wire):
    account_id = wire()

    def statements(first: int, count: int) -> int:
        batch = spoken(account_id, *(said(f"{n}", DANA, COMPLAINT) for n in range(first, first + count)))
        readings = read(batch)
        with one_writer():
            recognised = recognise(write_down(batch))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assess(recognised, readings)
        return len(queries)

    assert statements(0, 1) == statements(1, 60) <= 1


def test_reading_asks_the_database_nothing(wire, django_assert_num_queries):
    batch = spoken(wire(), said("1", DANA, COMPLAINT))
    with django_assert_num_queries(0):
        read(batch)


def test_the_word_of_a_colleague_wins_and_says_whose_it_is(complaint, alice, seen_by):
    correct(seen_by(alice), complaint, field="kinds", value=["product", "support"])
    correct(seen_by(alice), complaint, field="urgency", value=3)
    correct(seen_by(alice), complaint, field="urgency", value=2)
    verdict = verdicts(seen_by(alice), [complaint])[complaint]
    assert (verdict.kinds, verdict.urgency) == (("support", "product"), 2)
    assert {field: name for field, (name, _) in verdict.corrected.items()} == {"kinds": "Alice", "urgency": "Alice"}


def test_a_correction_wins_over_a_newer_assessment_too(complaint, alice, seen_by):
    correct(seen_by(alice), complaint, field="sentiment", value="mixed")
    old = Assessment.objects.get()
    Assessment.objects.create(
        interaction_id=complaint,
        version=VERSION + 1,
        language="de",
        sentiment="positive",
        answer_due=old.answer_due,
        operational=old.operational,
        analytical=old.analytical,
        assessed_at=now(),
    )
    verdict = verdicts(seen_by(alice), [complaint])[complaint]
    assert (verdict.language, verdict.sentiment) == ("de", "mixed")


def test_saying_the_same_again_changes_nothing(complaint, alice, seen_by):
    correct(seen_by(alice), complaint, field="answer_due", value=False)
    correct(seen_by(alice), complaint, field="answer_due", value=False)
    assert Correction.objects.count() == 1


def test_a_viewer_may_read_but_not_correct(complaint, vera, seen_by):
    assert complaint in verdicts(seen_by(vera), [complaint])
    with pytest.raises(NotAllowed):
        correct(seen_by(vera), complaint, field="urgency", value=0)
    assert not Correction.objects.exists()


def test_another_team_neither_sees_nor_corrects_it(complaint, bea, seen_by):
    assert verdicts(seen_by(bea), [complaint]) == {}
    with pytest.raises(NothingToCorrect):
        correct(seen_by(bea), complaint, field="urgency", value=0)
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mood", "good"),
        ("sentiment", "angry"),
        ("sentiment", None),
        ("kinds", "support"),
        ("kinds", ["support", "gossip"]),
        ("kinds", [["support"]]),
        ("answer_due", "yes"),
        ("answer_due", 1),
        ("urgency", 4),
        ("urgency", True),
        ("language", "klingon"),
        ("private", ["shoe size"]),
    ],
)
def test_what_cannot_be_true_is_refused_with_words(complaint, alice, seen_by, field, value):
    with pytest.raises(BadCorrection, match=r"\w+ .*\."):
        correct(seen_by(alice), complaint, field=field, value=value)


def test_heard_itself_corrects_nobody(complaint):
    with pytest.raises(BadCorrection):
        correct(HEARD, complaint, field="urgency", value=0)


def test_any_number_of_verdicts_costs_three_queries(wire, alice, seen_by, django_assert_num_queries):
    account_id = wire()
    ids = [u.recognised.heard.interaction_id for u in understood(account_id, *(said(f"{n}", DANA, COMPLAINT) for n in range(30)))]
    viewer = seen_by(alice)
    with django_assert_num_queries(3):
        assert len(verdicts(viewer, ids)) == 30
