"""How many posts a second go the whole way, from raw delivery to routed, on the fixed stream of bench/stream.py.

    .venv/bin/python bench/ingest.py [--store sqlite|postgres] [--posts 20000] [--preload 0] [--quick]

Each post is kept raw, decoded, told apart from doubles, given its author, read by the real assessors, threaded, routed,
made searchable and summed up, by the product's own worker in this one process; `--preload` posts are there before the clock
starts. The baseline is the straightforward way, one post after another with the ORM (bench/baseline/orm.py), on the same
stream in the same minute. The last line is one JSON object:

value     posts a second of the walk         baseline  the same of the baseline        ratio  the one by the other
cpu_us    CPU of this process per post       receive_per_s  keeping them raw, before   load   of the machine at the end
"""

import argparse
import json
import os
import platform
import time

from store import fresh_house
from stream import Stream

QUICK = 3000
BATCH = 2000
BASELINE_POSTS = 400
GOALS = {"sqlite": 20_000, "postgres": 10_000}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--posts", type=int, default=20_000)
    options.add_argument("--preload", type=int, default=0)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} posts, no preload")
    given = options.parse_args()
    posts, preload = (QUICK, 0) if given.quick else (given.posts, given.preload)
    with fresh_house(given.store):
        print(
            json.dumps({"bench": "ingest", "store": given.store, "goal": GOALS[given.store], **measure(posts, preload=preload)})
        )


def measure(posts: int, *, preload: int) -> dict:
    from django.db import connection

    from heard.listening.models import ChannelAccount

    account_id = ChannelAccount.objects.create(kind="api", name="Firehose").pk
    stream = Stream()
    for start in range(0, preload, 50_000):
        receive(account_id, stream, min(50_000, preload - start))
        walk()
    received_per_s = receive(account_id, stream, posts)
    seconds, cpu_seconds = walk()
    baseline = baseline_per_s()
    check()
    connection.close()
    value = round(posts / seconds)
    return {
        "value": value,
        "unit": "posts/s",
        "baseline": round(baseline),
        "ratio": round(value / baseline, 1),
        "posts": posts,
        "preload": preload,
        "cpu_us": round(cpu_seconds / posts * 1e6),
        "receive_per_s": round(received_per_s),
        "load": round(os.getloadavg()[0], 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def receive(account_id: int, stream: Stream, count: int) -> float:
    """Keep the next `count` posts raw. Returns how many a second, making them not counted."""
    from heard.listening.actions import receive

    seconds = 0.0
    for start in range(0, count, BATCH):
        page = list(stream.posts(min(BATCH, count - start)))
        began = time.perf_counter()
        receive(account_id, page)
        seconds += time.perf_counter() - began
    return count / seconds


def walk() -> tuple[float, float]:
    """Seconds and CPU seconds until nothing waits."""
    from heard.project.worker import drain

    began, cpu_began = time.perf_counter(), time.process_time()
    drain(limit=BATCH)
    return time.perf_counter() - began, time.process_time() - cpu_began


def baseline_per_s() -> float:
    from baseline import orm

    posts = list(Stream(start=10_000_000).posts(BASELINE_POSTS))
    began = time.perf_counter()
    for post in posts:
        orm.take(post.body)
    return BASELINE_POSTS / (time.perf_counter() - began)


def check() -> None:
    """No figure without its counts: every voice has its disposition, and nothing is left or set aside."""
    from heard.listening.models import Delivery, Interaction
    from heard.routing.models import Disposition
    from heard.understanding.models import Assessment

    assert not Delivery.objects.exclude(state=Delivery.State.WALKED).exists(), "something was not walked"
    voices = Interaction.objects.filter(account__name="Firehose").count()
    assert Disposition.objects.filter(interaction__account__name="Firehose").count() == voices
    assert Assessment.objects.filter(interaction__account__name="Firehose").count() == voices


if __name__ == "__main__":
    main()
