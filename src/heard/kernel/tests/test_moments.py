from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from heard.kernel.rules import moments

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute"),
        (59, "under a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_its_largest_unit(seconds, words):
    assert moments.in_words(seconds) == words


@pytest.mark.parametrize(
    ("minutes", "words", "look"),
    [(125, "due in 2 h", "calm"), (30, "due in 30 min", "soon"), (-35, "late by 35 min", "late")],
)
def test_a_clock_says_how_near_it_is(minutes, words, look):
    due = NOON + timedelta(minutes=minutes)
    assert (moments.until(due, NOON), moments.nearness(due, NOON)) == (words, look)


@pytest.mark.parametrize(
    ("back", "row", "sentence"),
    [
        (timedelta(seconds=20), "now", "just now"),
        (timedelta(hours=3), "3 h", "3 h ago"),
        (timedelta(days=3), "Wed", "3 days ago"),
        (timedelta(days=40), "12 Oct", "12 Oct"),
        (timedelta(days=400), "17 Oct 2025", "17 Oct 2025"),
    ],
)
def test_a_moment_is_short_in_a_row_and_longer_in_a_sentence(back, row, sentence):
    assert (moments.short(NOON - back, NOON, UTC), moments.ago(NOON - back, NOON)) == (row, sentence)


def test_the_exact_moment_names_its_zone():
    assert moments.exact(NOON, VIENNA) == "Sat 21 Nov 2026, 13:00 CET"


def test_a_day_is_the_readers_day_and_not_that_of_greenwich():
    """threats.md 60."""
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert moments.day_words(late, NOON, UTC) == "Yesterday"
    assert moments.day_words(late, NOON, VIENNA) == "Today"


@pytest.mark.parametrize("days", range(0, 400, 11))
def test_days_and_months_are_named_as_the_calendar_names_them(days):
    then = NOON + timedelta(days=days)
    assert moments.exact(then, VIENNA) == f"{then.astimezone(VIENNA):%a %-d %b %Y, %H:%M %Z}"
    assert moments.date_words(then, then) == f"{then:%-d %b}"
