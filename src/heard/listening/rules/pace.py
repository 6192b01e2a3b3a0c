"""How often one address or token may knock. Each process keeps its own count, which is what a small house needs."""

import threading
from collections import OrderedDict

MOST_NAMES = 20_000  # remembered at once; beyond that the longest silent is forgotten


class Pace:
    """At most `limit` knocks within `window_seconds`, refilled evenly: a burst is allowed, a flood is not. 0 is no limit."""

    def __init__(self, *, limit: int, window_seconds: float) -> None:
        self.limit = limit
        self._refill = limit / window_seconds
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name: (knocks left, when that was true)
        self._lock = threading.Lock()

    def knock(self, name: str, *, at_seconds: float) -> float:
        """0 when `name` may go on, else the seconds to wait. `at_seconds` is any clock that moves forward."""
        if not self.limit:
            return 0
        with self._lock:
            left, since = self._left.pop(name, (float(self.limit), at_seconds))
            left = min(self.limit, left + (at_seconds - since) * self._refill)
            allowed = left > 1 - 1e-6  # sums of fractions
            self._left[name] = (left - 1 if allowed else left, at_seconds)
            if len(self._left) > MOST_NAMES:
                self._left.popitem(last=False)
        return 0 if allowed else (1 - left) / self._refill

    def forget(self) -> None:
        """Everybody starts afresh."""
        with self._lock:
            self._left.clear()
