"""What a post and a page cost, on stores from ten thousand to three million interactions.

    .venv/bin/python bench/growth.py [--store sqlite|postgres] [--sizes 10000,30000,...] [--draw FILE] [--quick]

Each size is a fresh store, filled with the stream by bench/big_store.py and measured by a process of its own: batches of posts
go the whole way through the product's worker, the first of which does not count; then three pages are asked for again and
again through Django's own client: the inbox, and one customer who has said thirty things in one conversation, whatever the
size. Figures are CPU, which says more than a clock on a machine that also does other things; with PostgreSQL its server's CPU
is in them. `--draw` makes a picture of this run; `make bench` draws both databases into docs/growth.svg.

The last line is one JSON object; "steps" has for each size

interactions   in the store when the pages were asked for          post_us    CPU of a post of the walk
inbox_ms, conversation_ms, customer_ms   CPU of a page             orm_us     CPU of a post, the straightforward way
rss_mb         memory of the measuring process, the walk and the pages in one      store_mb   on the disk, indexes and all

value     CPU of a post on the largest store, by that on the smallest         page_growth   the same of the page that grew most
baseline  the same of the straightforward way (bench/baseline/orm.py)
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from drawing import Line, Panel, svg
from memory import cpu_seconds, database_server, resident_mb
from report import say
from store import fresh_house

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000]
QUICK_SIZES = [1_000, 4_000]
MOST_BATCH = 2000
BATCHES = 5
VOICES = 30
ROUNDS, QUICK_ROUNDS = 30, 5
ORM_POSTS = 100
PAGES = ("inbox", "conversation", "customer")
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=list(NAMES), default="sqlite")
    options.add_argument("--sizes", default=",".join(map(str, SIZES)), help="interactions, ascending, separated by commas")
    options.add_argument("--draw", type=Path, help="where to put the picture")
    options.add_argument("--quick", action="store_true", help=f"{' and '.join(map(str, QUICK_SIZES))} interactions")
    options.add_argument("--step", type=int, help="measure one size, in this process; the others do that")
    given = options.parse_args()
    if given.step:
        print(json.dumps(one_size(given.store, given.step)))
        return
    sizes = QUICK_SIZES if given.quick else [int(size) for size in given.sizes.split(",")]
    steps = [apart(given.store, size) for size in sizes]
    if given.draw:
        given.draw.write_text(drawn({given.store: steps}))
    first, last = steps[0], steps[-1]
    say(
        "growth",
        last["post_us"] / first["post_us"],
        "×",
        goal=None,
        baseline=last["orm_us"] / first["orm_us"],
        more_is_better=False,
        page_growth=round(max(last[f"{page}_ms"] / first[f"{page}_ms"] for page in PAGES), 2),
        store=given.store,
        steps=steps,
        rss_mb=last["rss_mb"],
    )


def apart(store: str, size: int) -> dict:
    """One size, in a process of its own."""
    began = time.perf_counter()
    command = [sys.executable, __file__, "--store", store, "--step", str(size)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    step = json.loads(ended.stdout.splitlines()[-1])
    print(f"{size:,} in {time.perf_counter() - began:.0f} s: {step}", file=sys.stderr, flush=True)
    return step


# ── One size ────────────────────────────────────────────────────────────────────────────────────────────────────────


def one_size(store: str, size: int) -> dict:
    batch = min(MOST_BATCH, size // 10)
    with fresh_house(store) as home:
        from big_store import fill, fill_apart
        from django.db import connection

        from heard.listening.models import Interaction

        connection.close()  # the log of the store is switched off meanwhile
        is_small = size <= max(QUICK_SIZES)  # what it leaves in memory is not worth another process
        filled = (fill if is_small else fill_apart)(interactions=size - BATCHES * batch)
        connection.close()  # and with it the large cache of whoever filled it here
        server = database_server(connection)
        step = {"post_us": walked(filled.posts, batch, server), "orm_us": straightforward(server)}
        client, addresses = signed_in(), pages()
        step |= {"interactions": Interaction.objects.count()}
        step |= {f"{page}_ms": shown(client, addresses[page], server, QUICK_ROUNDS if is_small else ROUNDS) for page in PAGES}
        step |= {"rss_mb": resident_mb([os.getpid()]), "store_mb": store_mb(Path(home))}
        connection.close()
    return step


def walked(posts_there: int, batch: int, server: list[int]) -> float:
    """CPU µs of a post, the median of some batches, each walked at once."""
    from stream import Stream

    from heard.kernel import claims
    from heard.listening.actions import receive
    from heard.listening.models import ChannelAccount
    from heard.project.worker import drain

    account_id, stream = ChannelAccount.objects.get(name="Firehose").pk, Stream(start=posts_there)
    worker, costs = claims.new_worker_name(), []
    for _ in range(BATCHES):
        receive(account_id, list(stream.posts(batch)))
        costs.append(cpu_of(lambda: drain(worker, limit=batch), server) / batch * 1e6)
    nothing_is_left()
    return round(statistics.median(costs[1:]), 1)


def straightforward(server: list[int]) -> float:
    from baseline import orm
    from stream import Stream

    bodies = [post.body for post in Stream(start=50_000_000).posts(ORM_POSTS)]
    return round(cpu_of(lambda: [orm.take(body) for body in bodies], server) / ORM_POSTS * 1e6)


def shown(client, address: str, server: list[int], rounds: int) -> float:
    """CPU ms of a page, over some rounds. The first ones, which fill what a process keeps, do not count."""

    def ask(times: int) -> None:
        for _ in range(times):
            answer = client.get(address, HTTP_HOST="127.0.0.1")
            assert answer.status_code == 200, f"{address}: {answer.status_code}"

    ask(3)
    return round(cpu_of(lambda: ask(rounds), server) / rounds * 1000, 2)


def cpu_of(work: Callable[[], object], server: list[int]) -> float:
    """Seconds of CPU, of this process and of the database server."""
    began, server_began = time.process_time(), cpu_seconds(server)
    work()
    return time.process_time() - began + cpu_seconds(server) - server_began


def signed_in():
    from big_store import ADMIN
    from django.test import Client

    from heard.governance.models import Member

    client = Client()
    client.force_login(Member.objects.get(email=ADMIN))
    return client


def pages() -> dict[str, str]:
    """Addresses of the three; Dana speaks first, so that she is the same on every store."""
    from django.urls import reverse

    from heard.identity.models import Face
    from heard.listening.actions import receive
    from heard.listening.models import ChannelAccount, Identity
    from heard.project.worker import drain
    from heard.routing.models import Conversation

    receive(ChannelAccount.objects.get(name="Firehose").pk, [voice(n) for n in range(VOICES)])
    drain()
    nothing_is_left()
    dana = Identity.objects.get(external_id="dana")
    talk = Conversation.objects.get(opener=dana)
    assert talk.message_count == VOICES
    return {
        "inbox": reverse("routing:inbox"),
        "conversation": reverse("routing:conversation", args=[talk.pk]),
        "customer": reverse("identity:customer", args=[Face.objects.get(identity=dana).customer_id]),
    }


def voice(number: int):
    from datetime import timedelta

    from django.utils import timezone

    from heard.listening.channels.contract import RawEvent

    said = {
        "external_id": f"dana-{number}",
        "author": {"id": "dana", "network": "bench", "handle": "@dana", "name": "Dana"},
        "occurred_at": (timezone.now() - timedelta(minutes=VOICES - number)).isoformat(),
        "text": f"@acmemedia my broadband is still down, can you please help me? This is try {number}.",
        "kind": "post",
        "visibility": "public",
        "addressed": True,
        "parent_ref": f"dana-{number - 1}" if number else "",
    }
    return RawEvent(key=f"dana-{number}", body=msgspec.json.encode(said), content_type="application/json")


def store_mb(home: Path) -> float:
    from django.db import connection

    connection.close()  # the last one to go brings SQLite's log home into the file
    if connection.vendor == "sqlite":
        return round((home / "bench.sqlite3").stat().st_size / 1e6, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return round(cursor.fetchone()[0] / 1e6, 1)


def nothing_is_left() -> None:
    from heard.listening.models import Delivery

    left = Delivery.objects.filter(state__in=["waiting", "quarantined"]).count()
    assert left == 0, f"{left} deliveries were not walked"


# ── The picture ─────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(steps_of: dict[str, Sequence[dict]]) -> str:
    """SVG of one store's steps, or of both beside each other."""
    posts, shown_pages = [], []
    for n, (store, steps) in enumerate(sorted(steps_of.items(), reverse=True)):
        name, other = NAMES[store], store != "sqlite"
        posts.append(Line(name, curve(steps, "post_us"), colour=n, dashed=other))
        for colour, page in enumerate(PAGES):
            label = f"{page}, {name}" if len(steps_of) > 1 else page
            shown_pages.append(Line(label, curve(steps, f"{page}_ms"), colour=colour, dashed=other))
    panels = [Panel("CPU of a post on its whole way, µs", posts), Panel("CPU of a page, ms", shown_pages)]
    return svg("What a post and a page cost, against the size of the store", panels)


def curve(steps: Sequence[dict], key: str) -> list[tuple[int, float]]:
    return [(step["interactions"], step[key]) for step in steps]


if __name__ == "__main__":
    main()
