"""How soon it is known who speaks, with a million customers in the store.

    .venv/bin/python bench/recognise.py [--store sqlite|postgres] [--customers 1000000] [--quick]

The customers are made up, each with a mail address; of every third a birth date and a postcode are known from records. Names are
drawn as unevenly as people's are. Then, through the product's own code, in this process:

value        p99 in ms until one identity of whom a name, a birth date and a postcode are known is matched and committed, one at a
             time; half of them are customers under another address, half are new      p50, p95   the same
cpu_ms       p50 and p99 of the CPU of this process for that, on SQLite all of it
known        identities a second and core of those who are known, in batches of 2,000, as the walk recognises them
strangers_us CPU to recognise one who was never met and said nothing but a handle and a name, in such batches
right        share of the newcomers who were joined with whom they are, and with nobody when they are new
baseline     p99 in ms of asking for everybody with that birth date or that postcode by the ORM and comparing nothing
customers    how many there were           built_s   seconds it took to make them
"""

import argparse
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from report import percentiles, say
from store import fresh_house

CUSTOMERS, QUICK = 1_000_000, 10_000
GOAL_MS = 5
BATCH = 2000
BATCHES = 10
NEWCOMERS, FEW = 400, 100
WARMING = 20  # before it is measured: questions are turned into SQL once in the life of a process
BUILT_AT_ONCE = 20_000
BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    options.add_argument("--customers", type=int, default=CUSTOMERS)
    options.add_argument("--quick", action="store_true", help=f"{QUICK} customers")
    given = options.parse_args()
    count = QUICK if given.quick else given.customers
    with fresh_house(given.store):
        from heard.project.collector import spare_what_stays

        began = time.perf_counter()
        people = People(count)
        people.settle()
        built_s = time.perf_counter() - began
        known, strangers_us = recognised(people)
        newcomers = FEW if given.quick else NEWCOMERS
        spare_what_stays()  # as every process of the product does
        matched(people, WARMING, first=newcomers)
        took, cpu, right = matched(people, newcomers)
        plain = [asked_plainly(people, n) for n in range(FEW)]
    at = percentiles(took)
    say(
        "recognise",
        at["p99"],
        "ms",
        goal=GOAL_MS,
        baseline=percentiles(plain)["p99"],
        more_is_better=False,
        store=given.store,
        p50=at["p50"],
        p95=at["p95"],
        cpu_ms={name: value for name, value in percentiles(cpu).items() if name != "p95"},
        known=round(known),
        strangers_us=round(strangers_us, 1),
        right=round(right, 3),
        newcomers=newcomers,
        customers=count,
        built_s=round(built_s),
    )


class People:
    """Number n has the identity, the face and the customer n + 1."""

    def __init__(self, count: int) -> None:
        self.count = count
        chance = random.Random(3)
        syllables = [a + b for a in "bdfghklmnprstvw" for b in ("a", "e", "i", "o", "an", "er", "in", "el")]
        self.given = ["".join(chance.choices(syllables, k=2)).capitalize() for _ in range(400)]
        self.surnames = ["".join(chance.choices(syllables, k=3)).capitalize() for _ in range(20_000)]

    def name(self, n: int) -> str:
        chance = random.Random(n)
        return f"{self.given[int(400 * chance.random() ** 2)]} {self.surnames[int(20_000 * chance.random() ** 2)]}"

    def traits(self, n: int) -> list[tuple[str, str]]:
        chance = random.Random(-n - 1)
        born = f"{chance.randint(1940, 2007)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        code = f"{chance.choice('bcdeglmnsw')}{chance.choice('adhlnrst')}{chance.randint(1, 30)} {chance.randint(1, 9)}{chance.choice('abdefghjln')}{chance.choice('abdefghjln')}"
        return [("birth_date", born), ("postcode", code)]

    def is_recorded(self, n: int) -> bool:
        return n % 3 == 0

    def settle(self) -> None:
        from heard.kernel.bulk import one_writer

        for start in range(0, self.count, BUILT_AT_ONCE):
            with one_writer():
                self._some(range(start, min(self.count, start + BUILT_AT_ONCE)))

    def _some(self, some: Sequence[int]) -> None:
        from heard.identity.models import Customer, Face, MatchKey, Trait
        from heard.identity.rules.matching import keys_of, profile_of
        from heard.identity.rules.said import said_by
        from heard.kernel import bulk

        newcomer_rows(self, [(n, f"customer{n}@example.org") for n in some])
        customers = bulk.reserve_ids(Customer, len(some))
        bulk.insert(
            Customer, ["id", "name", "created_at"], [[c, self.name(n), BEGIN] for c, n in zip(customers, some, strict=True)]
        )
        faces = [[c, c, c, f"email:customer{n}@example.org"] for c, n in zip(customers, some, strict=True)]
        bulk.insert(Face, ["identity_id", "customer_id", "home_id", "certain_key"], faces)
        traits, keys = [], []
        for c, n in zip(customers, some, strict=True):
            recorded = self.traits(n) if self.is_recorded(n) else []
            traits += [[c, field, value, "import 1", BEGIN] for field, value in recorded]
            said = said_by(
                network="email",
                external_id=f"customer{n}@example.org",
                handle="",
                name=self.name(n) if recorded else "",
                profile_url="",
            )
            keys += [[c, key] for key in keys_of(profile_of([*said, *recorded]))]
        bulk.insert(Trait, ["identity_id", "field", "value", "source", "seen_at"], traits)
        bulk.insert(MatchKey, ["identity_id", "key"], keys)


def newcomer_rows(people: People, who: Sequence[tuple[int, str]]) -> list[int]:
    """Identities of these people, under these addresses."""
    from heard.kernel import bulk
    from heard.listening.models import Identity

    ids = bulk.reserve_ids(Identity, len(who))
    fields = ["id", "network", "external_id", "handle", "name", "profile_url", "avatar_url", "followers", "verified", "is_ours"]
    rows = [
        [i, "email", address, "", people.name(n), "", "", None, True, False, BEGIN, BEGIN]
        for i, (n, address) in zip(ids, who, strict=True)
    ]
    bulk.insert(Identity, [*fields, "first_seen_at", "profile_at"], rows)
    return ids


def recognised(people: People) -> tuple[float, float]:
    """(known identities a CPU second, CPU microseconds of a stranger)."""
    from heard.kernel.bulk import one_writer

    chance = random.Random(5)
    known_s = strangers_s = 0.0
    for batch in range(BATCHES):
        known = [_heard(people, n + 1, is_new=False) for n in chance.sample(range(people.count), min(BATCH, people.count))]
        known_s += _cpu_of(known)
        with one_writer():
            ids = newcomer_rows(people, [(n, f"stranger{batch}-{n}") for n in range(BATCH)])
        strangers_s += _cpu_of([_heard(people, i, is_new=True) for i in ids])
    return BATCHES * min(BATCH, people.count) / known_s, strangers_s / BATCHES / BATCH * 1e6


def _cpu_of(heard: list) -> float:
    from heard.identity.recognise import recognise
    from heard.kernel.bulk import one_writer

    with one_writer():
        began = time.process_time()
        recognise(heard)
        return time.process_time() - began


def _heard(people: People, identity_id: int, *, is_new: bool) -> Any:
    from heard.listening.channels.contract import Author, Said
    from heard.listening.normalise import Spoken
    from heard.listening.write_down import Heard, Speaker

    n = identity_id - 1
    network, external_id = ("social", f"kestrel{n}q") if is_new else ("email", f"customer{n}@example.org")
    author = Author(network=network, external_id=external_id, handle=external_id, name=people.name(n))
    event = Said(external_id=str(n), author=author, occurred_at=BEGIN, text="")
    spoken = Spoken(n=0, delivery_id=None, account_id=1, account_kind="api", received_at=BEGIN, event=event, target=(1, str(n)))
    speaker = Speaker(
        id=identity_id,
        network=network,
        external_id=external_id,
        name=author.name,
        handle=external_id,
        verified=not is_new,
        is_ours=False,
        is_new=is_new,
    )
    return Heard(spoken=spoken, interaction_id=n, speaker=speaker)


def matched(people: People, count: int, *, first: int = 0) -> tuple[list[float], list[float], float]:
    """(milliseconds and CPU milliseconds of each newcomer, the share that was judged rightly), from the `first`. Every other one is a
    customer under another address."""
    from heard.identity import matching
    from heard.identity.models import Customer, Face, Trait
    from heard.kernel import bulk

    took, cpu, right = [], [], 0
    for n in range(first, first + count):
        who = (n * 7919 % people.count) // 3 * 3 if n % 2 else people.count + 3 * n
        with bulk.one_writer():
            [i] = newcomer_rows(people, [(who, f"other{n}@example.net")])
            [c] = bulk.reserve_ids(Customer, 1)
            bulk.insert(Customer, ["id", "name", "created_at"], [[c, people.name(who), BEGIN]])
            bulk.insert(
                Face, ["identity_id", "customer_id", "home_id", "certain_key"], [[i, c, c, f"email:other{n}@example.net"]]
            )
            traits = [[i, field, value, "import 2", BEGIN] for field, value in people.traits(who)]
            bulk.insert(Trait, ["identity_id", "field", "value", "source", "seen_at"], traits)
        began, cpu_began = time.perf_counter(), time.process_time()
        with bulk.one_writer():
            matching.match([i])
        cpu.append((time.process_time() - cpu_began) * 1000)
        took.append((time.perf_counter() - began) * 1000)
        right += Face.objects.get(identity_id=i).customer_id == (who + 1 if n % 2 else c)
    return took, cpu, right / count


def asked_plainly(people: People, n: int) -> float:
    from django.db.models import Q

    from heard.identity.models import Trait

    (_, born), (_, code) = people.traits(3 * n)
    began = time.perf_counter()
    list(Trait.objects.filter(Q(field="birth_date", value=born) | Q(field="postcode", value=code)).select_related("identity"))
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
