"""A house at work for a while: the stream arrives at half the rate it could take, eight colleagues turn pages and type, some watch.

    .venv/bin/python bench/soak.py [--minutes 10] [--rate N] [--store sqlite|postgres] [--preload 100000] [--quick]

`heard web` and `heard worker` run as two processes, as in production; this process keeps what arrives, as `heard listen` does,
and bench/readers.py turns the pages. Without --rate the most that the three manage is measured first, with nobody reading, and
the half of it is then held. Before the stream begins the colleagues have the house for themselves for a while: that is the
baseline. Half-way through and at the end nothing may have piled up; afterwards every post has its disposition.

The last line is one JSON object:

value       p99 of a page in ms, in the stream; p50, p95 and p99 over all pages; "pages" has them for each kind: the draft is
            a small write, which waits for the writer of the walk                 baseline  p99 without the stream
rate, held  posts a second that were to arrive, and that were walked in that time; top_rate what was measured before
grows_mb_per_minute  memory that web and worker asked for themselves, by a straight line through the last two thirds of the time
web_worker_mb        of that memory, what web and what worker has at the end
rss_mb, peak_rss_mb  all they hold, the mapped part of a SQLite file included
wal_mb, wal_peak_mb  SQLite's write-ahead log at the end, and the largest it was seen; `on_the_way` has samples of both
receive_ms  p50, p95, p99 of keeping a handful of posts, beside the walk              behind_peak  most posts waiting at once
errors      requests that failed, live pages that were refused, lines of the log that warn; `trouble` says which
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from memory import own_mb, resident_mb, tree
from report import percentiles, say
from server import free_port, wait_for
from store import fresh_house
from stream import Stream

HERE = Path(__file__).parent
READERS, WATCHERS = 8, 3
TICK_SECONDS = 0.1
LOOK_EVERY_SECONDS = 1.0
MOST_AT_ONCE = 2000
GIVE_UP_SECONDS = 120
COMPLAINT = re.compile(r"(?:WARNING|ERROR|CRITICAL) .*|^[\w.]+(?:Error|Exception|Warning)\b.*|^Exception .*")


@dataclass(frozen=True)
class Plan:
    seconds: float
    quiet_seconds: float
    preload: int
    trial_posts: int
    rate: float | None = None
    pause_seconds: float = 1.0  # of a colleague between two pages


FULL = Plan(seconds=600, quiet_seconds=20, preload=100_000, trial_posts=40_000)
QUICK = Plan(seconds=5, quiet_seconds=2, preload=1_000, trial_posts=1_500, pause_seconds=0.2)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=FULL.seconds / 60)
    options.add_argument("--rate", type=float, help="posts a second; else half of what is measured")
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--preload", type=int, default=FULL.preload)
    options.add_argument("--quick", action="store_true", help=f"{QUICK.seconds:.0f} seconds")
    given = options.parse_args()
    plan = Plan(given.minutes * 60, FULL.quiet_seconds, given.preload, FULL.trial_posts, given.rate)
    with fresh_house(given.store) as home:
        measure(QUICK if given.quick else plan, given.store, Path(home))


def measure(plan: Plan, store: str, home: Path) -> None:
    from big_store import fill_apart
    from django.db import connection

    connection.close()  # the log of the store is switched off meanwhile
    filled = fill_apart(interactions=plan.preload)
    with working_house(home) as house:
        with colleagues(house, plan.pause_seconds) as quiet:
            time.sleep(plan.quiet_seconds)
        feed = Feed(Stream(start=filled.posts))
        top_rate = most_per_second(feed, plan.trial_posts)
        rate = plan.rate or top_rate / 2
        with colleagues(house, plan.pause_seconds) as reading, looking_on(house, home) as seen:
            held = feed.keep_up(rate, plan.seconds)
        wait_until_walked()
        seen.look()
    calm, stream, checked = quiet.told(), reading.told(), counted()
    trouble = Counter(calm["trouble"]) + Counter(stream["trouble"]) + house.warnings()
    everything = [ms for some in stream["ms"].values() for ms in some]
    shown = percentiles(everything)
    say(
        "soak",
        shown["p99"],
        "ms",
        goal=None,
        baseline=percentiles([ms for some in calm["ms"].values() for ms in some])["p99"],
        more_is_better=False,
        **shown,
        pages={kind: percentiles(some) for kind, some in stream["ms"].items()},
        requests=len(everything),
        slowest_ms=round(max(everything)),
        store=store,
        minutes=round(plan.seconds / 60, 2),
        top_rate=round(top_rate),
        rate=round(rate),
        held=round(held),
        receive_ms=percentiles(feed.took_ms),
        errors=sum(trouble.values()),
        trouble=dict(trouble),
        live_events=stream["events"],
        live_reopened=stream["reopened"],
        **seen.keys(),
        **checked,
    )
    connection.close()


# ── The house ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class House:
    host: str
    port: int
    pids: list[int]
    logs: list[Path]

    def processes(self) -> list[int]:
        return [pid for root in self.pids for pid in tree(root)]

    def warnings(self) -> Counter[str]:
        """What the logs complain about, without the moment, and with the last line of each traceback."""
        lines = (line for log in self.logs for line in log.read_text().splitlines())
        return Counter(found[0][:200] for line in lines if (found := COMPLAINT.search(line)))


@contextmanager
def working_house(home: Path) -> Iterator[House]:
    """`heard web` and `heard worker` on the store of the measurement, each with its log."""
    host, port = "127.0.0.1", free_port()
    settings = {"HEARD_LISTEN": f"{host}:{port}", "HEARD_PUBLIC_URL": f"http://{host}:{port}", "HEARD_LOG": "warning"}
    logs = [home / f"{name}-{port}.log" for name in ("web", "worker")]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "heard", log.name.split("-")[0]],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=log.open("w"),
            start_new_session=True,
        )
        for log in logs
    ]
    try:
        wait_for(host, port, running[0])
        yield House(host, port, [process.pid for process in running], logs)
        assert [process.poll() for process in running] == [None, None], f"the house did not stand: {logs[0].parent}"
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Colleagues:
    """bench/readers.py under way; `told` is what it said in the end."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self._told: dict | None = None

    def told(self) -> dict:
        if self._told is None:
            said, _ = self.process.communicate(timeout=GIVE_UP_SECONDS)
            self._told = json.loads(said)
        return self._told


@contextmanager
def colleagues(house: House, pause_seconds: float) -> Iterator[Colleagues]:
    from big_store import ADMIN
    from django.test import Client

    from heard.governance.models import Member
    from heard.identity.models import Customer
    from heard.routing.models import Conversation

    client = Client()
    client.force_login(Member.objects.get(email=ADMIN))
    order = {
        "host": house.host,
        "port": house.port,
        "session": client.cookies["sessionid"].value,
        "readers": READERS,
        "watchers": WATCHERS,
        "pause_seconds": pause_seconds,
        "conversations": list(Conversation.objects.order_by("id").values_list("id", flat=True)[:400]),
        "customers": list(Customer.objects.order_by("id").values_list("id", flat=True)[:400]),
    }
    process = subprocess.Popen(
        [sys.executable, HERE / "readers.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        reading = Colleagues(process)
        yield reading
        reading.told()  # its input ends, and with it the day
    finally:
        process.kill()
        process.wait()


# ── What arrives ────────────────────────────────────────────────────────────────────────────────────────────────────


class Feed:
    """Keeps posts of the stream as an intake does, and knows how long each keeping took."""

    def __init__(self, stream: Stream) -> None:
        from heard.listening.models import ChannelAccount

        self.stream = stream
        self.took_ms: list[float] = []
        self._account_id = ChannelAccount.objects.get(name="Firehose").pk

    def bring(self, count: int) -> None:
        from heard.listening.actions import receive

        page = list(self.stream.posts(count))
        began = time.perf_counter()
        receive(self._account_id, page)
        self.took_ms.append((time.perf_counter() - began) * 1000)

    def keep_up(self, rate: float, seconds: float) -> float:
        """Bring `rate` posts a second. Returns how many a second were walked meanwhile."""
        self.took_ms.clear()
        began, brought, before = time.monotonic(), 0, waiting()
        while (now := time.monotonic() - began) < seconds:
            owed = min(int(rate * now) - brought, MOST_AT_ONCE)
            if owed > 0:
                self.bring(owed)
                brought += owed
            time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - began - now)))
        return (brought + before - waiting()) / (time.monotonic() - began)


def most_per_second(feed: Feed, posts: int) -> float:
    """What the house manages when posts come as fast as they can be kept, nobody reading."""
    feed.bring(min(MOST_AT_ONCE, posts // 4))
    wait_until_walked()
    began = time.monotonic()
    for start in range(0, posts, MOST_AT_ONCE):
        feed.bring(min(MOST_AT_ONCE, posts - start))
    wait_until_walked()
    return posts / (time.monotonic() - began)


def waiting() -> int:
    from heard.listening.models import Delivery

    return Delivery.objects.filter(state=Delivery.State.WAITING).count()


def wait_until_walked() -> None:
    end = time.monotonic() + GIVE_UP_SECONDS
    while (left := waiting()) and time.monotonic() < end:
        time.sleep(TICK_SECONDS)
    assert not left, f"{left} deliveries were not walked in {GIVE_UP_SECONDS} s"


def counted() -> dict[str, int]:
    """No figure without its counts: nothing set aside, every voice settled and read once."""
    from heard.listening.models import Delivery, Interaction
    from heard.routing.models import Disposition

    assert not Delivery.objects.filter(state=Delivery.State.QUARANTINED).exists(), "something was set aside"
    voices = Interaction.objects.filter(direction="inbound").count()
    assert Disposition.objects.count() == voices, f"{voices} voices have {Disposition.objects.count()} dispositions"
    return {"interactions": voices}


# ── What is looked at ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Seen:
    """Samples of one run, each with its second."""

    house: House
    wal: Path
    own: list[tuple[float, float]] = field(default_factory=list)
    by_process: list[list[float | None]] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    wal_mb: list[float] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        pids = self.house.processes()
        if (own := own_mb(pids)) is not None:
            self.own.append((time.monotonic() - self.began, own))
            self.by_process.append([own_mb(tree(root)) for root in self.house.pids])
            self.resident.append(resident_mb(pids) or 0.0)
        if self.wal.exists():
            self.wal_mb.append(round(self.wal.stat().st_size / 1e6, 1))
        self.behind.append(waiting())

    def keys(self) -> dict[str, object]:
        if not self.own:
            return {"behind_peak": max(self.behind)}
        return {
            "grows_mb_per_minute": round(slope(self.own[len(self.own) // 3 :]) * 60, 2),
            "web_worker_mb": self.by_process[-1],
            "web_worker_at_first_mb": self.by_process[0],
            "own_on_the_way_mb": every_tenth([mb for _, mb in self.own]),
            "rss_mb": self.resident[-1],
            "peak_rss_mb": max(self.resident),
            "wal_mb": self.wal_mb[-1] if self.wal_mb else None,
            "wal_peak_mb": max(self.wal_mb, default=None),
            "wal_on_the_way_mb": every_tenth(self.wal_mb),
            "behind_peak": max(self.behind),
        }


def every_tenth(samples: list[float]) -> list[float]:
    """Ten of them, evenly spread, the last one included."""
    step = max(1, len(samples) // 10)
    return samples[::-1][::step][::-1]


def slope(samples: list[tuple[float, float]]) -> float:
    """Of the straight line that fits best, per second; 0 for fewer than three samples."""
    if len(samples) < 3:
        return 0.0
    middle_x, middle_y = (sum(values) / len(samples) for values in zip(*samples, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in samples)
    return sum((x - middle_x) * (y - middle_y) for x, y in samples) / spread


@contextmanager
def looking_on(house: House, home: Path) -> Iterator[Seen]:
    seen, over = Seen(house, home / "bench.sqlite3-wal"), threading.Event()

    def look_on() -> None:
        from django.db import connection

        while not over.wait(LOOK_EVERY_SECONDS):
            seen.look()
        connection.close()

    looker = threading.Thread(target=look_on, daemon=True)
    looker.start()
    try:
        yield seen
    finally:
        over.set()
        looker.join()


if __name__ == "__main__":
    main()
