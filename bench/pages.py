"""What the pages of a desk cost, and how quickly they answer, with a million conversations and with a thousand.

    .venv/bin/python bench/pages.py [--conversations 1000000] [--store sqlite|postgres] [--quick]

The product's own web server, a process for each core, answers a signed-in agent over HTTP: the inbox, conversations of thirty messages over four networks
(another one each time), and the customers of those. First one after another, for the CPU of a page: the server's, and that of
PostgreSQL. Then over eight connections, each asking again as soon as it has its answer, for the time a page takes. HTML
only, as a browser asks for it; what it loads once and keeps is not in the figures. Afterwards the same on a thousand
conversations. The baseline is django-helpdesk with 10,000 tickets in the same minute (bench/baseline/helpdesk): its list and
the request that fills it, and a ticket.

The last line is one JSON object; "pages" has for each of inbox, conversation and customer

cpu_ms     CPU of a request          p50, p95    milliseconds over eight connections         kb    of the answer
growth     cpu_ms by that with a thousand conversations

value      the most CPU of the three, ms         p95     the longest of the three        growth    the most
baseline   helpdesk's CPU for the like of `value`: its list, or its ticket                rss_mb    of the server, after all
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection

from memory import cpu_seconds, database_server, resident_mb, tree
from report import percentiles, say
from server import Server, running
from store import fresh_house

FEW = 1000
CONNECTIONS = 8
PROCESSES = 2  # as many as the machine has cores, as docs/operate/sizing.md says
ONE_BY_ONE, AT_ONCE = 120, 480
TICKETS = 10_000
GOAL_MS, GOAL_P95 = 5, 25
PAGES = ("inbox", "conversation", "customer")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--conversations", type=int, default=1_000_000)
    options.add_argument("--alone", action="store_true", help="without the thousand and without helpdesk")
    options.add_argument("--quick", action="store_true", help=f"{FEW} conversations, and few requests")
    given = options.parse_args()
    given.conversations = FEW if given.quick else given.conversations
    with fresh_house(given.store):
        from big_store import fill_apart

        measured = measure(fill_apart(conversations=given.conversations, long=8 if given.quick else 200), quick=given.quick)
    pages = measured["pages"]
    if given.alone:
        print(json.dumps(measured))
        return
    few = measured if given.quick else _with_few(given.store)
    for name, page in pages.items():
        page["growth"] = round(page["cpu_ms"] / few["pages"][name]["cpu_ms"], 2)
    peer = helpdesk(tickets=300 if given.quick else TICKETS, quick=given.quick)
    dearest = max(PAGES, key=lambda name: pages[name]["cpu_ms"])
    say(
        "pages",
        pages[dearest]["cpu_ms"],
        "ms CPU",
        goal=GOAL_MS,
        baseline=peer["list" if dearest == "inbox" else "ticket"],
        more_is_better=False,
        dearest=dearest,
        p95=max(page["p95"] for page in pages.values()),
        growth=max(page["growth"] for page in pages.values()),
        store=given.store,
        helpdesk=peer,
        **measured,
    )


def measure(filled, *, quick: bool) -> dict:
    """Every page on the store that DATABASE_URL names."""
    from django.db import connection

    addresses, cookie = _addresses(filled.long_ids)
    database = database_server(connection)
    with running("-m", "heard", "web", "--processes", str(PROCESSES)) as server:
        pages = {name: _page(server, cookie, addresses[name], database, quick=quick) for name in PAGES}
        rss = resident_mb(tree(server.pid))
    connection.close()
    return {"conversations": filled.conversations, "interactions": filled.interactions, "pages": pages, "rss_mb": rss}


def _addresses(conversation_ids: Sequence[int]) -> tuple[dict[str, list[str]], str]:
    """What is asked for, by page, and the cookie of somebody who may."""
    from big_store import ADMIN
    from django.test import Client
    from django.urls import reverse

    from heard.governance.models import Member
    from heard.identity.models import Face
    from heard.routing.models import Conversation

    client = Client()
    client.force_login(Member.objects.get(email=ADMIN))
    openers = Conversation.objects.filter(id__in=conversation_ids).values("opener_id")
    customers = Face.objects.filter(identity_id__in=openers).values_list("customer_id", flat=True)
    return {
        "inbox": [reverse("routing:inbox")],
        "conversation": [reverse("routing:conversation", args=[n]) for n in conversation_ids],
        "customer": [reverse("identity:customer", args=[n]) for n in customers],
    }, f"sessionid={client.cookies['sessionid'].value}"


def _page(server: Server, cookie: str, addresses: Sequence[str], database: Sequence[int], *, quick: bool) -> dict:
    one_by_one, at_once = (8, 16) if quick else (ONE_BY_ONE, AT_ONCE)
    _over_many(server, cookie, addresses, 8 * CONNECTIONS)  # each process has drawn it before anything is measured
    cpu_ms, answers = _cpu_ms(server, cookie, addresses, one_by_one, database)
    lengths = [length for _, length in answers]
    assert min(lengths) > 20_000, f"{addresses[0]}: a page of {min(lengths)} bytes holds nothing"
    return {"cpu_ms": cpu_ms, "kb": round(max(lengths) / 1000), **percentiles(_over_many(server, cookie, addresses, at_once))}


def _cpu_ms(
    server: Server, cookie: str, addresses: Sequence[str], count: int, database: Sequence[int] = ()
) -> tuple[float, list[tuple[float, int]]]:
    """CPU of one request in milliseconds, asked one after another, and the answers."""
    watched = [*tree(server.pid), *database]
    before = cpu_seconds(watched)
    answers = _ask(server, cookie, addresses, count)
    return round((cpu_seconds(watched) - before) / count * 1000, 2), answers


def _over_many(server: Server, cookie: str, addresses: Sequence[str], count: int) -> list[float]:
    """Milliseconds of `count` requests over CONNECTIONS, each starting elsewhere."""
    each, found = count // CONNECTIONS, []

    def one(number: int) -> None:
        start = number * len(addresses) // CONNECTIONS
        found.extend(ms for ms, _ in _ask(server, cookie, [*addresses[start:], *addresses[:start]], each))

    threads = [threading.Thread(target=one, args=[n]) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == each * CONNECTIONS, "a connection gave up"
    return found


def _ask(server: Server, cookie: str, addresses: Sequence[str], count: int) -> list[tuple[float, int]]:
    """(milliseconds, bytes) of `count` requests over one connection, in turn."""
    line = HTTPConnection(server.host, server.port, timeout=60)
    found = []
    for n in range(count):
        began = time.perf_counter()
        line.request("GET", addresses[n % len(addresses)], headers={"Cookie": cookie})
        answer = line.getresponse()
        body = answer.read()
        found.append(((time.perf_counter() - began) * 1000, len(body)))
        assert answer.status == 200, f"{addresses[n % len(addresses)]}: {answer.status} {body[:300]!r}"
    line.close()
    return found


def _with_few(store: str) -> dict:
    """The same with a thousand, in a process of its own: Django knows one store."""
    command = [sys.executable, __file__, "--alone", "--store", store, "--conversations", str(FEW)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1])


def helpdesk(*, tickets: int, quick: bool) -> dict[str, float]:
    """CPU ms of its list, both requests together, and of a ticket."""
    from baseline.helpdesk import desk

    count = 4 if quick else 30
    with desk(tickets=tickets) as peer, peer.served() as server:
        some = [peer.ticket(n) for n in range(1, min(tickets, 200))]
        for addresses in ([peer.list_page], [peer.list_rows], some):
            _ask(server, peer.cookie, addresses, 4)
        frame, rows = (_cpu_ms(server, peer.cookie, [page], count)[0] for page in (peer.list_page, peer.list_rows))
        return {"tickets": tickets, "list": round(frame + rows, 2), "ticket": _cpu_ms(server, peer.cookie, some, count)[0]}


if __name__ == "__main__":
    main()
