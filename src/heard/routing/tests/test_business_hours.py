"""Time that counts, against an oracle that looks at the clock on the wall minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.routing.rules.business_hours import BusinessHours, NeverOpen

NINE_TO_FIVE = ((540, 1020),)
OFFICE = (*[NINE_TO_FIVE] * 5, (), ())
ALWAYS = (((0, 1440),),) * 7
NIGHTS = (((0, 360), (1320, 1440)),) * 7
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo"]


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo("Europe/Berlin"))


def hours(week=OFFICE, **more) -> BusinessHours:
    return BusinessHours("Europe/Berlin", week, **more)


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("came", "due", "seconds"),
    [
        (berlin(2026, 3, 4, 10), berlin(2026, 3, 4, 14), 4 * 3600),
        (berlin(2026, 3, 4, 15), berlin(2026, 3, 5, 11), 4 * 3600),  # over the night
        (berlin(2026, 3, 6, 16, 30), berlin(2026, 3, 9, 9, 30), 3600),  # over the weekend
        (berlin(2026, 3, 7, 3), berlin(2026, 3, 9, 10), 3600),  # came while nobody was there
        (berlin(2026, 3, 4, 9), berlin(2026, 3, 4, 17), 8 * 3600),  # the whole of a day ends with it
        (berlin(2026, 3, 4, 17), berlin(2026, 3, 5, 9, 0, 1), 1),
    ],
)
def test_only_hours_of_opening_count(came, due, seconds):
    assert hours().after(came, seconds) == due
    assert hours().between(came, due) == seconds


def test_a_public_holiday_and_a_closed_day_do_not_count():
    eve = berlin(2026, 4, 2, 16)  # Good Friday and Easter Monday follow
    assert hours(country="DE").after(eve, 2 * 3600) == berlin(2026, 4, 7, 10)
    assert hours(country="DE", closed=frozenset({date(2026, 4, 7)})).after(eve, 2 * 3600) == berlin(2026, 4, 8, 10)
    assert hours().after(eve, 2 * 3600) == berlin(2026, 4, 3, 10)


def test_a_holiday_of_one_state_only_is_one_there():
    epiphany = berlin(2026, 1, 6, 10)
    assert not hours(country="DE", subdivision="BY").is_open(epiphany)
    assert hours(country="DE", subdivision="HH").is_open(epiphany)


def test_an_hour_that_comes_twice_counts_twice_and_one_left_out_never():
    assert hours(NIGHTS).between(berlin(2026, 10, 25, 0), berlin(2026, 10, 25, 6)) == 7 * 3600
    assert hours(NIGHTS).between(berlin(2026, 3, 29, 0), berlin(2026, 3, 29, 6)) == 5 * 3600


def test_when_somebody_is_there_again():
    assert hours().opens(berlin(2026, 3, 7, 3)) == berlin(2026, 3, 9, 9)
    assert hours().opens(berlin(2026, 3, 9, 9)) == berlin(2026, 3, 9, 9)
    assert hours().opens(berlin(2026, 3, 9, 17)) == berlin(2026, 3, 10, 9)


@pytest.mark.parametrize("week", [((),) * 7, OFFICE[:5], (((600, 500),), *OFFICE[1:]), (((0, 600), (500, 700)), *OFFICE[1:])])
def test_hours_that_cannot_be_are_refused(week):
    with pytest.raises(ValueError):
        BusinessHours("UTC", week)


def test_somebody_has_to_be_there_at_some_time():
    with pytest.raises(NeverOpen):
        BusinessHours("UTC", ((),) * 7)


# ── Against the oracle ──────────────────────────────────────────────────────────────────────────────────────────────

SPELL = st.lists(st.integers(0, 144), min_size=2, max_size=4, unique=True).map(
    lambda ends: tuple(zip(sorted(e * 10 for e in ends)[::2], sorted(e * 10 for e in ends)[1::2], strict=False))
)
WEEK = st.lists(st.one_of(st.just(()), SPELL), min_size=7, max_size=7).filter(any).map(tuple)
# Around the changes of the clocks in both halves of the world, and anywhere.
DAYS = st.one_of(
    st.sampled_from(
        [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4)]
    ),
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
)
SOME_HOURS = st.builds(
    BusinessHours,
    zone=st.sampled_from(ZONES),
    week=WEEK,
    country=st.sampled_from(["", "DE", "US"]),
    closed=st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=3),
)
STARTS = st.builds(
    lambda day, minute: datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=minute),
    DAYS,
    st.integers(-1440, 2880),
)


def minutes_by_the_wall(some: BusinessHours, start: datetime, minutes: int) -> list[bool]:
    """Whether each minute from `start` on counts: nothing but a look at the clock and at the list."""
    zone = ZoneInfo(some.zone)
    found = []
    for n in range(minutes):
        wall = (start + timedelta(minutes=n)).astimezone(zone)
        at = wall.hour * 60 + wall.minute
        spells = () if some.is_holiday(wall.date()) else some.week[wall.weekday()]
        found.append(any(a <= at < b for a, b in spells))
    return found


@given(SOME_HOURS, STARTS, st.integers(0, 4000))
def test_as_many_seconds_lie_between_as_minutes_count(some, start, minutes):
    counted = minutes_by_the_wall(some, start, minutes)
    assert some.between(start, start + timedelta(minutes=minutes)) == 60 * sum(counted)


@given(SOME_HOURS, STARTS, st.integers(1, 600))
def test_it_is_due_in_the_minute_in_which_the_last_one_has_passed(some, start, wanted):
    due = some.after(start, 60 * wanted)
    assert some.between(start, due) == 60 * wanted
    assert due > start
    assert some.is_open(due - timedelta(seconds=1))


@given(SOME_HOURS, STARTS, st.integers(1, 4000), st.integers(1, 4000))
def test_parts_add_up(some, start, one, other):
    middle, end = start + timedelta(minutes=one), start + timedelta(minutes=one + other)
    assert some.between(start, middle) + some.between(middle, end) == some.between(start, end)
    assert some.after(some.after(start, one), other) == some.after(start, one + other)


@given(SOME_HOURS, STARTS)
def test_somebody_is_there_when_it_opens(some, at):
    opens = some.opens(at)
    assert some.is_open(opens)
    assert some.between(at, opens) == 0


@given(st.sampled_from(ZONES), STARTS, st.integers(0, 10**7))
def test_who_is_always_there_counts_every_second(zone, start, seconds):
    assert BusinessHours(zone, ALWAYS).after(start, seconds) == start + timedelta(seconds=seconds)
