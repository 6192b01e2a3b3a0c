"""How often we may call somebody who counts: a bucket that holds a short burst and fills up evenly.

Over any minute no more than `per_minute` calls are granted. What waits (`keeps_back`) leaves half of the burst to what does
not, so that the urgent finds something there however busy the rest is.
"""

from datetime import datetime
from typing import NamedTuple


class Allowance(NamedTuple):
    left: float  # calls
    counted_at: datetime
    closed_until: datetime | None = None  # they told us to stay away


def burst(per_minute: int) -> int:
    """Calls that a full bucket holds. With what flows in, `per_minute` is never exceeded in any minute."""
    return max(1, per_minute // 4)


def fresh(per_minute: int, *, now: datetime) -> Allowance:
    return Allowance(burst(per_minute), now)


def filled(known: Allowance, *, per_minute: int, now: datetime) -> Allowance:
    """As it is now. A clock that went back adds nothing."""
    seconds = max(0.0, (now - known.counted_at).total_seconds())
    return known._replace(left=min(burst(per_minute), known.left + seconds * _per_second(per_minute)), counted_at=now)


def asked(known: Allowance, *, per_minute: int, now: datetime, keeps_back: bool) -> tuple[Allowance, float]:
    """(what is left, 0) when the call may be made, else (as it was, seconds to wait)."""
    here = filled(known, per_minute=per_minute, now=now)
    if here.closed_until and here.closed_until > now:
        return here, (here.closed_until - now).total_seconds()
    reserve = burst(per_minute) // 2 if keeps_back else 0
    missing = 1 + reserve - here.left
    if missing > 1e-6:  # sums of fractions
        return here, missing / _per_second(per_minute)
    return here._replace(left=here.left - 1), 0.0


def spent(known: Allowance, calls: int) -> Allowance:
    """After calls that nobody asked for one by one, such as the pages of one poll. They take what is there and make no debt,
    so that the urgent waits for one call to flow in at most."""
    return known._replace(left=max(0.0, known.left - calls))


def _per_second(per_minute: int) -> float:
    return (per_minute + 1 - burst(per_minute)) / 60
