"""What the simulated network remembers: words that were handed to it, and what people will say to them.

It lives in the process, as the network itself would live elsewhere. After a restart nobody answers what was said before;
nothing else is lost.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from heard.listening.channels.simulated.wire import Line

MOST_REMEMBERED = 500
KEEP = timedelta(minutes=30)


class Coming(Struct, frozen=True, kw_only=True):
    """A line that the network will say at a moment."""

    key: str
    at: datetime
    line: Line


class Exchange:
    """Safe for the threads of one process; bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: OrderedDict[tuple[int, str], datetime] = OrderedDict()
        self._coming: dict[int, list[Coming]] = {}

    def take(self, account_id: int, idem: str, *, at: datetime, coming: list[Coming]) -> datetime:
        """Accept words once: a second time with the same `idem` changes nothing. Returns when they were taken first."""
        with self._lock:
            known = self._taken.get((account_id, idem))
            if known is not None:
                return known
            self._taken[account_id, idem] = at
            while len(self._taken) > MOST_REMEMBERED:
                self._taken.popitem(last=False)
            kept = [c for c in self._coming.get(account_id, []) if c.at > at - KEEP]
            self._coming[account_id] = [*kept, *coming][-MOST_REMEMBERED:]
            return at

    def taken_at(self, account_id: int, idem: str) -> datetime | None:
        with self._lock:
            return self._taken.get((account_id, idem))

    def echo(self, account_id: int, coming: Coming) -> None:
        """Something was done to words that are there; everybody hears of it, whoever did it."""
        with self._lock:
            self._coming[account_id] = [*self._coming.get(account_id, []), coming][-MOST_REMEMBERED:]

    def between(self, account_id: int, *, after: datetime, until: datetime) -> list[Coming]:
        with self._lock:
            return [c for c in self._coming.get(account_id, []) if after < c.at <= until]
