"""One second of the busiest public conversation ever, 143,199 posts, taken in through NATS JetStream and walked.

    .venv/bin/python bench/spike.py [--store sqlite|postgres] [--workers 2] [--posts 143199] [--quick]

The posts of bench/stream.py are made before the clock starts, the broker is a nats-server of our own with its files on disk, and
`heard worker` runs in as many processes as told, signed in and waiting, with less right to the processor than what comes in. Then
one process brings all posts to the broker and waits for its word on each, and the clock runs on until the last one is walked.
Every post is counted: none lost, none doubled. The last line is one JSON object:

value            seconds from the first post until all are walked      baseline   the same, one post after another with the ORM
buffered         seconds until the broker had them all; goal 1.5       buffered_baseline   the same, a message a post, each awaited
publish_cpu_us   CPU of the bringing process per post                  walk_cpu_us   CPU of the workers per post
"""

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
from report import say
from store import fresh_house
from stream import Stream

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.servers.nats import Broker

RECORD = 143_199  # posts in one second of August 2013, the most that Twitter ever told of
QUICK = 5000
WARM = 400
BASELINE_POSTS = 300
BASELINE_MESSAGES = 1000
GOAL_SECONDS = 12
GIVE_UP_SECONDS = 300


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--posts", type=int, default=RECORD)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} posts")
    given = options.parse_args()
    posts = QUICK if given.quick else given.posts
    broker = Broker().start()
    try:
        with fresh_house(given.store):
            os.environ["HEARD_NATS_URL"] = broker.url
            measured = measure(broker, posts, workers=given.workers)
    finally:
        broker.stop()
    value, baseline = measured.pop("drained"), measured.pop("baseline")
    goal = GOAL_SECONDS if posts == RECORD else None
    say("spike", value, "s", goal=goal, baseline=baseline, more_is_better=False, store=given.store, posts=posts, **measured)


def measure(broker: Broker, count: int, *, workers: int) -> dict:
    from django.db import connection

    from heard.listening.models import ChannelAccount
    from heard.project.jetstream import Publisher

    account_id = ChannelAccount.objects.create(kind="api", name="Firehose").pk
    warm, posts = list(Stream(start=10_000_000).posts(WARM)), list(Stream().posts(count))
    gc.freeze()  # in life the posts come from a network and are not kept
    one_by_one = broker_alone(broker.url, posts[:BASELINE_MESSAGES])
    house = [subprocess.Popen(["nice", "-n", "10", sys.executable, "-m", "heard", "worker"]) for _ in range(workers)]
    try:
        with Publisher(broker.url) as publisher:
            publisher.publish(account_id, warm)
            wait_until_walked(broker.url)
            wait_until_shared_out(house)
            cpu_before = sum(map(cpu_seconds, house))
            began, cpu_began = time.perf_counter(), time.process_time()
            publisher.publish(account_id, posts)
            buffered, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        wait_until_walked(broker.url)
        drained = time.perf_counter() - began
        walk_cpu = sum(map(cpu_seconds, house)) - cpu_before
    finally:
        for worker in house:
            worker.terminate()
        for worker in house:
            worker.wait(timeout=60)
    check([*warm, *posts])
    baseline = orm_seconds_a_post() * count
    connection.close()
    return {
        "drained": drained,
        "baseline": baseline,
        "drained_per_s": round(count / drained),
        "buffered": round(buffered, 2),
        "buffered_per_s": round(count / buffered),
        "buffered_baseline": round(one_by_one * count, 1),
        "publish_cpu_us": round(cpu / count * 1e6, 1),
        "walk_cpu_us": round(walk_cpu / count * 1e6, 1),
        "workers": workers,
    }


def wait_until_walked(url: str) -> None:
    """The broker forgets what is walked and committed, and nothing before."""
    from heard.project.jetstream import standing

    end = time.monotonic() + GIVE_UP_SECONDS
    while standing(url).waiting:
        assert time.monotonic() < end, f"not drained after {GIVE_UP_SECONDS} s: {standing(url)}"
        time.sleep(0.1)


def wait_until_shared_out(house: list[subprocess.Popen]) -> None:
    """Every worker has some of the partitions."""
    from heard.kernel.models import Lease

    held = Lease.objects.filter(name__regex="^jetstream:[0-9]+$")
    while held.values("holder").distinct().count() < len(house):
        assert all(worker.poll() is None for worker in house), "a worker ended"
        time.sleep(0.2)
    time.sleep(1)  # until they read them


def cpu_seconds(process: subprocess.Popen) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check(posts: list) -> None:
    """No figure without its counts: each voice and each revision of the stream is there once, and nothing is set aside."""
    from heard.listening.models import Delivery, Interaction, Revision
    from heard.project.jetstream import standing
    from heard.routing.models import Disposition
    from heard.understanding.models import Assessment

    items = [msgspec.json.decode(post.body) for post in posts]
    voices = {item["external_id"] for item in items if "author" in item}
    revisions = {(item["external_id"], item.get("version", "")) for item in items if "author" not in item}
    ours = {"interaction__account__name": "Firehose"}
    assert Interaction.objects.filter(account__name="Firehose").count() == len(voices), "voices were lost or doubled"
    assert Revision.objects.count() == len(revisions), "revisions were lost or doubled"
    assert Disposition.objects.filter(**ours).count() == len(voices), "a voice has no disposition"
    read = Assessment.objects.filter(**ours).values("interaction")  # again where its words were edited
    assert read.distinct().count() == len(voices), "a voice was not read"
    assert not Delivery.objects.exists(), "something was set aside"
    assert standing(os.environ["HEARD_NATS_URL"]).refused == 0


def broker_alone(url: str, posts: list) -> float:
    """Seconds a post, a message each, awaiting each answer. In a stream of its own, gone afterwards."""
    import nats
    from nats.js.api import StorageType

    async def bring() -> float:
        connection = await nats.connect(url)
        js = connection.jetstream()
        await js.add_stream(name="ALONE", subjects=["alone"], storage=StorageType.FILE)
        began = time.perf_counter()
        for post in posts:
            await js.publish("alone", post.body)
        seconds = time.perf_counter() - began
        await js.delete_stream("ALONE")
        await connection.close()
        return seconds / len(posts)

    return asyncio.run(bring())


def orm_seconds_a_post() -> float:
    from baseline import orm

    began = time.perf_counter()
    for post in Stream(start=20_000_000).posts(BASELINE_POSTS):
        orm.take(post.body)
    return (time.perf_counter() - began) / BASELINE_POSTS


if __name__ == "__main__":
    main()
