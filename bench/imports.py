"""How long a large import takes, in how much memory, and that it can be repeated and taken back.

    .venv/bin/python bench/imports.py [--rows N] [--kind contact|order] [--store sqlite|postgres] [--quick]

A CSV of N rows is made first (people with two addresses, or orders of them), and then brought by the product's own `heard import` in
a process of its own, into a fresh house, and again for the doubles; before that, 100,000 of them are brought and taken back. Reading, guessing, checking, matching the addresses, joining by them and the counts are all in it. The baseline is the same
rows with the same tables by `update_or_create`, one after another, for a part of them. The last line is one JSON object:

value          seconds for a million rows        baseline  the same of the baseline       rows_per_s
cpu_s          CPU of the importing process for a million rows
rss_mb         the most memory of the importing process       again_s  the same file again, for a million rows
doubles        rows in the store after the second time that were not there after the first: 0
undo_per_s     rows a second of the undo         left      rows of any table that it left behind: 0
counts         read, new, changed, same, refused of the first and the second time; a thousandth of the rows is bad
"""

import argparse
import csv
import os
import random
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from report import say
from store import fresh_house

ROWS, QUICK = 1_000_000, 20_000
UNDONE, BASELINE = 100_000, 3_000
GOAL_S = 300
WORDS = [
    "ann",
    "bob",
    "cat",
    "dan",
    "eve",
    "fay",
    "gus",
    "hal",
    "ivy",
    "jon",
    "kim",
    "lea",
    "max",
    "ned",
    "ola",
    "pat",
    "quin",
    "rob",
    "sue",
    "tom",
    "una",
    "val",
    "wil",
    "xen",
    "yan",
    "zoe",
]
PEAK = (
    "import resource, sys; from heard.project.cli import main; code = main(sys.argv[1:]); "
    "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(code)"
)
COUNT = re.compile(r"^ *(read|new|changed|as it was|refused) (\d+)$", re.MULTILINE)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=ROWS)
    options.add_argument("--kind", choices=["contact", "order"], default="contact")
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows only")
    given = options.parse_args()
    rows = QUICK if given.quick else given.rows
    with fresh_house(given.store) as home:
        path = Path(home) / "rows.csv"
        measured = taken_back(write(path, given.kind, min(rows, UNDONE)))
        measured |= brought(write(path, given.kind, rows), rows)
        baseline = by_hand(BASELINE) * 1_000_000
    say(
        "imports",
        measured.pop("seconds") / rows * 1_000_000,
        "s",
        goal=GOAL_S,
        baseline=baseline,
        more_is_better=False,
        store=given.store,
        rows=rows,
        kind=given.kind,
        **measured,
    )


# ── The file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(path: Path, kind: str, rows: int) -> Path:
    """A thousandth of the rows is bad, a hundredth of the people share a mailbox with somebody."""
    rng = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(people_header() if kind == "contact" else order_header())
        make = person if kind == "contact" else order
        table.writerows(make(rng, n) for n in range(rows))
    return path


def people_header() -> list[str]:
    return ["Customer Number", "First Name", "Last Name", "Email", "Phone", "Street", "Postcode", "City", "Company"]


def person(rng: random.Random, n: int) -> list[str]:
    given, surname = rng.choice(WORDS), rng.choice(WORDS) + rng.choice(WORDS)
    mail = (
        "no mail" if n % 1000 == 999 else f"info@firm{n // 100}.example" if n % 100 < 2 else f"{given}.{surname}.{n}@mail.example"
    )
    street = f"{rng.choice(WORDS)} road {rng.randrange(200)}"
    return [str(n), given, surname, mail, f"+4366{n:08}", street, str(rng.randrange(1000, 9999)), surname, f"firm {n // 100}"]


def order_header() -> list[str]:
    return ["Order ID", "Customer Number", "Order Date", "Total", "Currency", "Status"]


def order(rng: random.Random, n: int) -> list[str]:
    day = f"20{rng.randrange(20, 26)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} 10:00"
    total = "much" if n % 1000 == 999 else f"{rng.randrange(1, 90000) / 100:.2f}"
    return [f"o-{n}", str(rng.randrange(200_000)), day, total, "EUR", rng.choice(("paid", "paid", "cancelled"))]


# ── What is measured ────────────────────────────────────────────────────────────────────────────────────────────────


def brought(path: Path, rows: int) -> dict:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, said = heard("import", path)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    before = stored()
    again, repeated = heard("import", path)
    return {
        "seconds": seconds,
        "cpu_s": round((cpu.ru_utime + cpu.ru_stime - used.ru_utime - used.ru_stime) / rows * 1_000_000, 1),
        "rows_per_s": round(rows / seconds),
        "rss_mb": max(int(peak) for peak in re.findall(r"PEAK (\d+)", said + repeated)),
        "again_s": round(again / rows * 1_000_000, 1),
        "doubles": sum(stored().values()) - sum(before.values()),
        "counts": [{name: int(count) for name, count in COUNT.findall(text)} for text in (said, repeated)],
    }


def taken_back(path: Path) -> dict:
    before = stored()
    heard("import", path)
    made = sum(stored().values()) - sum(before.values())
    seconds, _ = heard("import", "--undo", 1)
    left = sum(stored().values()) - sum(before.values())
    rows = sum(1 for _ in path.open()) - 1
    return {"undo_per_s": round(rows / seconds), "undone_rows": made, "left": left}


def heard(*arguments: object) -> tuple[float, str]:
    """(seconds on the clock of the wall, what it said)"""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *map(str, arguments)], capture_output=True, text=True, env=dict(os.environ), check=False
    )
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began, done.stdout


def stored() -> dict[str, int]:
    """Rows of the tables that an import writes; not the book of imports, nor the audit."""
    from django.apps import apps
    from django.db import connection

    connection.close()
    wanted = [m for m in apps.get_models() if m._meta.app_label in ("identity", "listening") and m.__name__ != "ImportBatch"]
    return {m.__name__: m._default_manager.count() for m in wanted}


def by_hand(rows: int) -> float:
    """Seconds for one order the straightforward way: who it is, and the row, one after another."""
    from django.db import transaction

    from heard.identity.models import Order, Record
    from heard.kernel.clock import now
    from heard.listening.models import Identity

    rng, moment = random.Random(7), now()
    began = time.perf_counter()
    for start in range(0, rows, 500):
        with transaction.atomic():
            for n in range(start, start + 500):
                number = str(rng.randrange(200_000))
                identity, _ = Identity.objects.get_or_create(
                    network="record", external_id=f"crm:{number}", defaults={"first_seen_at": moment, "profile_at": moment}
                )
                Record.objects.update_or_create(
                    source="crm", external_id=number, defaults={"identity": identity, "digest": "", "told_at": moment}
                )
                Order.objects.update_or_create(
                    source="crm",
                    external_id=f"by-hand-{n}",
                    defaults={"identity": identity, "digest": "", "told_at": moment, "number": f"o-{n}", "placed_at": moment},
                )
    return (time.perf_counter() - began) / rows


if __name__ == "__main__":
    main()
