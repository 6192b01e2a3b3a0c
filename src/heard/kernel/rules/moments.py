"""Moments and durations in the words people use. Pure: the present is an argument."""

from datetime import datetime, timedelta, tzinfo

MINUTE, HOUR, DAY = 60, 3600, 86400
# strftime looks them up in the locale each time, and takes ten times as long.
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_words(seconds: float) -> str:
    """A length of time, rounded down to its largest unit: "under a minute", "35 min", "2 h", "3 days"."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return "under a minute"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < 2 * DAY:
        return f"{whole // HOUR} h"
    if whole < 60 * DAY:
        return f"{whole // DAY} days"
    if whole < 730 * DAY:
        return f"{whole // (30 * DAY)} months"
    return f"{whole // (365 * DAY)} years"


def ago(then: datetime, now: datetime) -> str:
    """How long since `then`: "just now", "35 min ago"; a date from two weeks on. A moment to come reads "in 2 h"."""
    seconds = (now - then).total_seconds()
    if seconds < -MINUTE:
        return f"in {in_words(seconds)}"
    if seconds < MINUTE:
        return "just now"
    if seconds < 14 * DAY:
        return f"{in_words(seconds)} ago"
    return date_words(then, now)


def short(then: datetime, now: datetime, zone: tzinfo) -> str:
    """For the end of a row: "now", "35 min", "2 h", "Mon", "12 Oct", "12 Oct 2024"."""
    seconds = (now - then).total_seconds()
    if seconds < MINUTE:
        return "now"
    if seconds < DAY:
        return in_words(seconds)
    if seconds < 6 * DAY:
        return DAYS[then.astimezone(zone).weekday()]
    return date_words(then.astimezone(zone), now.astimezone(zone))


def until(due: datetime, now: datetime) -> str:
    """ "due in 2 h", "late by 35 min"."""
    seconds = (due - now).total_seconds()
    return f"due in {in_words(seconds)}" if seconds >= 0 else f"late by {in_words(seconds)}"


def nearness(due: datetime, now: datetime, *, soon: timedelta = timedelta(hours=1)) -> str:
    """ "late", "soon" or "calm": how a clock should look."""
    if due < now:
        return "late"
    return "soon" if due - now <= soon else "calm"


def exact(then: datetime, zone: tzinfo) -> str:
    """ "Sat 21 Nov 2026, 21:32 UTC"."""
    local = then.astimezone(zone)
    day, month = DAYS[local.weekday()], MONTHS[local.month - 1]
    return f"{day} {local.day} {month} {local.year}, {local.hour:02}:{local.minute:02} {local.tzname()}"


def date_words(then: datetime, now: datetime) -> str:
    """ "12 Oct", with the year when it is another one."""
    day = f"{then.day} {MONTHS[then.month - 1]}"
    return day if then.year == now.year else f"{day} {then.year}"


def day_words(then: datetime, now: datetime, zone: tzinfo) -> str:
    """The heading of a day: "Today", "Yesterday", "Monday 16 November"."""
    day, today = then.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"


def on_day(then: datetime, now: datetime, zone: tzinfo) -> str:
    """For the middle of a sentence: "today", "yesterday", "on 3 Nov"."""
    day, today = then.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    return f"on {date_words(then.astimezone(zone), now.astimezone(zone))}"


def hop_words(gap: timedelta) -> str:
    """How long a customer took to go on elsewhere: "at once", "2 h later"."""
    seconds = gap.total_seconds()
    return "at once" if seconds < MINUTE else f"{in_words(seconds)} later"
