"""Opening hours as people write them: "9-12, 13:30–17", and in short for a whole week. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import groupby

from heard.routing.rules.business_hours import Spell

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SPELL = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to|bis)\s*(\d{1,2})(?:[:.h](\d{2}))?", re.IGNORECASE)
ALL_DAY = ("always", "24 h", "24h", "0-24")
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(.*)")
LONGEST_NAME = 80


class CannotRead(ValueError):
    """What was typed is no opening time; the text says what one looks like."""


def spells_in(typed: str) -> tuple[Spell, ...]:
    """Of one day, in their order. Nothing typed is a day on which nobody is there. Raises CannotRead."""
    bare = typed.strip().lower()
    if not bare or bare in ("closed", "-", "–"):
        return ()
    if bare in ALL_DAY:
        return ((0, 1440),)
    found = [_spell(part.strip()) for part in re.split(r"[,;]", bare) if part.strip()]
    found.sort()
    for (_, ends), (begins, _) in zip(found, found[1:], strict=False):
        if begins < ends:
            raise CannotRead(f"Two of the times in “{typed.strip()}” overlap.")
    return tuple(found)


def _spell(part: str) -> Spell:
    match = SPELL.fullmatch(part)
    if match is None:
        raise CannotRead(f"“{part}” is no time of opening. Write 9-17, or 09:00-12:30, 13:30-18:00; leave it empty for closed.")
    hour, minute, last_hour, last_minute = (int(number or 0) for number in match.groups())
    opens, closes = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or closes > 1440:
        raise CannotRead(f"“{part}” is no time of day.")
    if opens >= closes:
        raise CannotRead(f"“{part}” ends before it begins. For a night, write 22-24 on this day and 0-6 on the next.")
    return opens, closes


def in_words(spells: Sequence[Sequence[int]]) -> str:
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in spells)


def in_short(week: Sequence[Sequence[Sequence[int]]]) -> str:
    """Days that are alike together: "Mon–Fri 09:00–17:00, Sat 10:00–14:00"."""
    runs = []
    for spells, days in groupby(range(7), key=lambda day: in_words(week[day])):
        first, *_, last = [*(run := list(days)), run[-1]]
        if spells:
            runs.append(f"{DAYS[first]}–{DAYS[last]} {spells}" if first != last else f"{DAYS[first]} {spells}")
    return ", ".join(runs)


def closed_days_in(typed: str) -> list[tuple[str, str]]:
    """One day a line, "2026-12-24 Christmas Eve", in their order, each once. Raises CannotRead."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        match = DAY.fullmatch(line)
        try:
            found[date.fromisoformat(match[1]).isoformat()] = match[2][:LONGEST_NAME]  # type: ignore[index]
        except (TypeError, ValueError):
            raise CannotRead(f"“{line}” does not begin with a day. Write it like 2026-12-24 Christmas Eve.") from None
    return sorted(found.items())


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
