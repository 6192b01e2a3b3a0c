"""From a customer's words at their network to a page that is open: milliseconds for each network with a server of its own.

    .venv/bin/python bench/arrival.py [--times 10]

Real servers, a whole house in a process of its own, and a real browser; tests/journeys/test_arrival.py says how each is told. The
time of telling the network counts. The first words of each network do not: they also wait for it to be connected. Networks that are
polled (feeds: 15 minutes, YouTube, Reddit, Google Play: a minute, X: two minutes) take as long as their pace, which they set themselves.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Collect:
    """What the tests recorded, and whether each passed."""

    def __init__(self) -> None:
        self.found: dict[str, list[int]] = {}
        self.left_out: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.left_out.append(f"{report.nodeid.rpartition('::')[2]}: {report.longrepr[2]}")  # type: ignore[index]
        told = dict(report.user_properties)
        if report.when == "call" and "arrival_ms" in told:
            self.found[str(told["network"])] = told["arrival_ms"]  # type: ignore[assignment]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=10)
    os.environ["HEARD_ARRIVALS"] = str(options.parse_args().times)
    collect = Collect()
    journey = str(ROOT / "tests/journeys/test_arrival.py")
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), journey], plugins=[collect])
    print(f"\n{'network':36}{'middle ms':>12}{'slowest ms':>12}{'times':>7}")
    for network, times in sorted(collect.found.items()):
        print(f"{network:36}{statistics.median(times):12.0f}{max(times):12}{len(times):7}")
    for why in collect.left_out:
        print(f"left out: {why}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
