"""Replay posts or support threads through the whole walk: what became of each, and how fast.

    .venv/bin/python bench/replay.py --data PATH [--quick] [--store sqlite|postgres] [--batch 1000]

PATH is anything `heard ingest` reads, or a folder of which the airline tweets and the support threads are taken. They are
ingested into a fresh store and walked by the product's own worker, in this one process; nothing is stubbed. SQLite lies in a
temporary folder; postgres makes a database beside the one DATABASE_URL names (default: postgres on 127.0.0.1) and drops it.
The last line is one JSON object:

value, posts_per_s  n / seconds of the walk, from raw delivery to routed
baseline            the first of them again, one after another by the ORM (bench/baseline/orm.py)
n                   rows read
stored              interactions written down; n less `doubled` (same id or same bytes), `refused` and `quarantined`
dispositions        how many inbound voices ended how; `waiting` stand in a queue with a running clock
unattended          inbound voices without a disposition, or waiting without a running clock: must be 0
file_to_routed_per_s n / seconds of reading, storing raw and walking together
cpu_us_per_post     CPU of this process for both (PostgreSQL's own is not in it)
queries_per_batch   statements of the walk, per batch of --batch; COPY on PostgreSQL counts as one
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from memory import Watch
from report import say
from store import fresh_house

QUICK = 1000
BASELINE_POSTS = 200
WANTED = ("airline", "twcs")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", required=True, type=Path)
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} rows of each file only")
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--batch", type=int, default=1000, help="deliveries a worker walks at once")
    given = options.parse_args()
    with fresh_house(given.store), Watch() as memory:
        found = measure(files_of(given.data), limit=QUICK if given.quick else None, batch=given.batch)
        memory.look()
        baseline = straightforward_per_s()
        close()
    found |= {"store": given.store, **memory.keys()}
    say("replay", found["posts_per_s"], "posts/s", goal=None, baseline=baseline, **found)


def files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = [p for p in sorted(path.iterdir()) if p.name.startswith(WANTED) and ".jsonl" in p.name]
    return found or sys.exit(f"{path} holds no file whose name begins with {' or '.join(WANTED)}")


def measure(files: list[Path], *, limit: int | None, batch: int) -> dict:
    from heard.project.ingest import ingest

    began, cpu_began = time.perf_counter(), time.process_time()
    counts = [ingest(file, limit=limit) for file in files]
    stored_raw = time.perf_counter()
    batches, queries = walk_everything(batch)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    n = sum(c.read for c in counts)
    return {
        "n": n,
        **what_became(),
        "doubled": sum(c.doubled for c in counts),
        "refused": sum(c.refused for c in counts),
        "posts_per_s": round(n / (ended - stored_raw)),
        "file_to_routed_per_s": round(n / (ended - began)),
        "cpu_us_per_post": round((cpu_ended - cpu_began) / n * 1e6),
        "queries_per_batch": round(queries / batches, 1),
        "batches": batches,
        "files": [f.name for f in files],
    }


def straightforward_per_s() -> float:
    """The first of the voices that are now in the store, in the shape that the ORM way knows, as if they came anew."""
    from baseline import orm

    from heard.listening.models import Interaction

    voices = Interaction.objects.filter(direction="inbound").select_related("identity").order_by("id")[:BASELINE_POSTS]
    bodies = [
        msgspec.json.encode(
            {
                "external_id": voice.external_id,
                "author": {"network": voice.identity.network, "id": voice.identity.external_id, "name": voice.identity.name},
                "occurred_at": voice.occurred_at.isoformat(),
                "text": voice.text,
                "addressed": voice.addressed,
            }
        )
        for voice in voices
    ]
    began = time.perf_counter()
    for body in bodies:
        orm.take(body)
    return len(bodies) / (time.perf_counter() - began)


def close() -> None:
    from django.db import connection

    connection.close()


def walk_everything(batch: int) -> tuple[int, int]:
    """Walk until nothing waits. Returns how many batches there were and how many statements they took."""
    from django.db import connection

    from heard.kernel.claims import new_worker_name
    from heard.project.worker import walk_some

    queries = batches = 0

    def count(execute, sql, params, many, context):
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    worker = new_worker_name()
    with connection.execute_wrapper(count), copies_counted(connection, lambda: count(lambda *_: None, "", (), False, {})):
        while walk_some(worker, limit=batch):
            batches += 1
    return max(batches, 1), queries


@contextmanager
def copies_counted(connection, told) -> Iterator[None]:
    """COPY does not pass Django's wrapper; count it at the driver."""
    if connection.vendor != "postgresql":
        yield
        return
    import psycopg

    copy = psycopg.Cursor.copy

    def counted(self, *args, **kwargs):
        told()
        return copy(self, *args, **kwargs)

    psycopg.Cursor.copy = counted
    try:
        yield
    finally:
        psycopg.Cursor.copy = copy


def what_became() -> dict:
    from django.db.models import Count, Exists, OuterRef

    from heard.listening.models import Delivery, Interaction
    from heard.routing.models import Clock, Conversation, Disposition

    settled = Disposition.objects.filter(interaction=OuterRef("pk"))
    running = Clock.objects.filter(case=OuterRef("case"), stopped_at=None)
    without = Interaction.objects.filter(~Exists(settled), direction="inbound").count()
    waiting_nowhere = Disposition.objects.filter(~Exists(running), outcome="waiting").count()
    return {
        "stored": Interaction.objects.count(),
        "dispositions": dict(Disposition.objects.order_by("outcome").values_list("outcome").annotate(n=Count("id"))),
        "unattended": without + waiting_nowhere,
        "inbound": Interaction.objects.filter(direction="inbound").count(),
        "conversations": Conversation.objects.count(),
        "quarantined": Delivery.objects.filter(state="quarantined").count(),
        "reasons": sorted(set(Delivery.objects.filter(state="quarantined").values_list("reason", flat=True)))[:5],
        "left_waiting": Delivery.objects.filter(state="waiting").count(),
    }


if __name__ == "__main__":
    main()
