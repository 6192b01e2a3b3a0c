"""What was learnt, version by version: its figures, what it would change, using it, and the way back."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from heard.governance.models import AuditLine
from heard.governance.permissions import HEARD
from heard.understanding.assessors import VERSION
from heard.understanding.learning import changes, in_use, learn, reread, versions
from heard.understanding.models import LearntHead, ReadingVersion, Rereading
from heard.understanding.selectors import gists
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db(transaction=True)

VERSIONS = reverse("understanding:versions")


def head(version: int, verb: str = "version") -> str:
    return reverse(f"understanding:{verb}", args=["sentiment", version])


def reading(number: int, verb: str = "reading") -> str:
    return reverse(f"understanding:{verb}", args=[number])


def shown(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture(autouse=True)
def as_it_ships():
    """What a test takes into use is not in use for the next one."""
    yield
    in_use._state["now"] = in_use.SHIPPED


@pytest.fixture
def shed(wire, care):
    return wire("The shed", team=care)


@pytest.fixture
def learnt(shed, alice) -> list[int]:
    """Alice spoke of sixty voices of weavers, and what Heard learnt from it is in use; twenty more were read before that."""
    talk = trade_talk(80)
    ids = heard(shed, [words for words, _ in talk])
    corrected(alice, ids[:60], "sentiment", [what for _, what in talk[:60]])
    learn.learn("sentiment")
    versions.use_head("sentiment", 1, viewer=HEARD)  # by itself it would not: it says something else of the other twenty
    return ids


def test_nothing_was_learnt_and_the_page_says_how_it_begins(browser, sam, shed):
    assert "Nothing was learnt yet" in shown(browser(sam), VERSIONS)


def test_a_version_stands_with_its_figures_who_and_what_for(browser, sam, learnt):
    scores = versions.heads(_viewer(sam))[0].scores
    client = browser(sam)
    listed = shown(client, VERSIONS)
    assert f"right {scores.right_after} of {scores.count}, before {scores.right_before}" in listed
    assert "from 60 corrections" in listed
    one = shown(client, head(1))
    assert f"of {scores.count} corrections that it did not learn from" in one
    assert "nineteen times in twenty" in one
    assert "Learnt by itself" in one


def test_agents_see_no_versions(browser, alice, learnt):
    client = browser(alice)
    assert [client.get(a).status_code for a in (VERSIONS, head(1), reading(VERSION + 1))] == [403] * 3
    posts = (head(1, "use_head"), reading(VERSION, "use_reading"), reverse("understanding:read_again"))
    assert [client.post(a, {"how_far": "all"}).status_code for a in posts] == [403] * 3
    assert VERSIONS not in shown(client, reverse("understanding:quality"))
    assert in_use.in_use().versions == {"sentiment": 1}


def test_a_lead_goes_back_to_what_ships_and_uses_the_version_again(browser, sam, learnt):
    client = browser(sam)
    client.post(head(0, "use_head"))
    assert in_use.in_use().versions == {}
    client.post(head(1, "use_head"))
    assert in_use.in_use().versions == {"sentiment": 1}
    assert list(AuditLine.objects.filter(verb="model.use").values_list("member__name", flat=True)) == ["Sam", "Sam"]


def test_a_lead_learns_now_and_is_told_where_that_is_too_little(browser, sam, learnt):
    client = browser(sam)
    answer = client.post(reverse("understanding:learn", args=["sentiment"]), follow=True)
    assert answer.redirect_chain == [(head(2), 302)]
    assert LearntHead.objects.count() == 2
    few = client.post(reverse("understanding:learn", args=["kinds"]), follow=True).content.decode()
    assert "kinds: 0 corrections" in few


def test_what_would_change_is_shown_before_it_is_used_and_can_be_taken_back(browser, sam, learnt):
    client, late = browser(sam), learnt[60:]
    before = gists(late)
    began = client.post(reverse("understanding:read_again"), {"how_far": "all"})
    number = Rereading.objects.get().version.number
    assert began["Location"] == reading(number)
    assert "Being read" in shown(client, reading(number))
    reread.finish(number)
    would = shown(client, reading(number))
    assert "Of 80 voices that were compared" in would
    assert gists(late) == before
    used = client.post(reading(number, "use_reading"))
    assert used["Location"] == f"{reading(number)}?before={VERSION + 1}"
    assert gists(late) != before
    assert f"reading {VERSION + 1} was in use" in shown(client, used["Location"])
    client.post(reading(VERSION + 1, "use_reading"))
    assert gists(late) == before


def test_every_count_of_what_would_change_opens_its_rows(browser, sam, learnt):
    client = browser(sam)
    client.post(reverse("understanding:read_again"), {"how_far": "all"})
    number = Rereading.objects.get().version.number
    reread.finish(number)
    found = changes.changes(_viewer(sam), number)
    page = shown(client, reading(number))
    for one in found.fields:
        step = (one.field, one.before, one.after)
        assert len(changes.changed(_viewer(sam), number, step)) == one.count
        assert escape(urlencode({"field": one.field, "before": one.before, "after": one.after})) in page
        rows = shown(
            client, f"{reading(number, 'changed')}?{urlencode(dict(zip(('field', 'before', 'after'), step, strict=True)))}"
        )
        assert f"{one.count} voice" in rows
    for work in found.work:
        assert len(changes.due(_viewer(sam), number, work.kind, then=False)) == work.before
        assert len(changes.due(_viewer(sam), number, work.kind, then=True)) == work.after


@pytest.mark.parametrize(
    "asked", ["?field=mood&before=a&after=b", "?kind=sales&when=never", "?from=x", "?field=sentiment&from=99999"]
)
def test_rows_of_nothing_that_changes_are_none(browser, sam, learnt, asked):
    client = browser(sam)
    client.post(reverse("understanding:read_again"), {"how_far": "all"})
    number = Rereading.objects.get().version.number
    assert "Nothing here" in shown(client, reading(number, "changed") + asked)


def test_rows_of_changes_are_for_who_may_use_them(browser, alice, sam, learnt):
    browser(sam).post(reverse("understanding:read_again"), {"how_far": "all"})
    number = Rereading.objects.get().version.number
    assert browser(alice).get(reading(number, "changed") + "?kind=sales").status_code == 403
    assert browser(sam).get(reading(999, "changed") + "?kind=sales").status_code == 404


def test_the_past_is_read_with_the_version_that_was_chosen(browser, sam, learnt):
    client = browser(sam)
    client.post(reverse("understanding:read_again"), {"how_far": "month", "field": "sentiment", "version": "0"})
    client.post(reverse("understanding:read_again"), {"how_far": "year", "field": "sentiment", "version": "1"})
    none, first = Rereading.objects.order_by("id")
    assert (none.version.heads, first.version.heads) == ({}, {"sentiment": 1})
    assert none.since > first.since


@pytest.mark.parametrize("given", [{"how_far": "ever"}, {}, {"how_far": "all", "field": "sentiment", "version": "9"}])
def test_a_past_that_nobody_can_read_is_not_there(browser, sam, learnt, given):
    assert browser(sam).post(reverse("understanding:read_again"), given).status_code == 404
    assert not Rereading.objects.exists()


def test_versions_that_never_were_are_not_there(browser, sam, learnt):
    client, before = browser(sam), list(ReadingVersion.objects.values_list("number", "is_current"))
    gets = (head(9), reading(999), reverse("understanding:version", args=["mood", 1]))
    posts = (head(9, "use_head"), reading(999, "use_reading"), reverse("understanding:learn", args=["mood"]))
    assert [client.get(a).status_code for a in gets] + [client.post(a).status_code for a in posts] == [404] * 6
    assert list(ReadingVersion.objects.values_list("number", "is_current")) == before


def test_a_lead_of_every_team_sees_examples_and_an_observer_none(browser, sam, vera, learnt):
    client = browser(sam)
    client.post(reverse("understanding:read_again"), {"how_far": "all"})
    number = Rereading.objects.get().version.number
    reread.finish(number)
    assert "“The " in shown(client, reading(number))
    assert browser(vera).get(reading(number)).status_code == 403


def test_the_page_costs_the_same_for_few_and_for_many(browser, sam, learnt):
    client, costs = browser(sam), []
    for _ in range(2):
        client.get(VERSIONS)
        with CaptureQueriesContext(connection) as made:
            client.get(VERSIONS)
        costs.append(len(made))
        learn.learn("sentiment")
    assert costs[1] <= costs[0] <= 10


def _viewer(member):
    from heard.governance.permissions import viewer_of

    return viewer_of(member)
