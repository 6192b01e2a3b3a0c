"""The last line of every bench: one JSON object, the same keys everywhere, so that `make bench` can read them all."""

import json
import os
import platform
import time
from collections.abc import Sequence

ADDITIONS = 1_000_000


def say(
    bench: str, value: float, unit: str, *, goal: float | None, baseline: float | None, more_is_better: bool = True, **more
) -> None:
    """Print it. `ratio` is how many times better `value` is than `baseline`, measured in the same minute."""
    ratio = None
    if baseline and value:
        ratio = round(value / baseline if more_is_better else baseline / value, 1)
    line = {"bench": bench, "value": _short(value), "unit": unit, "goal": goal, "baseline": _short(baseline), "ratio": ratio}
    print(json.dumps({**line, **more, "load": round(os.getloadavg()[0], 1), "pace_ms": pace_ms(), "machine": machine()}))


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def pace_ms() -> float:
    """CPU ms for a million additions in plain Python, the best of three: how fast this machine was just now. Two machines of one
    name and size differed threefold, and figures in CPU time with them."""
    return min(_added_up() for _ in range(3))


def _added_up() -> float:
    total, began = 0, time.process_time()
    for number in range(ADDITIONS):
        total += number
    return round((time.process_time() - began) * 1000, 1)


def percentiles(samples: Sequence[float]) -> dict[str, float]:
    """{"p50", "p95", "p99"} of `samples`, in their unit, by the nearest rank."""
    ranked = sorted(samples)
    return {f"p{p}": _short(ranked[min(len(ranked) - 1, max(0, -(-len(ranked) * p // 100) - 1))]) for p in (50, 95, 99)}


def _short(value: float | None) -> float | None:
    """Three figures behind the point are more than a measurement knows."""
    if value is None or value != value or abs(value) >= 1000:
        return None if value is None else round(value)
    return round(value, 3)
