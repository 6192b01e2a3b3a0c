import pytest

from heard.routing.rules.filters import Filters, Place
from tests.support.wire import at


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("nothing", {}),
        ("a view that is none", {"view": "nonsense"}),
        ("a queue that is no number", {"queue": "1 OR 1=1"}),
        ("a number nobody has", {"queue": "9" * 40}),
        ("a kind that is none", {"kind": "'; DROP TABLE"}),
        ("only spaces to look for", {"q": "   "}),
    ],
)
def test_an_address_typed_wrong_opens_the_plain_inbox(told, given):
    assert Filters.parse(given) == Filters()


def test_an_address_says_what_is_asked_and_nothing_else():
    asked = Filters(view="mine", kind="sales", q="two words")
    assert asked.address == "view=mine&kind=sales&q=two+words"
    assert Filters.parse({"view": "mine", "kind": "sales", "q": "two words"}) == asked
    assert Filters().address == ""


def test_searching_stands_newest_first_whatever_the_view():
    assert Filters(view="mine").is_by_due
    assert not Filters(view="mine", q="router").is_by_due
    assert not Filters(view="waiting").is_by_due


@pytest.mark.parametrize("place", [Place(at(3), 7), Place(None, 7)])
def test_a_place_reads_back_as_it_was_written(place):
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "_", "x_1", "2026-01-01T00:00:00+00:00_", "nonsense"])
def test_anything_else_is_no_place(text):
    assert Place.parse(text) is None
