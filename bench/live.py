"""How soon an event is on all of 2,000 open live pages, and what an open page costs.

    .venv/bin/python bench/live.py [--store sqlite|postgres] [--watchers 2000] [--quick]

A real house (`heard up`, workers and all) in a process of its own; the watchers (bench/watchers.py) in another, each page a real
connection with a session and a member of its own, half of them in a team. Events are committed by this process, a third of them
for that team alone; afterwards every page has been told exactly what it may see, once. Then posts are sent to the webhook one by
one, and the live pages told what came of them.

The baseline is the straightforward way: one reader, a queue for each page, Django's StreamingHttpResponse (bench/baseline/live.py),
with the same watchers. The last line is one JSON object:

value               ms from the commit of an event until a page has it, p95 over all pages and events; p50, p95, p99 beside it
kb_each             memory that an open page takes in the server        connect_ms   CPU of the server to open one
told_us             CPU of the server per page and event, beyond what it takes when idle (idle_percent of one core)
delivered           of what the pages were to be told, in %
webhook_to_page_ms  from sending a signed post to the webhook until a page is told of it: p50, p95, p99; `last` until all are
baseline            p95 of the baseline, with its baseline_kb_each and baseline_connect_ms
"""

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flood import posts, request
from memory import cpu_seconds, resident_mb, tree
from report import percentiles, say
from server import Server, running
from store import fresh_house

HERE = Path(__file__).parent
QUICK_WATCHERS = 100
BASELINE_WATCHERS = 40  # on PostgreSQL
EVENTS, POSTS = 12, 10
QUICK_EVENTS, QUICK_POSTS = 6, 4
WARM_UP = 20
IDLE_SECONDS = 2
PAUSE_SECONDS = 0.5  # for the event to reach the last page; one that comes later is counted all the same
SECRET = "a shared secret of thirty-two characters"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--watchers", type=int, default=2000)
    options.add_argument("--quick", action="store_true", help=f"{QUICK_WATCHERS} watchers")
    given = options.parse_args()
    count, events, calls = (QUICK_WATCHERS, QUICK_EVENTS, QUICK_POSTS) if given.quick else (given.watchers, EVENTS, POSTS)
    with fresh_house(given.store):
        from django.db import connection

        sessions, team_id = colleagues(count)
        with running("-m", "heard", "up", HEARD_WEBHOOK_PACE="0") as server:
            told = measure(server, sessions, team_id, events=events, posts_to=(an_account(), calls))
        with running(str(HERE / "baseline" / "serve.py"), "live", "--asgi") as server:
            # Each page of the straightforward way holds a connection to the store, and PostgreSQL has a hundred for everybody.
            fewer = sessions[:BASELINE_WATCHERS] if given.store == "postgres" else sessions
            baseline = measure(server, fewer, team_id, events=events)
        say(
            "live",
            told["ms"]["p95"],
            "ms",
            goal=200,
            baseline=baseline["ms"]["p95"],
            more_is_better=False,
            store=given.store,
            watchers=count,
            baseline_watchers=len(fewer),
            **told["ms"],
            **{
                name: told[name]
                for name in ("kb_each", "connect_ms", "told_us", "idle_percent", "delivered", "webhook_to_page_ms")
            },
            baseline_kb_each=baseline["kb_each"],
            baseline_connect_ms=baseline["connect_ms"],
        )
        connection.close()


def colleagues(count: int) -> tuple[list[str], int]:
    """Sessions of as many members, each signed in for itself; every second one is in the team."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction

    from heard.governance.models import Member, Team

    password = make_password(None)
    sessions = []
    with transaction.atomic():
        team = Team.objects.create(name="Care")
        for n in range(count):
            member = Member.objects.create(email=f"member{n}@heard.example", name=f"Member {n}", password=password)
            if n % 2:
                member.teams.add(team)
            session = SessionStore()
            session[SESSION_KEY] = str(member.pk)
            session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
            session[HASH_SESSION_KEY] = member.get_session_auth_hash()
            session.create()
            sessions.append(session.session_key)
    return sessions, team.pk


def an_account() -> int:
    from heard.kernel.secrets import seal
    from heard.listening.models import ChannelAccount

    return ChannelAccount.objects.create(kind="api", name="Shop", sealed_secrets=seal({"signing_secret": SECRET})).pk


def measure(server: Server, sessions: list[str], team_id: int, *, events: int, posts_to: tuple[int, int] | None = None) -> dict:
    """`posts_to` (account, how many) is sent to its webhook as well."""
    with watching(server, sessions[:WARM_UP]):
        pass
    cpu, kilobytes = cpu_seconds(tree(server.pid)), memory_kb(server)
    with watching(server, sessions) as watchers:
        connect_cpu, kb_each = cpu_seconds(tree(server.pid)) - cpu, (memory_kb(server) - kilobytes) / len(sessions)
        cpu, began = cpu_seconds(tree(server.pid)), time.monotonic()
        published = publish_all(team_id, events)
        fan_out_cpu, took = cpu_seconds(tree(server.pid)) - cpu, time.monotonic() - began
        idle = idle_cpu(server)
        sent = send_all(server, *posts_to) if posts_to else []
    got = watchers["told"]["got"]
    assert not watchers["told"]["lost"], f"{len(watchers['told']['lost'])} pages were lost"
    took_ms = check(got, published, len(sessions))
    return {
        "ms": percentiles(took_ms),
        "kb_each": round(kb_each, 1),
        "connect_ms": round(connect_cpu / len(sessions) * 1000, 2),
        "told_us": round(max(0.0, fan_out_cpu - idle * took) / len(took_ms) * 1e6),
        "idle_percent": round(idle * 100, 1),
        "delivered": 100,
        "webhook_to_page_ms": until_told(got, sent, len(sessions)) if sent else None,
    }


def idle_cpu(server: Server) -> float:
    """CPU seconds a second of a server that has nothing to tell."""
    before = cpu_seconds(tree(server.pid))
    time.sleep(IDLE_SECONDS)
    return (cpu_seconds(tree(server.pid)) - before) / IDLE_SECONDS


def memory_kb(server: Server) -> float:
    return (resident_mb([server.pid]) or 0) * 1000


@contextmanager
def watching(server: Server, sessions: list[str]) -> Iterator[dict]:
    """All pages open. Afterwards "told" is what bench/watchers.py told."""
    order = {"host": server.host, "port": server.port, "path": "/live", "sessions": sessions}
    watchers = subprocess.Popen([sys.executable, HERE / "watchers.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found: dict = {}
    try:
        watchers.stdin.write(json.dumps(order) + "\n")
        watchers.stdin.flush()
        assert watchers.stdout.readline() == "open\n", "the watchers died"
        yield found
        found["told"] = json.loads(watchers.communicate(timeout=120)[0])
    finally:
        watchers.kill()
        watchers.wait()


def publish_all(team_id: int, events: int) -> list[tuple[str, float, bool]]:
    """(topic and payload, moment of its commit, whether it was for the team alone) of each event."""
    from heard.kernel.stream import News, publish

    published = []
    for n in range(events):
        for_team = n % 3 == 2
        publish(News("bench", {"id": n}, team_id=team_id if for_team else None))
        published.append((f'bench {{"id":{n}}}', time.monotonic(), for_team))
        time.sleep(PAUSE_SECONDS)
    return published


def send_all(server: Server, account_id: int, count: int) -> list[float]:
    """Moments at which posts due an answer were sent to the webhook, each by a customer of its own."""
    by_author = {json.loads(body)["author"]["id"]: body for _, body in posts(0, count * 30) if b'"addressed":true' in body}
    sent = []
    for body in list(by_author.values())[:count]:
        whole = request(server.host, server.port, f"/hooks/{account_id}/", body, str(int(time.time())), SECRET)
        with socket.create_connection((server.host, server.port), timeout=30) as line:
            sent.append(time.monotonic())
            line.sendall(whole)
            assert b" 202 " in line.recv(65536)
        time.sleep(PAUSE_SECONDS)
    assert len(sent) == count
    return sent


def check(got: dict, published: list[tuple[str, float, bool]], count: int) -> list[float]:
    """Milliseconds of each delivery. Every page was told all that it may see, once, and nothing else."""
    took_ms = []
    for event, committed, for_team in published:
        expected = list(range(1, count, 2)) if for_team else list(range(count))
        assert sorted(page for page, _ in got.get(event, [])) == expected, f"{event} did not reach whom it was for, once"
        took_ms += [(moment - committed) * 1000 for _, moment in got[event]]
    return took_ms


def until_told(got: dict, sent: list[float], count: int) -> dict:
    """Milliseconds from each post until each page was told of its conversation, the first one aside: the worker wakes up to it."""
    told = {int(event.partition(":")[2].rstrip("}")): pages for event, pages in got.items() if event.startswith("conversation ")}
    assert len(told) == len(sent), f"{len(told)} conversations came of {len(sent)} posts"
    took_ms, last_ms = [], []
    for began, (_, pages) in list(zip(sent, sorted(told.items()), strict=True))[1:]:
        first: dict[int, float] = {}
        for page, moment in pages:
            first.setdefault(page, (moment - began) * 1000)
        assert len(first) == count, f"a post reached {len(first)} of {count} pages"
        took_ms += first.values()
        last_ms.append(max(first.values()))
    return percentiles(took_ms) | {"last": percentiles(last_ms)["p95"]}


if __name__ == "__main__":
    main()
