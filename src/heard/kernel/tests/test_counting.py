import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heard.kernel.counting import Tally, tallied, tallies
from heard.kernel.models import Lease
from heard.kernel.prepared import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def leases():
    from django.utils import timezone

    Lease.objects.bulk_create(Lease(name=f"duty-{n}", holder="a" if n < 5 else "b", until=timezone.now()) for n in range(30))


def held_by(holder: str):
    return Lease.objects.filter(holder=holder).values("id")


def test_a_count_is_exact_up_to_the_most_and_then_says_that_there_are_more(leases):
    counted = tallies({"few": held_by("a"), "none": held_by("nobody"), "many": held_by("b")}, most=9)
    assert counted == {"few": 5, "none": 0, "many": 10}
    assert [str(n) for n in counted.values()] == ["5", "0", "9+"]


def test_what_occurs_twice_counts_once(leases):
    assert tallies({"holders": Lease.objects.values("holder")}) == {"holders": 2}


def test_any_number_of_counts_is_one_statement(leases):
    with CaptureQueriesContext(connection) as made:
        tallies({n: held_by("a") for n in range(8)})
    assert len(made) == 1


def test_nothing_is_asked_when_nothing_is_wanted():
    with CaptureQueriesContext(connection) as made:
        assert tallies({}) == {}
    assert len(made) == 0


@tallied
def duties(prefixes: tuple[str, ...]):
    return {p: Lease.objects.filter(holder=given("holder"), name__startswith=p).values("id") for p in prefixes}


def test_counts_that_are_asked_again_are_those_of_the_values_given(leases):
    assert duties(("duty-1", "duty-2"), holder="a") == {"duty-1": 1, "duty-2": 1}
    assert duties(("duty-1", "duty-2"), holder="b") == {"duty-1": 10, "duty-2": 10}
    assert duties((), holder="b") == {}


def test_a_page_shows_a_count_as_it_reads():
    from django.template import engines

    shown = {"count": Tally(250, 99)}
    for engine in ("django", "jinja2"):
        assert engines[engine].from_string("{{ count }}").render(shown) == "99+"
