"""The list of customers: who was heard last stands first, and nobody is missed or shown twice on the way down."""

import pytest

from heard.governance.permissions import HEARD, viewer_of
from heard.identity import actions, directory
from heard.identity.directory import FIRST
from heard.identity.models import Customer, Face
from heard.kernel import bulk
from heard.listening.models import Identity, Interaction
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def speak(wire, arrive):
    """A function: each of these names says one thing, in turn, on an open line or on `account_id`."""
    line, spoken = wire("Open line"), []

    def say(*names: str, account_id: int = line) -> None:
        for name in names:
            spoken.append(name)
            n = len(spoken)
            arrive(account_id, delivery(said(str(n), person(name), f"Please help me with {n}", minute=n)))

    return say


@pytest.fixture
def crowd(wire, arrive):
    """A function: so many people speak, the highest number last."""

    def come(count: int, *, team=None) -> None:
        line = wire("Busy line", team=team)
        arrive(line, *(delivery(said(f"c-{n}", person(f"Customer {n}"), "Please help me", minute=n)) for n in range(count)))

    return come


def names(viewer, part) -> list[str]:
    return [row.name for row in directory.rows(viewer, part.customer_ids)]


def to_the_end(viewer) -> list[directory.Part]:
    parts, place = [], FIRST
    while place is not None:
        parts.append(directory.last_heard(viewer, place))
        place = parts[-1].older
    return parts


def test_who_was_heard_last_stands_first_whenever_they_were_first_met(speak):
    speak("Dana", "Eve", "Frank", "Dana")
    assert names(HEARD, directory.last_heard(HEARD)) == ["Dana", "Frank", "Eve"]


def test_a_long_list_is_read_without_a_gap_or_a_double(crowd):
    crowd(130)
    parts = to_the_end(HEARD)
    assert [len(part.customer_ids) for part in parts] == [40, 40, 40, 10]
    assert [name for part in parts for name in names(HEARD, part)] == [f"Customer {n}" for n in reversed(range(130))]


def test_who_speaks_again_while_one_reads_is_not_shown_on_a_later_page(crowd, speak):
    crowd(60)
    first = directory.last_heard(HEARD)
    speak("Customer 3", "Customer 1")
    then = names(HEARD, directory.last_heard(HEARD, first.older))
    assert then == [f"Customer {n}" for n in reversed(range(20)) if n not in (1, 3)]


def test_two_faces_of_one_person_are_one_line_at_the_place_of_the_newer(speak, alice):
    speak("Dana", "Eve", "dee", "Frank")
    dana, dee = (Face.objects.get(customer__name=name).identity_id for name in ("Dana", "dee"))
    actions.link(viewer_of(alice), dana, dee)
    assert names(HEARD, directory.last_heard(HEARD)) == ["Frank", "Dana", "Eve"]


@pytest.mark.parametrize("people, shown", [(7, "7"), (99, "99"), (120, "99+")])
def test_the_first_page_counts_as_far_as_anybody_reads(people, shown, crowd):
    crowd(people)
    part = directory.last_heard(HEARD)
    assert str(part.count) == shown
    assert part.older is None or directory.last_heard(HEARD, part.older).count is None


def test_a_house_whose_first_voices_are_gone_is_read_to_its_end(crowd, monkeypatch):
    monkeypatch.setattr(directory, "DEEPEST_LOOK", 50)
    monkeypatch.setattr(directory, "STRETCH", 25)
    bulk.reserve_ids(Interaction, 200)
    crowd(7)
    part = directory.last_heard(HEARD)
    assert (str(part.count), part.older) == ("7", None)


def test_those_we_only_wrote_to_come_last(speak):
    speak("Dana", "Eve")
    identity = Identity.objects.get(name="Eve")
    identity.pk, identity.external_id, identity.name = None, "never", "Nobody yet"
    identity.save()
    silent = Customer.objects.create(name="Nobody yet", created_at=identity.first_seen_at)
    Face.objects.create(identity=identity, customer=silent, home=silent)
    part = directory.last_heard(HEARD)
    assert names(HEARD, part) == ["Eve", "Dana", "Nobody yet"]
    assert (part.count, part.older) == (3, None)
    assert directory.rows(HEARD, part.customer_ids)[-1].last_at is None


def test_a_word_on_another_teams_channel_moves_nobody_up(speak, wire, alice, sales):
    """Threat 18."""
    speak("Dana", "Eve")
    speak("Dana", account_id=wire("Sales line", team=sales))
    assert names(HEARD, directory.last_heard(HEARD)) == ["Dana", "Eve"]
    assert names(viewer_of(alice), directory.last_heard(viewer_of(alice))) == ["Eve", "Dana"]


def test_who_sees_little_is_told_where_to_look_further(crowd, alice, sales, monkeypatch):
    monkeypatch.setattr(directory, "STRETCH", 10)
    monkeypatch.setattr(directory, "DEEPEST_LOOK", 30)
    crowd(80, team=sales)
    part = directory.last_heard(viewer_of(alice))
    assert (part.customer_ids, part.count) == ([], None)
    assert part.older.voice == directory.last_heard(HEARD).older.voice


def test_those_of_a_name_are_read_in_parts(crowd, browser, alice):
    crowd(60)
    client = browser(alice)
    page = client.get("/customers/", {"q": "Customer"})
    assert (len(page.context["rows"]), str(page.context["count"])) == (40, "60")
    rest = client.get("/customers/" + page.context["older"])
    assert len(rest.context["rows"]) == 20
    assert not {row.id for row in rest.context["rows"]} & {row.id for row in page.context["rows"]}
    assert rest.context["older"] == ""
