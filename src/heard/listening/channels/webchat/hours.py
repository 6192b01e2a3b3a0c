"""When somebody is there: lines such as "Mon-Fri 09:00-17:00", in the account's own time zone."""

import re
from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(r"(\w{3})(?:\s*-\s*(\w{3}))?\s+(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


class Span(Struct, frozen=True):
    """From `begins` on, and before `ends`, which may be midnight: 24:00."""

    days: frozenset[int]
    begins: int  # minutes of the day
    ends: int


class Hours(Struct, frozen=True):
    spans: tuple[Span, ...]
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """No lines at all: always."""
        there = now.astimezone(self.zone)
        minute = _minute(there.time())
        return not self.spans or any(there.weekday() in s.days and s.begins <= minute < s.ends for s in self.spans)


def hours_of(lines: Iterable[str], zone: ZoneInfo) -> tuple[Hours, list[str]]:
    """The hours, and what is wrong with lines that were left out."""
    spans, problems = [], []
    for line in lines:
        span = _span(line)
        if span is None:
            problems.append(f"{line[:60]!r} is not of the form “Mon-Fri 09:00-17:00”.")
        else:
            spans.append(span)
    return Hours(tuple(spans), zone), problems


def _span(line: str) -> Span | None:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    first, last = match[1].lower(), (match[2] or match[1]).lower()
    begins, ends = int(match[3]) * 60 + int(match[4]), int(match[5]) * 60 + int(match[6])
    if first not in DAYS or last not in DAYS or int(match[4]) > 59 or int(match[6]) > 59 or not begins < ends <= 24 * 60:
        return None
    count = (DAYS.index(last) - DAYS.index(first)) % 7 + 1
    return Span(frozenset((DAYS.index(first) + n) % 7 for n in range(count)), begins, ends)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
