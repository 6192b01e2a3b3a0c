"""How many signed webhooks a second are answered only after they are safe in the store, over 64 kept-alive connections.

    .venv/bin/python bench/webhook.py [--store sqlite|postgres] [--calls 40000] [--connections 64] [--quick]

The real server (`heard web`) in a process of its own, the callers (bench/flood.py) in another, both on this machine's cores:
distinct posts of 1.9 KB, each with its own signature, which the server checks. Afterwards each call that was answered with 202
is found in the store, once, byte for byte. The walk that follows is measured by bench/ingest.py; no worker runs here.

The baseline is the straightforward way: a Django view that looks up the account, checks the signature and stores one row in a
transaction of its own (bench/baseline/webhook.py), behind the same server, with the same callers. The last line is one JSON
object:

value       calls a second               p50, p95, p99   ms from sending a call to its answer
cpu_us      of the server per call       caller_cpu_us   of the callers per call      server_cpu_us  of PostgreSQL per call
baseline    calls a second of the baseline, with its baseline_p95
"""

import argparse
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from flood import posts
from memory import Watch, cpu_seconds, database_server, tree
from report import say
from server import Server, running
from store import fresh_house

HERE = Path(__file__).parent
QUICK = 2000
BASELINE_CALLS = 1500
GOALS = {"sqlite": 8000, "postgres": 4000}
SECRET = "a shared secret of thirty-two characters"
WARM_UP = 500


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=list(GOALS), default="sqlite")
    options.add_argument("--calls", type=int, default=40_000)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} calls")
    given = options.parse_args()
    calls, baseline_calls = (QUICK, QUICK // 10) if given.quick else (given.calls, BASELINE_CALLS)
    with fresh_house(given.store):
        from django.db import connection

        from heard.kernel.secrets import seal
        from heard.listening.models import ChannelAccount

        account_id = ChannelAccount.objects.create(
            kind="api", name="Firehose", sealed_secrets=seal({"signing_secret": SECRET})
        ).pk
        told = measure(account_id, calls, given.connections)
        baseline = measure_baseline(account_id, baseline_calls, given.connections)
        say(
            "webhook",
            told["per_s"],
            "webhooks/s",
            goal=GOALS[given.store],
            baseline=baseline["per_s"],
            baseline_p95=baseline["ms"]["p95"],
            store=given.store,
            calls=calls,
            connections=given.connections,
            **told["ms"],
            **told["more"],
        )
        connection.close()


def measure(account_id: int, calls: int, connections: int) -> dict:
    from django.db import connection

    with running(HEARD_WEBHOOK_PACE="0") as server, Watch(server.pid) as memory:
        flood(server, account_id, calls=WARM_UP, connections=connections, first=10_000_000)
        postgresql = database_server(connection)
        before, before_postgresql = cpu_seconds(tree(server.pid)), cpu_seconds(postgresql)
        told = flood(server, account_id, calls=calls, connections=connections, first=0)
        cpu = cpu_seconds(tree(server.pid)) - before
        cpu_postgresql = cpu_seconds(postgresql) - before_postgresql
    check(account_id, calls=calls, first=0, others=WARM_UP)
    told["more"] = {
        "cpu_us": round(cpu / calls * 1e6),
        "caller_cpu_us": round(told["cpu_seconds"] / calls * 1e6),
        "server_cpu_us": round(cpu_postgresql / calls * 1e6) if postgresql else None,
        **memory.keys(),
    }
    return told


def measure_baseline(account_id: int, calls: int, connections: int) -> dict:
    first = 20_000_000
    with running(str(HERE / "baseline" / "serve.py"), "webhook") as server:
        told = flood(server, account_id, calls=calls, connections=connections, first=first)
    check(account_id, calls=calls, first=first)
    return told


def flood(server: Server, account_id: int, *, calls: int, connections: int, first: int) -> dict:
    """What bench/flood.py told, with "per_s"."""
    order = {
        "host": server.host,
        "port": server.port,
        "path": f"/hooks/{account_id}/",
        "secret": SECRET,
        "connections": connections,
        "calls": calls,
        "first": first,
    }
    ended = subprocess.run([sys.executable, HERE / "flood.py"], input=json.dumps(order), text=True, capture_output=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    assert told["statuses"] == {"202": calls}, f"not all were kept: {told['statuses']} of {calls}"
    return told | {"per_s": calls / told["seconds"]}


def check(account_id: int, *, calls: int, first: int, others: int = 0) -> None:
    """No figure without its count: what was answered with 202 is there once, as it was sent."""
    from heard.listening.models import Payload

    sent = {key: sha256(body).digest() for key, body in posts(first, calls)}
    rows = Payload.objects.filter(delivery__account_id=account_id)
    found = rows.values_list("delivery__delivery_key", "body").iterator()
    kept = [(key, sha256(body).digest()) for key, body in found if key in sent]
    assert len(kept) == calls and dict(kept) == sent, f"{len(kept)} rows of {calls} calls, or other bytes"
    assert not others or rows.count() == calls + others, "there are rows that nobody sent"


if __name__ == "__main__":
    main()
