"""How soon a customer is found among a million, by anything that is known of them, as somebody types.

    .venv/bin/python bench/customers.py [--store sqlite|postgres] [--customers 1000000] [--quick]

The customers are made up, each with one address: two of five by mail, one of five by phone, the others by handle. Names are drawn
as unevenly as people's are: the most common family name is one of sixty, most are rare. Each said one sentence, a tenth of
them the number of an order. Half belong to the channels of another team. Two colleagues ask, through the product's own
question, by names whole and begun, rare and common, by handles, mail addresses, phone and order numbers, and by what nobody
is called. The time is what somebody waits for the lines of the first forty, one question at a time, in this process.

value     p95 in ms of all questions and colleagues    p50, p99   the same    by_viewer, by_question   p95
baseline  p95 in ms of a search of every name and address, by LIKE, for some of the questions
cpu_ms    CPU of this process for a question (on SQLite that is all of it), and the mean with the database's own
findable_us   CPU for making one customer findable, by the job that does it; the walk does nothing for it
"""

import argparse
import os
import random
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate

from memory import cpu_seconds, database_server
from report import percentiles, say
from store import fresh_house

QUICK = 4_000
GOAL_MS = 50
BATCH = 10_000
BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
GIVEN = ("Maria", "Thomas", "Anna", "John", "Ines", "Peter", "Sofia", "Karl", "Dana", "Otto", "Lena", "Hugo")
MIDDLES = ("d", "ma", "ri", "lo", "ke", "va", "th", "no", "sa", "pe")
ENDINGS = ("mann", "son", "berg", "er", "ez", "ini", "sen", "ova", "ski", "feld", "ward", "ton")
RARE = "Quillfeather"  # one customer in a thousand
ONE = "Xanthopoulos"  # one customer
THE_ONE = 1234


@dataclass(frozen=True)
class Question:
    kind: str
    words: str


def questions(count: int) -> list[Question]:
    some = _some(count)
    kinds = {
        "common name": ["maria", "John Baker"],
        "common family name": ["baker"],
        "rare name": [RARE, f"maria {RARE}"],
        "one of a million": [ONE],
        "beginning of many": ["mar", "bak", "joh"],
        "beginning of few": [RARE[:5], ONE[:4]],
        "full name": [_name(n) for n in some],
        "name as it is typed": [_name(n)[:-3] for n in some],
        "handle": [f"@{_handle(n + 3)}" for n in some],
        "mail address": [_mail(n) for n in some],
        "phone number": [_phone(n + 2) for n in some],
        "phone number, begun": [_phone(n + 2)[:11] for n in some],
        "order number": [f"{_order(n)}" for n in (count // 20 * 10, 10)],
        "nobody": ["zzyzx", "maria zzyzx", "+99 111 222 333 444"],
    }
    return [Question(kind, words) for kind, some in kinds.items() for words in some]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} customers")
    given = options.parse_args()
    with fresh_house(given.store):
        measure(given.store, QUICK if given.quick else given.customers)


def measure(store: str, count: int) -> None:
    from django.db import connection

    from heard.identity import directory, finding

    began = time.perf_counter()
    viewers = found_house(count)
    filled_s = time.perf_counter() - began
    busy = [os.getpid(), *database_server(connection)]
    before = cpu_seconds(busy)
    assert finding.catch_up(most=count) == count
    findable_us = (cpu_seconds(busy) - before) / count * 1e6
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")

    def find(viewer, words: str) -> list:
        return directory.rows(viewer, directory.named(viewer, words).customer_ids)

    check(viewers, count, find)
    every = [(name, viewer, question) for name, viewer in viewers.items() for question in questions(count)] * 3
    random.Random(1).shuffle(every)
    by_viewer: dict[str, list[float]] = {}
    by_question: dict[str, list[float]] = {}
    own: list[float] = []
    before = cpu_seconds(busy)
    for name, viewer, question in every:
        began, cpu_began = time.perf_counter(), time.process_time()
        find(viewer, question.words)
        took = (time.perf_counter() - began) * 1000
        own.append((time.process_time() - cpu_began) * 1000)
        by_viewer.setdefault(name, []).append(took)
        by_question.setdefault(question.kind, []).append(took)
    told = percentiles([took for samples in by_viewer.values() for took in samples])
    say(
        "customers",
        told["p95"],
        "ms",
        goal=GOAL_MS,
        baseline=percentiles(list(_by_like_ms(viewers)))["p95"],
        more_is_better=False,
        store=store,
        customers=count,
        **told,
        by_viewer={name: percentiles(samples)["p95"] for name, samples in by_viewer.items()},
        by_question={kind: percentiles(samples)["p95"] for kind, samples in by_question.items()},
        questions=len(every),
        cpu_ms=percentiles(own) | {"mean": round((cpu_seconds(busy) - before) / len(every) * 1000, 2)},
        findable_us=round(findable_us, 1),
        filled_s=round(filled_s),
    )
    connection.close()


def _by_like_ms(viewers: dict) -> Iterator[float]:
    """The straightforward way: every name, handle and address is looked through."""
    for words in ("maria", RARE, ONE, "zzyzx"):
        for viewer in viewers.values():
            began = time.perf_counter()
            list(_by_like(viewer, words)[:40])
            yield (time.perf_counter() - began) * 1000


def _by_like(viewer, words: str):
    from django.db.models import Q

    from heard.identity.selectors import visible_faces

    said = Q(identity__name__icontains=words) | Q(identity__handle__icontains=words) | Q(identity__external_id__icontains=words)
    return visible_faces(viewer).filter(said).order_by("-pk").values_list("customer_id", flat=True)


def check(viewers: dict, count: int, find: Callable) -> None:
    """No figure without its answers: the one who is asked for is found by whoever may know them, and nobody else."""
    for n in _some(count):
        for who, words in ((n, _mail(n)), (n + 2, _phone(n + 2)), (n + 3, f"@{_handle(n + 3)}")):
            found = [row.name for row in find(viewers["everything"], words)]
            assert found == [_name(who)], f"{words!r} found {found}"
    assert [row.name for row in find(viewers["everything"], ONE)] == [_name(THE_ONE)]
    assert find(viewers["everything"], "zzyzx") == []
    assert all(row.id % 2 for row in find(viewers["half"], "maria"))  # ids begin with 1
    assert len(find(viewers["everything"], _order(10))) == 1


# ── The store ───────────────────────────────────────────────────────────────────────────────────────────────────────


def found_house(count: int) -> dict:
    """A company with so many customers. Returns who asks: {name: viewer}."""
    from django.db import connection
    from multiply import unhindered

    from heard.governance import actions as people
    from heard.governance.models import Member
    from heard.governance.permissions import viewer_of
    from heard.listening.models import ChannelAccount

    ada = viewer_of(
        people.found_company(
            "Acme", timezone="Europe/Vienna", name="Ada", email="ada@acme.example", password="correct horse battery"
        )
    )
    teams = [people.make_team(ada, name) for name in ("Care", "Sales")]
    accounts = [ChannelAccount.objects.create(kind="api", name=f"Channel {t}", team_id=t, state="ok").pk for t in teams]
    tables = ["listening_identity", "listening_interaction", "identity_customer", "identity_face"]
    with connection.cursor() as cursor, unhindered(cursor, tables):
        for start in range(0, count, BATCH):
            _add(range(start, min(start + BATCH, count)), accounts)
    token = people.invite(ada, email="half@acme.example", name="Half", role="agent", team_ids=teams[:1])
    people.accept_invitation(token, name="Half", password="correct horse battery")
    return {"everything": ada, "half": viewer_of(Member.objects.get(email="half@acme.example"))}


def _add(numbers: range, accounts: list[int]) -> None:
    from heard.identity.models import Customer, Face
    from heard.kernel import bulk
    from heard.listening.models import Identity, Interaction
    from heard.listening.selectors import words
    from heard.listening.write_down import IDENTITY_FIELDS, INTERACTION_FIELDS

    identities, customers, voices = (bulk.reserve_ids(m, len(numbers)) for m in (Identity, Customer, Interaction))
    names = [_name(n) for n in numbers]
    known = [[*_address(n), name, "", "", None, False, False, BEGIN, BEGIN] for n, name in zip(numbers, names, strict=True)]
    bulk.insert(Identity, IDENTITY_FIELDS, [[i, *about] for i, about in zip(identities, known, strict=True)])
    bulk.insert(Customer, ["id", "name", "created_at"], [[c, name, BEGIN] for c, name in zip(customers, names, strict=True)])
    faces = [[i, c, c, ""] for i, c in zip(identities, customers, strict=True)]
    bulk.insert(Face, ["identity_id", "customer_id", "home_id", "certain_key"], faces)
    texts = [_said(n) for n in numbers]
    rows = [
        [
            v, accounts[n % 2], f"post-{n}", i, None, "inbound", "post", "public", True, BEGIN + timedelta(seconds=n), BEGIN, "", text, "",
            "", f"post-{n}", "", "", "en", {},
        ]
        for v, n, i, text in zip(voices, numbers, identities, texts, strict=True)
    ]  # fmt: skip
    bulk.insert(Interaction, INTERACTION_FIELDS, rows)
    words.add((v, text, accounts[n % 2]) for v, n, text in zip(voices, numbers, texts, strict=True))


def _some(count: int) -> list[int]:
    """Numbers of customers who are known by mail; the next but one by phone, the one after that by handle."""
    return [n - n % 5 for n in (count // 7, count // 2, count - 5)]


def _address(n: int) -> tuple[str, str, str]:
    """(network, external id, handle)"""
    if n % 5 < 2:
        return "email", _mail(n), ""
    if n % 5 == 2:
        return "phone", _phone(n), ""
    return "bench", f"author-{n}", f"@{_handle(n)}"


@cache
def _families() -> tuple[list[str], list[float]]:
    """The names, the most common first, and their weights, summed up."""
    heads = [a + b for a in ("hol", "gra", "stei", "lin", "wal", "cor", "vel", "nor", "tam", "bri") for b in MIDDLES]
    names = ["Baker", *(f"{head}{end}".capitalize() for head in heads for end in ENDINGS)]
    return names, list(accumulate(1 / (rank + 8) for rank in range(len(names))))


def _name(n: int) -> str:
    """Follows from the number; one, and one in a thousand, have family names of their own."""
    at = n * 2654435761 % 2**32
    names, weights = _families()
    family = ONE if n == THE_ONE else RARE if n % 1000 == 17 else names[bisect(weights, at / 2**32 * weights[-1])]
    return f"{GIVEN[at % len(GIVEN)]} {family}"


def _handle(n: int) -> str:
    return f"{_name(n).replace(' ', '_').lower()}{n}"


def _mail(n: int) -> str:
    return f"{_name(n).replace(' ', '.').lower()}{n}@mail{n % 40}.example"


def _phone(n: int) -> str:
    return f"+4420{70000000 + n}"


def _order(n: int) -> str:
    return f"ord{800000 + n}x"


def _said(n: int) -> str:
    return f"Where is my order {_order(n)}? Please help" if n % 10 == 0 else "Please help me with my broadband"


if __name__ == "__main__":
    main()
