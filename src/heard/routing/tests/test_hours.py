"""Business hours as leads keep them, and what they change for those who wait."""

from datetime import UTC, datetime, timedelta

import pytest

from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.routing.actions_on_hours import BadHours, drop_hours, keep_hours
from heard.routing.actions_on_queues import Answers, change_queue
from heard.routing.models import Clock, Hours, Queue
from heard.routing.queues import make_first_queues
from heard.routing.rules.opening import CannotRead, closed_days_in, in_short, in_words, spells_in
from heard.routing.rules.order import Target, due_at
from tests.support.wire import delivery, person, said

NINE_TO_FIVE = [[540, 1020]]
OFFICE = [NINE_TO_FIVE] * 5 + [[], []]


# ── As people write them ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("9-17", "09:00–17:00"),
        ("09:00 – 12:30, 13.30 to 18", "09:00–12:30, 13:30–18:00"),
        ("13-18, 9-12", "09:00–12:00, 13:00–18:00"),
        ("8h30 bis 24:00", "08:30–24:00"),
        ("always", "00:00–24:00"),
        ("closed", ""),
        ("  ", ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed, words):
    assert in_words(spells_in(typed)) == words


@pytest.mark.parametrize(
    ("typed", "why"),
    [("nine to five", "no time of opening"), ("9-12, 11-17", "overlap"), ("22-6", "ends before"), ("9-25", "no time of day")],
)
def test_what_is_no_opening_says_what_one_looks_like(typed, why):
    with pytest.raises(CannotRead, match=why):
        spells_in(typed)


def test_a_week_in_short():
    assert in_short([*OFFICE[:5], [[600, 840]], []]) == "Mon–Fri 09:00–17:00, Sat 10:00–14:00"


def test_closed_days_are_kept_once_in_their_order():
    assert closed_days_in("2026-12-31\n2026-12-24 Christmas Eve\n\n2026-12-31 New Year") == [
        ("2026-12-24", "Christmas Eve"),
        ("2026-12-31", "New Year"),
    ]
    with pytest.raises(CannotRead, match="2026-12-24 Christmas"):
        closed_days_in("Christmas")


# ── What they change ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_cannot_wait_is_due_by_night_unless_the_queue_says_otherwise():
    rules = Hours(name="Shop", zone="UTC", week=OFFICE).rules
    night = datetime(2026, 3, 3, 22, tzinfo=UTC)
    opens = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert due_at(started_at=night, target=Target(4 * 3600, rules), urgency=1) == opens + timedelta(hours=4)
    assert due_at(started_at=night, target=Target(4 * 3600, rules), urgency=3) == night + timedelta(minutes=30)
    assert due_at(started_at=night, target=Target(4 * 3600, rules, emergencies_any_time=False), urgency=3) == opens + timedelta(
        minutes=30
    )


@pytest.fixture
def shop(ada, seen_by):
    make_first_queues()
    week = [[] for _ in range(7)]
    week[(now() + timedelta(days=2)).weekday()] = [[0, 1440]]  # somebody is there the day after tomorrow
    return keep_hours(seen_by(ada), name="Shop", zone="UTC", week=week)


@pytest.mark.django_db
def test_a_voice_waits_by_the_hours_of_its_queue(shop, ada, seen_by, wire, arrive):
    service = Queue.objects.get(name="Service")
    target = Answers(4 * 3600, shop)
    change_queue(seen_by(ada), service.pk, name="Service", team_id=None, kinds=["support"], target=target)
    arrive(wire("Open line"), delivery(said("1", person("Dana"), "My router is broken, can you help me?")))
    clock = Clock.objects.select_related("case__queue__hours").get()
    assert clock.case.queue == service
    assert clock.due_at == due_at(started_at=clock.started_at, target=clock.case.queue.target, urgency=clock.case.urgency)
    assert clock.due_at.weekday() == (now() + timedelta(days=2)).weekday()


@pytest.mark.django_db
def test_hours_that_a_queue_keeps_cannot_be_removed(shop, ada, seen_by):
    Queue.objects.filter(name="Service").update(hours_id=shop)
    with pytest.raises(BadHours, match="A queue keeps"):
        drop_hours(seen_by(ada), shop)
    Queue.objects.update(hours_id=None)
    drop_hours(seen_by(ada), shop)
    assert not Hours.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": " "}, "need a name"),
        ({"zone": "Europe/Atlantis"}, "no time zone"),
        ({"week": [[]] * 7}, "somebody has to be there"),
        ({"country": "DE", "subdivision": "ZZ"}, "No public holidays are known of DE ZZ"),
        ({"subdivision": "BY"}, "needs its country"),
        ({"name": "Shop"}, "already"),
    ],
)
def test_hours_that_cannot_be_say_why(shop, ada, seen_by, change, why):
    with pytest.raises(BadHours, match=why):
        keep_hours(seen_by(ada), **({"name": "Night", "zone": "UTC", "week": OFFICE} | change))
    assert Hours.objects.count() == 1


@pytest.mark.django_db
def test_an_agent_does_not_change_hours(shop, alice, seen_by):
    with pytest.raises(NotAllowed):
        drop_hours(seen_by(alice), shop)


# ── The pages ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_hours_are_made_by_hand_shown_and_given_to_a_queue(ada, browser):
    client = browser(ada)
    make_first_queues()
    days = {f"day{n}": "9-12, 13-17" for n in range(5)}
    asked = {
        "name": "Office",
        "zone": "Europe/Berlin",
        "country": "DE",
        "subdivision": "by",
        "closed": "2026-12-24 Christmas Eve",
    }
    assert client.post("/settings/hours/new/", asked | days).status_code == 302
    hours = Hours.objects.get()
    assert (hours.subdivision, hours.closed) == ("BY", [["2026-12-24", "Christmas Eve"]])
    service = Queue.objects.get(name="Service")
    form = {"name": "Service", "hours": "4", "kinds": ["support"], "counted": hours.pk}
    assert client.post(f"/settings/queues/{service.pk}/", form).status_code == 302
    page = client.get("/settings/queues/").content.decode()
    assert "Mon–Fri 09:00–12:00, 13:00–17:00" in page
    assert "of Office" in page
    service.refresh_from_db()
    assert (service.hours, service.emergencies_any_time) == (hours, False)


@pytest.mark.django_db
def test_a_day_that_cannot_be_read_is_shown_beside_what_was_typed(ada, browser):
    page = browser(ada).post("/settings/hours/new/", {"name": "Office", "zone": "UTC", "day0": "nine to five"})
    assert page.status_code == 422
    assert "no time of opening" in page.content.decode()
    assert 'value="nine to five"' in page.content.decode()
