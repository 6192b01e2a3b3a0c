"""When somebody is reminded of a promise. Pure."""

from datetime import datetime, timedelta

SHARE = 0.2  # of the time there is
AT_LEAST, AT_MOST = timedelta(hours=1), timedelta(days=1)


def remind_at(*, made_at: datetime, due_at: datetime) -> datetime:
    """Before it is due: a fifth of the time, an hour at least and a day at most; half of the time where that is less than two
    hours. Never before it was made, never after it is due."""
    there_is = max(due_at - made_at, timedelta(0))
    return due_at - min(max(there_is * SHARE, AT_LEAST), AT_MOST, there_is / 2)
