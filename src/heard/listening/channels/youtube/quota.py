"""YouTube's patience is a number of units a day, and each question has its price.
https://developers.google.com/youtube/v3/determine_quota_cost"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from heard.listening.channels.contract import Account

UNITS_PER_DAY = 10_000  # what every project gets; more is granted on request
COST = {  # units, by method
    "commentThreads.list": 1,
    "comments.list": 1,
    "channels.list": 1,
    "comments.insert": 50,
    "comments.update": 50,
    "comments.delete": 50,
    "comments.setModerationStatus": 50,
}
SHARE_FOR_LISTENING = 0.5  # the rest is for answers
DAY_SECONDS = 24 * 3600
PACIFIC = ZoneInfo("America/Los_Angeles")


def seconds_to_midnight(now: datetime) -> float:
    """Until the units of the next day: midnight where YouTube lives, on days of 23 and 25 hours too."""
    here = now.astimezone(PACIFIC)
    midnight = datetime.combine(here.date() + timedelta(days=1), datetime.min.time(), tzinfo=PACIFIC)
    return max((midnight.astimezone(UTC) - now).total_seconds(), 1)


def pause_seconds(account: Account, units: int) -> float:
    """How long to stay away after listening has cost so many units, so that a day of it costs no more than its share."""
    return units * DAY_SECONDS / (units_per_day(account) * SHARE_FOR_LISTENING)


def units_per_day(account: Account) -> int:
    given = str(account.config.get("units_per_day") or "").strip()
    return max(int(given), 100) if given.isascii() and given.isdigit() and len(given) < 12 else UNITS_PER_DAY
