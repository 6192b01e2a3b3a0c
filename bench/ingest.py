"""How many posts a second go the whole way on the fixed stream of bench/stream.py, from raw bytes to committed and searchable.

    .venv/bin/python bench/ingest.py [--store sqlite|postgres] [--preload 1000000] [--posts 60000] [--processes 2] [--quick]

Each post is decoded, told apart from doubles, given its author, read by the real assessors, threaded, routed, made searchable
and counted, by the product's own worker; `--preload` interactions are there before the clock starts (bench/big_store.py). The
posts come as they do to a worker behind a broker (docs/operate/scaling.md): raw, in batches, kept by their source until they are
committed; each process has the posts of its share of the authors, in their order. What it takes to keep them raw in the store
first, as webhooks do, and to claim them from there, is `kept_raw`. The baseline is the straightforward way, one post after
another with the ORM (bench/baseline/orm.py), on the same stream in the same minute. The last line is one JSON object:

value         posts a second of the walk, all processes together       one_process   the same of one process alone
value_with_full_assessors   the same with 40 us of CPU more for each post, the room that assessors of tomorrow have
kept_raw      posts a second of one process that keeps them raw, claims them and walks them
cpu_us        CPU of our processes per post, `server_cpu_us` of PostgreSQL's beside them
baseline      posts a second of the baseline        ratio    the one by the other        rss_mb   memory of all processes of ours
"""

import argparse
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from memory import Watch, cpu_seconds, database_server
from report import say
from store import fresh_house
from stream import Stream

POSTS, QUICK = 60_000, 3000
BATCH = 2000
RAW_POSTS = 10_000
BASELINE_POSTS = 400
GOALS = {"sqlite": 20_000, "postgres": 10_000}
ROOM_US = 40
GIVE_UP_SECONDS = 300


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=list(GOALS), default="sqlite")
    options.add_argument("--posts", type=int, default=POSTS, help="in each run")
    options.add_argument("--preload", type=int, default=0, help="interactions that are there before")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} posts, no preload")
    given = options.parse_args()
    posts, preload = (QUICK, 0) if given.quick else (given.posts, given.preload)
    with fresh_house(given.store):
        filled = preloaded(preload)
        with Watch() as memory:
            found = measure(posts, filled, processes=given.processes)
    value, baseline = found.pop("value"), found.pop("baseline")
    say(
        "ingest",
        value,
        "posts/s",
        goal=GOALS[given.store],
        baseline=baseline,
        store=given.store,
        preload=preload,
        **found,
        **memory.keys(),
    )


def preloaded(interactions: int) -> int:
    """So many are there now; how many posts of the stream would have made them. Whoever fills the store needs 600 MB for it."""
    from big_store import fill_apart

    return fill_apart(interactions=interactions).posts if interactions else 0


def measure(posts: int, filled: int, *, processes: int) -> dict:
    from django.db import connection

    from heard.listening.models import ChannelAccount

    account, _ = ChannelAccount.objects.get_or_create(kind="api", name="Firehose")
    stream = Stream(start=filled)
    Walk(account.pk, stream, BATCH, processes=1).run()  # what a process does once is not the price of a post
    server = database_server(connection)
    alone = Walk(account.pk, stream, posts // 2, processes=1).run()
    server_before = cpu_seconds(server)
    together = Walk(account.pk, stream, posts, processes=processes).run()
    server_cpu = cpu_seconds(server) - server_before
    roomy = Walk(account.pk, stream, posts // 2, processes=processes, room_us=ROOM_US).run()
    raw = kept_raw_per_s(account.pk, stream, min(posts, RAW_POSTS))
    baseline = baseline_per_s()
    check(account.pk)
    connection.close()
    return {
        "value": together.per_s,
        "one_process": round(alone.per_s),
        "value_with_full_assessors": round(roomy.per_s),
        "kept_raw": round(raw),
        "cpu_us": round(together.cpu_us),
        "one_process_cpu_us": round(alone.cpu_us),
        "server_cpu_us": round(server_cpu / posts * 1e6),
        "baseline": baseline,
        "processes": processes,
        "posts": posts,
    }


class Walk:
    """One run: the next `posts` of the stream, each author's by one and the same of so many processes."""

    def __init__(self, account_id: int, stream: Stream, posts: int, *, processes: int, room_us: int = 0) -> None:
        self.posts, self.room_us = posts, room_us
        self.folder = tempfile.TemporaryDirectory(prefix="heard-posts-")
        self.shares = [_Share(f"{self.folder.name}/{n}") for n in range(processes)]
        for waiting, partition in _waiting(account_id, stream, posts):
            self.shares[partition % processes].put(waiting)
        for share in self.shares:
            share.close()
        self.per_s = self.cpu_us = 0.0

    def run(self) -> "Walk":
        """The clock runs from when all are ready until the last post is committed."""
        from django.db import connections

        connections.close_all()
        forked = multiprocessing.get_context("fork")
        ready, ends = forked.Barrier(len(self.shares) + 1), forked.Queue()
        crew = [forked.Process(target=self._work, args=(share, ready, ends), daemon=True) for share in self.shares]
        for process in crew:
            process.start()
        ready.wait(GIVE_UP_SECONDS)
        began = time.perf_counter()
        cpu = [ends.get(timeout=GIVE_UP_SECONDS) for _ in crew]
        seconds = time.perf_counter() - began
        for process in crew:
            process.join()
        self.folder.cleanup()
        self.per_s, self.cpu_us = self.posts / seconds, sum(cpu) / self.posts * 1e6
        return self

    def _work(self, share: "_Share", ready, ends) -> None:
        from django.db import connections

        from heard.kernel import bulk, claims
        from heard.project.worker import walk_or_halve
        from heard.understanding.slots import assessors

        if self.room_us:
            assessors.plug("room", _Room(self.room_us))
        worker = claims.new_worker_name()
        bulk.expect_much()
        ready.wait()
        began = time.process_time()
        for batch in share.batches():
            walk_or_halve(batch, worker=worker)
        ends.put(time.process_time() - began)
        connections.close_all()


class _Share:
    """Posts of one process, on the disk in batches: they would come from a network, and not from its own memory."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir()
        self.waiting: list = []
        self.count = 0

    def put(self, waiting) -> None:
        self.waiting.append(waiting)
        if len(self.waiting) == BATCH:
            self.close()

    def close(self) -> None:
        (self.folder / str(self.count)).write_bytes(msgspec.msgpack.encode(self.waiting))
        self.count += 1
        self.waiting = []

    def batches(self):
        from heard.listening.deliveries import Waiting

        decode = msgspec.msgpack.Decoder(list[Waiting]).decode
        for n in range(self.count):
            if batch := decode((self.folder / str(n)).read_bytes()):
                yield batch


class _Room:
    """An assessor that finds nothing and takes its time."""

    def __init__(self, us: int) -> None:
        self.seconds = us / 1e6

    def assess(self, texts, readings) -> None:
        end = time.thread_time() + self.seconds * len(texts)
        while time.thread_time() < end:
            pass


def _waiting(account_id: int, stream: Stream, count: int):
    """Posts as a worker behind the broker has them, with the partition of their author."""
    from heard.listening.author_keys import author_keys
    from heard.listening.deliveries import Waiting
    from heard.project.jetstream.packets import partition_of

    key_of, now = author_keys(account_id), datetime.now(UTC)
    for raw in stream.posts(count):
        waiting = Waiting(None, account_id, raw.key, now, raw.content_type, raw.headers, raw.body, 1)
        yield waiting, partition_of(account_id, key_of(raw))


def kept_raw_per_s(account_id: int, stream: Stream, count: int) -> float:
    """Posts a second of one process that does both: keeps them raw, as a webhook does, and walks what waits."""
    from heard.listening.actions import receive
    from heard.project.worker import drain

    pages = [list(stream.posts(min(BATCH, count - start))) for start in range(0, count, BATCH)]
    began = time.perf_counter()
    for page in pages:
        receive(account_id, page)
    drain(limit=BATCH)
    return count / (time.perf_counter() - began)


def baseline_per_s() -> float:
    from baseline import orm

    posts = list(Stream(start=20_000_000).posts(BASELINE_POSTS))
    began = time.perf_counter()
    for post in posts:
        orm.take(post.body)
    return BASELINE_POSTS / (time.perf_counter() - began)


def check(account_id: int) -> None:
    """No figure without its counts: every voice has its assessment, its disposition and its words, and nothing is set aside."""
    from django.db.models import Sum

    from heard.listening.models import Delivery, Interaction, VoiceCount
    from heard.routing.models import Disposition
    from heard.understanding.models import Assessment

    assert not Delivery.objects.exclude(state=Delivery.State.WALKED).exists(), "something was not walked"
    voices = Interaction.objects.filter(account=account_id).count()
    assert Disposition.objects.filter(interaction__account=account_id).count() == voices
    read = Assessment.objects.filter(interaction__account=account_id).values("interaction")  # again where its words were edited
    assert read.distinct().count() == voices
    assert VoiceCount.objects.filter(account=account_id).aggregate(n=Sum("count"))["n"] == voices


if __name__ == "__main__":
    main()
