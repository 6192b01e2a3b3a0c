"""Times to come as people write them: "by Thursday", "binnen zwei Tagen", "demain matin", "antes del 5 de diciembre". Pure.

What a time means is the last moment at which it still holds: "by Thursday" is the close of Thursday, "tomorrow morning" is
noon. Days are days of the calendar where the desk is, hours are hours that pass: a clock that is put back in between makes
two days 49 hours long, and 48 hours stay 48. A time that has passed is none. docs/algorithms/promises.md
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from heard.engagement.rules.time_words import LANGUAGES, NOON, Words

CLOSES = time(18, 0)  # until opening hours are known
LAST = time(23, 59)
FRIDAY, SATURDAY = 4, 5
MOST_OF_A_UNIT = 400  # "in 10000 days" is no promise


class Time(NamedTuple):
    """`text[start:end]` says `due_at`, which is in UTC."""

    start: int
    end: int
    due_at: datetime


class Place(NamedTuple):
    """Where and when something is written. `close_of`: the last moment of a working day there."""

    now: datetime
    zone: ZoneInfo
    close_of: Callable[[date], time]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def close_of(day: date) -> time:
    """When work ends on that day. The same on every day until opening hours are known here."""
    return CLOSES


def times_in(
    text: str, *, language: str, now: datetime, zone: ZoneInfo, close_of: Callable[[date], time] = close_of
) -> list[Time]:
    """In the order of the text; where two begin with the same word, the longer one. None lies before `now`."""
    place, words = Place(now, zone, close_of), LANGUAGES[language]
    found = sorted(_all(text, words, place), key=lambda each: (each.start, -each.end))
    kept: list[Time] = []
    for each in found:
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return [each for each in kept if each.due_at >= now]


def _all(text: str, words: Words, place: Place) -> Iterator[Time]:
    for pattern in words.patterns:
        for match in pattern.finditer(text):
            try:
                due = _due({name: said for name, said in match.groupdict().items() if said}, words, place)
            except (ValueError, OverflowError):  # the 31st of June
                continue
            if due is not None:
                yield Time(match.start(), match.end(), due)


def _due(said: dict[str, str], words: Words, place: Place) -> datetime | None:
    """`said` are the named parts of one pattern of time_words."""
    if "unit" in said:
        return _after(_number(said.get("n", ""), words), words.unit_of(said["unit"]), place)
    day = _day(said, words, place)
    if day is None:
        return None
    if "before" in said and not _has_clock(said):
        day -= timedelta(days=1)
    return _at(day, said, words, place)


def _after(count: int, unit: str, place: Place) -> datetime | None:
    if not 0 < count <= MOST_OF_A_UNIT:
        return None
    if unit in ("minute", "hour"):
        return place.now.astimezone(UTC) + timedelta(minutes=count * (60 if unit == "hour" else 1))
    here = place.now.astimezone(place.zone)
    if unit == "workday":
        day = _workdays_after(here.date(), count)
        return _moment(day, place.close_of(day), place)
    days = {"day": 1, "week": 7, "month": 30}[unit] * count
    return _moment(here.date() + timedelta(days=days), here.time(), place)


def _workdays_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def _day(said: dict[str, str], words: Words, place: Place) -> date | None:
    today = place.today
    if "day" in said:
        return today + timedelta(days=words.day_of(said["day"]))
    if "wd" in said:
        return _weekday(words.weekday_of(said["wd"]), "nxt" in said, today)
    if "d" in said:
        return _date(said, words, today)
    if "week" in said:
        friday = today + timedelta(days=FRIDAY - today.weekday() + (7 if words.is_next(said["week"]) else 0))
        return friday if friday >= today else today
    if "month" in said:
        return _end_of_month(today, is_next=words.is_next(said["month"]))
    return today


def _weekday(weekday: int, is_next: bool, today: date) -> date:
    """The one to come; of today's own name the one in a week, as today would be called today."""
    if is_next:
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _date(said: dict[str, str], words: Words, today: date) -> date:
    """Without a year the next one that has this day; without a month the next month that has."""
    number = int(re.sub(r"\D", "", said["d"]))
    if "y" in said:
        year = int(said["y"]) + (2000 if len(said["y"]) == 2 else 0)
        return date(year, _month(said, words) or today.month, number)
    month = _month(said, words)
    if month:
        this_year = date(today.year, month, number)
        return this_year if this_year >= today else date(today.year + 1, month, number)
    this_month = date(today.year, today.month, number)
    return this_month if this_month >= today else date(today.year + today.month // 12, today.month % 12 + 1, number)


def _month(said: dict[str, str], words: Words) -> int:
    return words.month_of(said["mon"]) if "mon" in said else int(said.get("mn", "0"))


def _end_of_month(today: date, *, is_next: bool) -> date:
    year, month = (today.year + today.month // 12, today.month % 12 + 1) if is_next else (today.year, today.month)
    return date(year, month, monthrange(year, month)[1])


def _has_clock(said: dict[str, str]) -> bool:
    return "h" in said or "noon" in said


def _at(day: date, said: dict[str, str], words: Words, place: Place) -> datetime | None:
    if _has_clock(said):
        due = _moment(day, _clock(said), place)
        is_any_day = not said.keys() & {"day", "wd", "d", "week", "month"}
        return _moment(day + timedelta(days=1), _clock(said), place) if is_any_day and due < place.now else due
    at = words.part_of(said["part"]) if "part" in said else place.close_of(day)
    due = _moment(day, at, place)
    return due if due >= place.now or day != place.today or "part" in said else _moment(day, LAST, place)


def _clock(said: dict[str, str]) -> time:
    if "noon" in said:
        return NOON
    hour, minute, half = int(said["h"]), int(said.get("m", "0")), said.get("ap", "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif not half and "m" not in said and 1 <= hour <= 6:
        hour += 12  # "at 3" is no time at which anybody is called
    return LAST if hour == 24 else time(hour, minute)


def _moment(day: date, at: time, place: Place) -> datetime:
    """In UTC. A time that the clock skips is the one after the gap; of one that comes twice, the first."""
    local = datetime.combine(day, at.replace(fold=0, tzinfo=None), place.zone)
    return local.astimezone(UTC)


def _number(said: str, words: Words) -> int:
    return int(said) if said.isdecimal() and len(said) <= 4 else words.numbers.get(" ".join(said.lower().split()), 0)
