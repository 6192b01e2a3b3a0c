"""The page on which one sees how well voices are understood: figures with their base, and the rows behind each of them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.understanding.learning.quality import quality
from heard.understanding.models import Assessment, Correction
from heard.understanding.pages.judgements import Narrowed, judgements
from heard.understanding.tests.lessons import corrected, heard, trade_talk

pytestmark = pytest.mark.django_db

PAGE = reverse("understanding:quality")


@pytest.fixture
def shed(wire, care):
    return wire("The shed", team=care)


@pytest.fixture
def told(shed, alice) -> list[int]:
    """Forty voices of weavers, of which Alice said what is true; half of them three weeks ago."""
    talk = trade_talk(40)
    ids = heard(shed, [words for words, _ in talk])
    Assessment.objects.update(assessed_at=now() - timedelta(weeks=5))
    corrected(alice, ids, "sentiment", [what for _, what in talk])
    Correction.objects.filter(interaction_id__in=ids[:20]).update(made_at=now() - timedelta(weeks=3))
    return ids


def rows(client, field: str, asked: str = "") -> str:
    return client.get(reverse("understanding:rows", args=[field]) + asked).content.decode()


def test_nobody_corrected_anything_and_the_page_says_how_one_does(browser, alice, shed):
    shown = browser(alice).get(PAGE).content.decode()
    assert "Nobody corrected anything yet" in shown
    assert "%" not in shown.partition("<main")[2].partition("</main")[0]


def test_a_share_stands_with_its_base_and_how_sure_one_may_be(browser, alice, told):
    [found] = quality(HEARD)
    shown = browser(alice).get(PAGE).content.decode()
    assert f"{round(100 * found.all.right / 40)} %" in shown
    assert f"right: {found.all.right} of 40 corrected voices" in shown
    assert f"lies between {int(100 * found.all.low)} and" in shown
    assert "by 1 colleague<" in shown


def test_of_few_corrections_no_percentage_is_given(browser, alice, shed):
    ids = heard(shed, ["The loom rattles.", "The loom hums."])
    corrected(alice, ids, "sentiment", ["negative", "positive"])
    shown = browser(alice).get(PAGE).content.decode()
    assert "Too few for a share" in shown
    assert "corrected voices" not in shown


@pytest.mark.parametrize(
    "narrowed", [Narrowed(), Narrowed(part="lately"), Narrowed(part="before"), Narrowed(week=0), Narrowed(week=3)]
)
def test_the_rows_behind_a_figure_are_as_many_as_it_says(told, narrowed):
    [found] = quality(HEARD)
    weeks = [share for _, share in found.weeks]
    figures = {"lately": found.lately, "before": found.before, "": found.all}
    figure = weeks[-1 - narrowed.week] if narrowed.week is not None else figures[narrowed.part]
    behind = judgements(HEARD, "sentiment", narrowed)
    assert (sum(row.is_right for row in behind), len(behind)) == (figure.right, figure.count)


GRUEZI = "Grüezi, min Router isch kaputt und ich han keis Internet, chönd ihr hälfe?"


def test_a_dialect_that_shows_is_a_slice_with_its_rows(browser, alice, shed):
    ids = heard(shed, [GRUEZI, "Guten Tag, mein Router ist kaputt und ich habe kein Internet, können Sie helfen?"])
    Assessment.objects.update(language="de")
    corrected(alice, ids, "sentiment", ["negative", "negative"])
    client = browser(alice)
    shown = client.get(PAGE).content.decode()
    assert "Swiss German" in shown.split("Dialect that shows")[1].split("</table>")[0]
    [found] = quality(HEARD)
    assert {key: share.count for key, share in found.slices["dialect"].items()} == {"swiss-german": 1}
    behind = rows(client, "sentiment", "?dialect=swiss-german")
    assert "Grüezi" in behind
    assert "Guten Tag" not in behind


def test_without_a_dialect_the_page_has_no_such_table(browser, alice, told):
    assert "Dialect that shows" not in browser(alice).get(PAGE).content.decode()


@pytest.mark.parametrize("by", ["language", "channel", "length"])
def test_the_rows_of_a_slice_are_as_many_as_it_says(told, by):
    [found] = quality(HEARD)
    assert found.slices[by]
    for value, figure in found.slices[by].items():
        behind = judgements(HEARD, "sentiment", Narrowed(**{by: value}))
        assert (sum(row.is_right for row in behind), len(behind)) == (figure.right, figure.count)


def test_a_row_says_what_heard_said_and_what_a_colleague_said(browser, alice, told):
    Assessment.objects.filter(interaction_id=told[0]).update(sentiment="negative")
    Assessment.objects.filter(interaction_id=told[1]).update(sentiment="neutral")
    right, wrong = (rows(browser(alice), "sentiment", f"?verdict={verdict}") for verdict in ("right", "wrong"))
    assert "Heard said neutral; Alice said <strong" in wrong
    assert "so did Alice" not in wrong
    assert "Heard said negative; so did Alice" in right
    assert "Alice said <strong" not in right


def test_another_team_sees_neither_figures_nor_rows(browser, bea, told):
    assert "Nobody corrected anything yet" in browser(bea).get(PAGE).content.decode()
    assert "Nothing here" in rows(browser(bea), "sentiment")


def test_what_is_unsure_is_counted_and_shown(browser, alice, told):
    Assessment.objects.update(unsure=[])
    Assessment.objects.filter(interaction_id__in=told[:3]).update(unsure=["kinds", "sentiment"])
    shown = browser(alice).get(PAGE).content.decode()
    assert "3 unsure" in shown
    unsure = rows(browser(alice), "kinds", "?unsure=1")
    assert "3 voices of which Heard is not sure" in unsure
    assert "The spindle no 0" in unsure
    assert "Nothing here" in rows(browser(alice), "sentiment", "?unsure=1")


def test_a_field_that_no_verdict_has_is_not_there(browser, alice):
    assert browser(alice).get(reverse("understanding:rows", args=["mood"])).status_code == 404


@pytest.mark.parametrize("asked", ["?week=999999999", "?week=x&from=-1", "?verdict=%00&part=never&length=huge", "?from=99999"])
def test_an_address_that_asks_for_nonsense_is_a_page_all_the_same(browser, alice, told, asked):
    assert browser(alice).get(reverse("understanding:rows", args=["sentiment"]) + asked).status_code == 200


def test_the_page_costs_the_same_for_few_and_for_many(browser, alice, shed, django_assert_max_num_queries):
    client, talk = browser(alice), trade_talk(60)
    for start, end in ((0, 3), (3, 60)):
        ids = heard(shed, [words for words, _ in talk[start:end]], first=start)
        corrected(alice, ids, "sentiment", [what for _, what in talk[start:end]])
        with django_assert_max_num_queries(16):
            client.get(PAGE)
        with django_assert_max_num_queries(20):
            rows(client, "sentiment")
