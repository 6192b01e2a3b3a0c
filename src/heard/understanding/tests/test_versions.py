"""What colleagues say is learnt, kept in versions, taken into use where it is not worse, and taken back without a trace."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heard.governance.models import AuditLine
from heard.governance.permissions import HEARD, NotAllowed
from heard.kernel import outbox
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.understanding import actions_on_learning as actions
from heard.understanding.actions import correct
from heard.understanding.assess import readings_of
from heard.understanding.assessors import VERSION
from heard.understanding.learning import changes, in_use, learn, reread, versions
from heard.understanding.learning.taught import TooFew
from heard.understanding.models import Assessment, LearntHead, ReadingVersion, Rereading, ToLearn
from heard.understanding.selectors import gists, verdicts_on
from heard.understanding.slots import Text
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db(transaction=True)
RATTLES, HUMS = "The warp rattles in the shed.", "The warp hums in the shed."


@pytest.fixture(autouse=True)
def as_it_ships():
    """What a test takes into use is not in use for the next one."""
    yield
    in_use._state["now"] = in_use.SHIPPED


@pytest.fixture
def shed(wire, care):
    return wire(team=care)


@pytest.fixture
def told(shed, alice) -> list[int]:
    """Voices of weavers, and what Alice said of sixty of them."""
    talk = trade_talk(60)
    ids = heard(shed, [words for words, _ in talk])
    corrected(alice, ids, "sentiment", [what for _, what in talk])
    return ids


def sentiments(*texts: str) -> list[str]:
    return [reading.sentiment for reading in readings_of([Text(text=text) for text in texts])]


def test_what_was_corrected_is_learnt_and_read_by_at_once(told):
    before = sentiments(RATTLES, HUMS)
    learnt = learn.learn("sentiment")
    assert learnt.number == in_use.in_use().number == VERSION + 1
    assert sentiments(RATTLES, HUMS) == ["negative", "positive"] != before


def test_new_voices_are_stored_under_the_version_that_read_them(told, shed):
    learn.learn("sentiment")
    (new,) = heard(shed, [RATTLES], first=100)
    found = Assessment.objects.get(interaction_id=new)
    assert (found.version, found.sentiment) == (VERSION + 1, "negative")
    assert {"negative"} == {r["value"] for r in found.reasons if r["field"] == "sentiment"}


def test_nobody_waits_for_a_restart(told):
    """Another process finds out by asking."""
    learn.learn("sentiment")
    in_use._state["now"] = in_use.SHIPPED
    assert in_use.notice()
    assert sentiments(RATTLES) == ["negative"]
    assert not in_use.notice()


def test_noticing_that_nothing_changed_is_one_question(told, django_assert_num_queries):
    learn.learn("sentiment")
    with django_assert_num_queries(1):
        in_use.notice()


def test_an_older_version_or_none_is_used_again(told):
    before = sentiments(RATTLES, HUMS)
    first = learn.learn("sentiment")
    actions.use_head(HEARD, "sentiment", None)
    assert sentiments(RATTLES, HUMS) == before
    actions.use_head(HEARD, "sentiment", first.version)
    assert sentiments(RATTLES, HUMS) == ["negative", "positive"]
    assert [line.detail["before"] for line in AuditLine.objects.filter(verb="model.use").order_by("id")] == [1, None]


def test_only_one_head_of_a_field_is_in_use(told):
    learn.learn("sentiment")
    learn.learn("sentiment")
    assert list(LearntHead.objects.filter(is_used=True).values_list("field", "version")) == [("sentiment", 2)]


def test_agents_correct_and_leads_decide_what_reads(told, alice, sam, seen_by):
    with pytest.raises(NotAllowed):
        actions.learn(seen_by(alice), "sentiment")
    with pytest.raises(NotAllowed):
        actions.use_version(seen_by(alice), VERSION)
    with pytest.raises(NotAllowed):
        versions.heads(seen_by(alice))
    actions.learn(seen_by(sam), "sentiment")
    assert versions.heads(seen_by(sam))[0].made_by == "Sam"


def test_a_version_that_was_never_there_is_refused(told):
    with pytest.raises(versions.NoSuchVersion):
        actions.use_version(HEARD, 77)
    with pytest.raises(versions.NoSuchVersion):
        actions.use_head(HEARD, "sentiment", 9)
    assert not AuditLine.objects.exists()


def test_what_does_no_better_is_kept_and_shown_but_not_used(shed, alice, monkeypatch):
    """Of everything the colleague says something, but nothing that the words bear out."""
    texts = [f"{('I love it', 'This is awful')[n % 2]}, order {n}" for n in range(60)]
    ids = heard(shed, texts)
    corrected(alice, ids, "sentiment", [("neutral", "positive", "negative")[n * 7 % 3] for n in range(60)])
    learnt = learn.learn("sentiment")
    (line,) = versions.heads(HEARD)
    assert line.is_used == (learnt.number is not None) == learnt.scores.is_better
    assert line.scores.after == learnt.scores.after


def test_people_who_correct_only_mistakes_do_not_teach_that_everything_is_wrong(shed, alice):
    liked = [f"I love my new loom, number {n}, thank you!" for n in range(80)]
    ids = heard(shed, liked)
    corrected(alice, ids[:25], "sentiment", ["neutral" if n % 2 else "mixed" for n in range(25)])
    learnt = learn.learn("sentiment")
    head = LearntHead.objects.get(version=learnt.version)
    assert head.trained_on["others"] > 0
    assert head.trained_on["corrections"] == 25


def test_learning_waits_until_they_stop_correcting(told, alice, seen_by, shed):
    (voice,) = heard(shed, [RATTLES], first=200)
    correct(seen_by(alice), voice, field="sentiment", value="negative")
    outbox.pass_on(worker="w", now=now())
    row = ToLearn.objects.get(field="sentiment")
    assert learn.work_off(worker="w", now=row.last_at) == 0
    assert learn.work_off(worker="w", now=row.last_at + learn.QUIET) == 1
    assert not ToLearn.objects.exists()
    assert sentiments(RATTLES) == ["negative"]


def test_who_goes_on_correcting_is_learnt_from_after_a_while(told):
    moment = now()
    learn.remember("sentiment", now=moment)
    learn.remember("sentiment", now=moment + learn.LONGEST)
    assert learn.work_off(worker="w", now=moment + learn.LONGEST) == 1


def test_a_second_process_does_not_learn_the_same(told):
    moment = now()
    learn.remember("sentiment", now=moment)
    from heard.kernel import claims

    assert claims.hold("understanding: learning", worker="other", now=moment, lease=learn.LEASE)
    assert learn.work_off(worker="w", now=moment + learn.QUIET) == 0
    assert ToLearn.objects.exists()


def test_too_few_corrections_are_said_so(shed, alice):
    ids = heard(shed, [RATTLES, HUMS])
    corrected(alice, ids, "sentiment", ["negative", "positive"])
    with pytest.raises(TooFew):
        learn.learn("sentiment")
    assert not ReadingVersion.objects.exists()


def test_a_head_that_cannot_be_read_is_left_out(told):
    learn.learn("sentiment")
    before = sentiments(HUMS)
    LearntHead.objects.update(head=b"broken")
    in_use._state["now"] = in_use.SHIPPED
    in_use.notice()
    assert in_use.head_of("sentiment") is None
    assert sentiments(HUMS) != before or before == ["positive"]


# ── The past, read once more ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def past(shed, told) -> list[int]:
    """Voices that were read by a process that had not noticed yet what was learnt."""
    learn.learn("sentiment")
    in_use._state["now"] = in_use.SHIPPED
    ids = heard(shed, [f"The loom no {n} {does}, near the window." for n in range(6) for does in ("rattles", "hums")], first=300)
    in_use.notice()
    return ids


def shown(ids) -> dict:
    return {id_: (v.sentiment, v.kinds, v.answer_due) for id_, v in verdicts_on(ids).items()}


def test_the_past_is_read_again_and_counts_once_it_is_used(past):
    before = shown(past)
    number = actions.read_past_again(HEARD)
    assert reread.work_off(worker="w", now=now()) == 72
    assert Rereading.objects.get().finished_at
    assert shown(past) == before
    actions.use_version(HEARD, number)
    assert {v[0] for v in shown(past).values()} == {"negative", "positive"}
    assert {i: g.sentiment for i, g in gists(past).items()} == {i: v[0] for i, v in shown(past).items()}


def test_going_back_brings_back_exactly_what_was(past):
    before, was = shown(past), in_use.in_use().number
    number = actions.read_past_again(HEARD)
    reread.finish(number)
    actions.use_version(HEARD, number)
    assert shown(past) != before
    actions.use_version(HEARD, was)
    assert shown(past) == before
    actions.use_version(HEARD, VERSION)
    assert shown(past) == before


def test_voices_that_only_a_version_set_aside_has_read_keep_what_it_said(past, shed):
    (new,) = heard(shed, [RATTLES], first=400)
    actions.use_version(HEARD, VERSION)
    assert shown([new])[new][0] == "negative"


def test_a_killed_reader_goes_on_where_it_was(past, monkeypatch):
    monkeypatch.setattr(reread, "AT_ONCE", 50)
    number = actions.read_past_again(HEARD)
    row = Rereading.objects.select_related("version").get()
    reread._read_some(row)
    reread._read_some(row)  # a worker that did not know how far the other was
    assert reread.finish(number) >= 72
    assert Assessment.objects.filter(version=number).count() == 72


def test_nothing_is_read_again_while_somebody_waits_to_be_heard(past, shed):
    from heard.listening.actions import receive
    from tests.support.wire import delivery, person, said

    actions.read_past_again(HEARD)
    receive(shed, [delivery(said("w-1", person("Dana"), "hello"))])
    assert reread.work_off(worker="w", now=now()) == 0


def test_what_would_change_is_shown_before(past):
    number = actions.read_past_again(HEARD)
    reread.finish(number)
    found = changes.changes(HEARD, number)
    sentiment = [c for c in found.fields if c.field == "sentiment"]
    assert found.read == 72
    assert found.is_done
    assert 0 < sum(c.count for c in sentiment) <= found.different <= 12
    assert {id_ for c in sentiment for id_, _ in c.examples} <= set(past)
    assert all("loom" in words for c in sentiment for _, words in c.examples)


def test_what_people_said_is_no_change(past, told):
    number = actions.read_past_again(HEARD)
    reread.finish(number)
    examples = {id_ for c in changes.changes(HEARD, number).fields if c.field == "sentiment" for id_, _ in c.examples}
    assert not examples & set(told)


def test_a_version_that_read_no_past_has_nothing_to_show(past):
    with pytest.raises(versions.NoSuchVersion):
        changes.changes(HEARD, VERSION + 1)


def test_which_version_counts_costs_no_further_question(past):
    ids = past[:5]
    with CaptureQueriesContext(connection) as before:
        verdicts_on(ids)
    number = actions.read_past_again(HEARD)
    reread.finish(number)
    with CaptureQueriesContext(connection) as after:
        verdicts_on(ids)
    assert len(before) == len(after) == 2


@given(st.data())
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_switched_a_version_says_what_it_said_the_first_time(shed, data):
    """Versions branch, are left and come back; assessments are added only while a version is current or a candidate."""
    number_of = iter(range(10_000))
    (voice,) = heard(shed, ["hello"], first=1000 + data.draw(st.integers(0, 10**9)))
    said: dict[int, str] = {}
    with one_writer():
        said[versions.current().number] = shown([voice])[voice][0]
    for _ in range(data.draw(st.integers(1, 8))):
        act = data.draw(st.sampled_from(["candidate", "use"]))
        with one_writer():
            if act == "candidate":
                number = versions.candidate({}, viewer=HEARD).number
                before = shown([voice])
                _assess(voice, number, f"s{next(number_of) % 1000}")
                assert shown([voice]) == before
                versions.use(number)
                said[number] = shown([voice])[voice][0]
            else:
                number = data.draw(st.sampled_from(sorted(said)))
                versions.use(number)
        assert shown([voice])[voice][0] == said[number]


def _assess(interaction_id: int, version: int, sentiment: str) -> None:
    old = Assessment.objects.filter(interaction_id=interaction_id).values().first()
    assert old
    Assessment.objects.create(**{**old, "id": None, "version": version, "sentiment": sentiment})
