"""Time that counts: only while somebody is there to answer. Pure and exact to the second, through every change of the clocks.

The wall decides: a moment counts when the clock on the wall shows an hour of opening, on a day that is no holiday. In the night in
which an hour comes twice it counts twice, and an hour that is left out never counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
FARTHEST = timedelta(days=3660)  # nothing is due later; holidays are known for about as long

Spell = tuple[int, int]  # minutes of a day, from 0 to 1440; the end is not in it


class NeverOpen(ValueError):
    """Hours in which nobody is ever there: nothing would ever be due."""


@dataclass(frozen=True)
class BusinessHours:
    """When somebody is there. `week` has the spells of each day, Monday first, in their order and apart from each other.

    `country` and `subdivision` are ISO 3166 codes, as the library `holidays` knows them; "" for no public holidays. `closed`
    are other days on which nobody is there. Raises NeverOpen for a week without any hour, ValueError for what is no week.
    """

    zone: str
    week: tuple[tuple[Spell, ...], ...]
    country: str = ""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not all(map(_is_in_order, self.week)):
            raise ValueError("a week has seven days, and the spells of a day follow each other")
        if not any(self.week):
            raise NeverOpen("somebody has to be there at some time of the week")

    def is_holiday(self, day: date) -> bool:
        return day in self.closed or bool(self.country) and day in public_holidays(self.country, self.subdivision, day.year)

    def is_open(self, at: datetime) -> bool:
        there = at.astimezone(_zone(self.zone))
        minute = there.hour * 60 + there.minute
        return not self.is_holiday(there.date()) and any(a <= minute < b for a, b in self.week[there.weekday()])

    def after(self, start: datetime, seconds: float) -> datetime:
        """The first moment by which `seconds` of opening have passed since `start`; of none left to wait, `start` itself.

        Never later than FARTHEST, for hours that are all holidays."""
        if seconds <= 0:
            return start
        moment, left = start.timestamp(), seconds
        for opens, closes in self._from(start):
            begin = max(opens, moment)
            if begin > moment + FARTHEST.total_seconds():
                break
            if closes - begin >= left:
                return datetime.fromtimestamp(begin + left, UTC)
            left -= max(0.0, closes - begin)
        return start + FARTHEST

    def between(self, start: datetime, end: datetime) -> float:
        """Seconds of opening from one moment to the other; 0 where `end` is not after `start`."""
        first, last, total = start.timestamp(), end.timestamp(), 0.0
        for opens, closes in self._from(start):
            if opens >= last:
                break
            total += max(0.0, min(closes, last) - max(opens, first))
        return total

    def opens(self, at: datetime) -> datetime:
        """`at` itself while somebody is there, else when somebody is again."""
        now = at.timestamp()
        for opens, closes in self._from(at):
            if closes > now:
                return at if opens <= now else datetime.fromtimestamp(opens, UTC)
        return at + FARTHEST

    def _from(self, start: datetime) -> Iterator[tuple[float, float]]:
        """The spells of opening from the day of `start` on, as seconds since 1970, for as long as anything can be due."""
        first = start.astimezone(_zone(self.zone)).date()
        for n in count():
            if n > FARTHEST.days:
                return
            yield from _spells(self, first + timedelta(days=n))


@lru_cache(maxsize=4096)
def _spells(hours: BusinessHours, day: date) -> tuple[tuple[float, float], ...]:
    """When somebody is there on one day of the calendar on the wall."""
    spells = hours.week[day.weekday()]
    if not spells or hours.is_holiday(day):
        return ()
    return tuple(
        (start + max(opens * 60, wall) - wall, start + min(closes * 60, wall + lasts) - wall)
        for start, wall, lasts in _stretches(hours.zone, day)
        for opens, closes in spells
        if max(opens * 60, wall) < min(closes * 60, wall + lasts)
    )


def _stretches(zone: str, day: date) -> Iterator[tuple[float, int, int]]:
    """A day in parts in which the clocks are not changed: (seconds since 1970 at its start, seconds that the clock on the wall
    shows then, how many it lasts). One part on all but two days of the year."""
    there = _zone(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=there)
    tomorrow = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=there)
    start, end = int(midnight.timestamp()), int(tomorrow.timestamp())
    while start < end:
        shift = _shift(there, start)
        change = end if _shift(there, end - 1) == shift else _change(there, start, end)
        wall = datetime.fromtimestamp(start, there)
        yield start, wall.hour * 3600 + wall.minute * 60 + wall.second, change - start
        start = change


def _change(zone: ZoneInfo, start: int, end: int) -> int:
    """The first second with another shift than `start` has; there is one before `end`."""
    shift, same, other = _shift(zone, start), start, end - 1
    while other - same > 1:
        middle = (same + other) // 2
        if _shift(zone, middle) == shift:
            same = middle
        else:
            other = middle
    return other


def _shift(zone: ZoneInfo, second: int) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Raises NotImplementedError for a country or subdivision that the library does not know."""
    import holidays  # here: a fifth of a second, and only where a country was chosen

    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def _is_in_order(spells: tuple[Spell, ...]) -> bool:
    ends = [0, *(minute for spell in spells for minute in spell), DAY_MINUTES]
    return ends == sorted(ends) and all(a < b for a, b in spells)
