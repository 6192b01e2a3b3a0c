"""The timeline of a customer: one order for everything that happened, read from anywhere, by whoever may read it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.engagement import actions as engagement
from heard.engagement.models import InternalNote
from heard.governance.permissions import HEARD, viewer_of
from heard.identity import pages, timeline
from heard.identity.models import Face
from heard.identity.timeline import EPOCH, MICROSECOND, SAID, STRETCH, Filters, Place
from heard.routing.models import Conversation
from tests.support.wire import NOON, delivery, person, said

VIENNA = ZoneInfo("Europe/Vienna")
ALL = Filters()


def keys(stretch) -> list[str]:
    return [event.key for event in stretch.events]


def read(viewer, customer_id: int, filters: Filters = ALL, **more):
    return timeline.stretch(viewer, pages.person(viewer, customer_id).identity_ids, filters, zone=VIENNA, **more)


def down_from(viewer, customer_id: int, **more) -> list[str]:
    """Everything from a place to the beginning."""
    found, part = [], read(viewer, customer_id, **more)
    while True:
        found += keys(part)
        if part.older is None:
            return found
        part = read(viewer, customer_id, before=part.older)


@pytest.fixture
def long(wire, arrive, alice):
    """Dana, who said 130 things three at a time, with a note at the same moment as one of them. Gives her customer."""
    account_id, dana = wire("Open line"), person("Dana")
    arrive(account_id, *(delivery(said(str(n), dana, f"Please help with {n}", minute=n // 3)) for n in range(130)))
    engagement.write_note(viewer_of(alice), Conversation.objects.get().pk, text="She is right.")
    InternalNote.objects.update(written_at=NOON + timedelta(minutes=20))
    return Face.objects.get().customer_id


@pytest.mark.django_db
def test_a_long_acquaintance_is_read_without_a_gap_or_a_double(long):
    everything = down_from(HEARD, long)
    assert len(everything) == len(set(everything))
    kinds = [key.split("-")[0] for key in everything]
    assert (kinds.count("voice"), kinds.count("note")) == (130, 1)
    assert kinds.count("case") == len(everything) - 131


@pytest.mark.django_db
def test_reading_up_from_any_event_meets_what_reading_down_met(long):
    everything = down_from(HEARD, long)
    first = read(HEARD, long)
    oldest = read(HEARD, long, before=first.older).events[-1].place
    above: list[str] = []
    after: Place | None = oldest
    while after is not None:
        part = read(HEARD, long, after=after)
        above = keys(part) + above
        after = part.newer
    at = everything.index(f"{oldest.name}-{oldest.id}")
    assert above == everything[:at]


@pytest.mark.django_db
def test_a_stretch_is_no_longer_than_it_may_be(long):
    part = read(HEARD, long)
    assert len(part.events) == STRETCH
    assert part.newer is None
    assert [e.place for e in part.events] == sorted((e.place for e in part.events), reverse=True)


@pytest.mark.django_db
def test_a_day_begins_with_its_last_event(wire, arrive):
    account_id, dana = wire("Open line"), person("Dana")
    days = [delivery(said(str(day), dana, f"Day {day}, lol", minute=day * 24 * 60, addressed=False)) for day in range(5)]
    arrive(account_id, *days)
    customer = Face.objects.get().customer_id
    place = Place.end_of(date(2026, 11, 4), VIENNA)
    part = read(HEARD, customer, Filters(kind=SAID), before=place)
    assert [event.thing.voice.text for event in part.events] == ["Day 2, lol", "Day 1, lol", "Day 0, lol"]
    later = read(HEARD, customer, Filters(kind=SAID), after=part.newer)
    assert [event.thing.voice.text for event in later.events] == ["Day 4, lol", "Day 3, lol"]
    before_all = read(HEARD, customer, before=Place.end_of(date(2020, 1, 1), VIENNA))
    assert (before_all.events, before_all.older) == ([], None)
    assert before_all.newer is not None


@pytest.mark.django_db
def test_it_is_narrowed_by_kind_and_by_channel(long, wire, arrive):
    other = wire("Second line")
    arrive(other, delivery(said("x", person("Dana"), "And on the second line, please help", minute=500)))
    assert {event.place.name for event in read(HEARD, long, Filters(kind="note")).events} == {"note"}
    assert {event.place.name for event in read(HEARD, long, Filters(kind="case")).events} == {"case"}
    on_it = read(HEARD, long, Filters(account_id=other)).events
    assert [event.thing.voice.text for event in on_it] == ["And on the second line, please help"]
    assert read(HEARD, long, Filters(kind="call")).events == []


@pytest.mark.django_db
def test_notes_and_cases_of_another_teams_conversation_are_not_shown(world, ada, alice, bea):
    """Threats 18 and 51."""
    talk = Conversation.objects.get(opener__name="Bid Corp")
    engagement.write_note(viewer_of(ada), talk.pk, text="Secret margin: 40 %")
    assert "note" in {event.place.name for event in read(viewer_of(bea), world.bid).events}
    identity_ids = pages.person(HEARD, world.bid).identity_ids
    assert timeline.stretch(viewer_of(alice), identity_ids, ALL, zone=VIENNA).events == []


@pytest.mark.django_db
def test_the_page_reads_on_in_both_directions_and_from_a_day(long, alice, browser):
    client, address = browser(alice), f"/customers/{long}/"
    page = client.get(address)
    older = page.context["stretch"].older
    part = client.get(f"{address}timeline/?before={older}").content.decode()
    assert part.count("<article") == STRETCH
    assert "data-newer" in part
    assert "data-older" in part
    on_the_day = client.get(f"{address}?on=2026-11-02").content.decode()
    assert "data-newer" in on_the_day
    assert "Please help with 129" in on_the_day
    assert "Nothing of that kind" in client.get(f"{address}?kind=call").content.decode()
    for nonsense in ("?before=x.y.z", "?after=1", "?on=yesterday", "?on=0001-01-01", "?kind=<b>&account=x"):
        assert client.get(address + nonsense).status_code == 200


@given(
    st.integers(-(10**15), 7 * 10**15).map(lambda microseconds: EPOCH + microseconds * MICROSECOND),
    st.sampled_from(["voice", "note", ""]),
    st.integers(0, 10**18 - 1),
)
def test_a_place_is_read_as_it_was_written(at, name, id_):
    place = Place(at, name, id_)
    assert Place.parse(str(place)) == place


@given(st.text(max_size=40))
def test_no_address_is_too_strange(written):
    Place.parse(written)
