"""How well newcomers are put with the people they are, on records of people who were recorded several times.

    .venv/bin/python bench/identity.py --data FILE [--truth cluster] [--operating-point .99|.995] [--shuffles N] [--quick]

FILE is JSON lines, gzip or not; `--truth` names the column that says who it is, and is looked at only to count. The other
columns are mapped by their names (COLUMNS). Rows come one after another in the order of the file, through the very rules that
the walk uses (src/heard/identity/rules/matching): nothing is known of rows to come, and how frequent a name is is learnt from
those that came. Without --data people are made up. `--shuffles` does the whole again in N other orders. The last line is one
JSON object:

n, people          rows, and how many people they are                        unit, value    the same as b3_f
b3_f, b3_p, b3_r   B-cubed: for each row, how pure its group is and how much of its person is in it, at the end
attach_precision   of the moments when a row was put into a group, or two groups became one: how often the greater part of
                   both was the same person
impure_share       groups with more than one person in them, of all groups     largest_cluster  rows in the largest group
review_share       rows for which a person would be asked
recall_at_p99      of all pairs of rows of one person, those found together at the threshold at which 99 of 100 found are
                   right; the evidence is what the one run gathered, put together at several thresholds
rows_per_s         rows a CPU second, on one core        compared   pairs that were held against each other, for each row
baseline           b3_f of the plain way: who agrees on an address, or on name and birth date, is one
shuffles           {"b3_f": [...], "spread": ...} of the other orders
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from report import say

from heard.identity.rules.matching import SHIPPED, Book, Counts, Found, Profile, Weights, gather, profile_of
from heard.identity.rules.matching.weights import STRICT_BITS

QUICK = 4000
WORTH_KEEPING = -12.0  # bits
GOAL = 0.91
THRESHOLDS = (-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8)
COLUMNS = {
    "name": ("full_name", "name", "display_name", "customer_name"),
    "given_name": ("first_name", "given_name", "forename", "firstname"),
    "surname": ("surname", "last_name", "family_name", "lastname"),
    "birth_date": ("dob", "date_of_birth", "birth_date", "birthday", "birthdate"),
    "birth_place": ("birth_place", "place_of_birth", "birthplace"),
    "gender": ("gender", "sex"),
    "email": ("email", "e_mail", "mail", "email_address"),
    "phone": ("phone", "telephone", "mobile", "phone_number"),
    "handle": ("handle", "username", "twitter", "mastodon"),
    "street": ("street", "address", "address_1", "street_address"),
    "postcode": ("postcode", "postcode_fake", "zip", "zip_code", "postal_code"),
    "city": ("city", "town", "suburb", "locality"),
    "country": ("country",),
    "employer": ("employer", "company", "organisation", "organization"),
    "occupation": ("occupation", "job", "job_title", "profession"),
    "link": ("link", "url", "website", "homepage"),
    "avatar_hash": ("avatar_hash",),
    "customer_number": ("customer_number", "customer_id", "soc_sec_id", "ssn"),
}
FIELD_OF = {column: name for name, columns in COLUMNS.items() for column in columns}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, help="JSON lines; without it people are made up")
    options.add_argument("--truth", default="cluster", help="the column that says who it is")
    options.add_argument("--operating-point", type=float, choices=[0.99, 0.995], default=0.99, help="how sure to be")
    options.add_argument("--shuffles", type=int, default=0, help="do it again in so many other orders")
    options.add_argument("--quick", action="store_true", help=f"the first {QUICK} rows only")
    given = options.parse_args()
    rows = rows_of(given.data) if given.data else made_up(QUICK)
    rows = rows[:QUICK] if given.quick else rows
    if not rows or any(given.truth not in row for row in rows):
        print(
            f"There are no rows, or some have no column {given.truth!r}; --truth names the one that says who it is.",
            file=sys.stderr,
        )
        return 2
    weights = SHIPPED if given.operating_point == 0.99 else msgspec.structs.replace(SHIPPED, attach_bits=STRICT_BITS)
    truth = [str(row[given.truth]) for row in rows]
    profiles = [profile_of(traits_of(row, given.truth)) for row in rows]
    tell(run(profiles, truth, weights), profiles, truth, weights, given.shuffles, given.operating_point)
    return 0


def tell(
    first: "Run", profiles: list[Profile], truth: list[str], weights: Weights, shuffles: int, operating_point: float
) -> None:
    found: dict[str, Any] = {"operating_point": operating_point, **first.figures(), "weights": weights.version}
    found["recall_at_p99"] = round(first.recall_at_p99(), 4)
    if shuffles:
        values = [shuffled(profiles, truth, weights, seed).figures()["b3_f"] for seed in range(1, shuffles + 1)]
        found["shuffles"] = {"b3_f": values, "spread": round(max(values) - min(values), 4)}
    baseline = b_cubed(plain_way(profiles), truth)[2]
    say("identity", found["b3_f"], "B3-F", goal=GOAL, baseline=baseline, **found)


# ── What is read ────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(file: Path) -> list[dict[str, Any]]:
    raw = file.read_bytes()
    text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
    return [json.loads(line) for line in text.splitlines() if line.strip()]  # takes NaN, which some exports write


def traits_of(row: dict[str, Any], truth: str) -> list[tuple[str, str]]:
    """(field, value) as the product keeps them. A number of the house belongs before its street."""
    said: dict[str, str] = {}
    for column, value in row.items():
        name = re.sub(r"\W+", "_", column.lower())
        if column != truth and value is not None and value == value and (known := FIELD_OF.get(name)):
            said.setdefault(known, str(value))
    number = row.get("street_number")
    if number and number == number and "street" in said:
        said["street"] = f"{number} {said['street']}"
    return list(said.items())


def made_up(count: int) -> list[dict[str, Any]]:
    """People of made-up names, each recorded one to five times with slips of the pen."""
    chance = random.Random(11)
    syllables = [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "an", "er", "in", "ol")]
    rows: list[dict[str, Any]] = []
    while len(rows) < count:
        given, surname, town = ("".join(chance.choices(syllables, k=k)) for k in (2, 3, 2))
        person = {
            "first_name": given,
            "surname": surname,
            "dob": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "city": town,
            "email": f"{given}.{surname}{chance.randint(1, 99)}@example.org",
        }
        for _ in range(chance.randint(1, 5)):
            row = {column: slipped(value, chance) for column, value in person.items() if chance.random() > 0.15}
            rows.append({**row, "cluster": str(len(rows)) if not rows else person["email"]})
    return rows[:count]


def slipped(text: str, chance: random.Random) -> str:
    if chance.random() > 0.15:
        return text
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


# ── What is counted ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Run:
    """One pass over the rows. `evidence` is {pair: bits} of all that were held against each other and are worth keeping."""

    truth: Sequence[str]
    groups: list[frozenset[int]] = field(default_factory=list)
    cpu_s: float = 0.0
    attached: int = 0
    attached_rightly: int = 0
    reviewed: int = 0
    reviewed_rightly: int = 0
    compared: int = 0
    evidence: dict[tuple[int, int], float] = field(default_factory=dict)

    def note(self, row: int, found: Found) -> None:
        joined = sorted(found.joined, key=len, reverse=True)
        if joined:
            whole = self.most_of(joined[0])
            self.attached += len(joined)
            self.attached_rightly += (whole == self.truth[row]) + sum(self.most_of(g) == whole for g in joined[1:])
        if found.review:
            self.reviewed += 1
            self.reviewed_rightly += self.truth[found.review.left] == self.truth[found.review.right]
        self.compared += len(found.compared)
        for other, bits in found.compared.items():
            if bits >= WORTH_KEEPING:
                self.evidence[(other, row)] = bits
        for link in found.links:
            self.evidence[(link.left, link.right)] = link.evidence.bits

    def most_of(self, group: Iterable[int]) -> str:
        return Counter(self.truth[m] for m in group).most_common(1)[0][0]

    def figures(self) -> dict[str, Any]:
        n = len(self.truth)
        p, r, f = b_cubed(self.groups, self.truth)
        return {
            "n": n,
            "people": len(set(self.truth)),
            "b3_f": round(f, 4),
            "b3_p": round(p, 4),
            "b3_r": round(r, 4),
            "attach_precision": round(self.attached_rightly / max(1, self.attached), 4),
            "impure_share": round(sum(len({self.truth[m] for m in g}) > 1 for g in self.groups) / len(self.groups), 4),
            "largest_cluster": max(map(len, self.groups)),
            "largest_person": max(Counter(self.truth).values()),
            "review_share": round(self.reviewed / n, 4),
            "review_right": round(self.reviewed_rightly / max(1, self.reviewed), 3),
            "rows_per_s": round(n / self.cpu_s),
            "compared": round(self.compared / n, 1),
        }

    def recall_at_p99(self) -> float:
        """The best recall among the thresholds at which 99 of 100 pairs found are right."""
        alone = [frozenset((m,)) for m in range(len(self.truth))]
        best = 0.0
        for bits in THRESHOLDS:
            right, together, all_ = pairs_of(gather(alone, self.evidence, attach_bits=bits), self.truth)
            if together and right / together >= 0.99:
                best = max(best, right / all_)
        return best


def run(profiles: Sequence[Profile], truth: Sequence[str], weights: Weights, order: Sequence[int] | None = None) -> Run:
    """Every row in its turn."""
    book, found = Book(weights, Counts()), Run(truth)
    for row in order or range(len(profiles)):
        began = time.process_time()
        answer = book.add(row, profiles[row])
        found.cpu_s += time.process_time() - began
        found.note(row, answer)
    found.groups = list(set(book.groups.values()))
    return found


def shuffled(profiles: Sequence[Profile], truth: Sequence[str], weights: Weights, seed: int) -> Run:
    order = list(range(len(profiles)))
    random.Random(seed).shuffle(order)
    return run(profiles, truth, weights, order)


def b_cubed(groups: Iterable[frozenset[int]], truth: Sequence[str]) -> tuple[float, float, float]:
    """(precision, recall, F) over rows."""
    sizes, n = Counter(truth), len(truth)
    p = r = 0.0
    for group in groups:
        for who, count in Counter(truth[m] for m in group).items():
            p += count * count / len(group)
            r += count * count / sizes[who]
    p, r = p / n, r / n
    return p, r, 2 * p * r / (p + r)


def pairs_of(groups: Iterable[frozenset[int]], truth: Sequence[str]) -> tuple[int, int, int]:
    """Pairs that are in one group and one person, in one group, in one person."""
    groups = list(groups)
    right = sum(_pairs(c) for g in groups if len(g) > 1 for c in Counter(truth[m] for m in g).values())
    return right, sum(_pairs(len(g)) for g in groups), sum(_pairs(c) for c in Counter(truth).values())


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def plain_way(profiles: Sequence[Profile]) -> list[frozenset[int]]:
    """Who agrees on a mail address, a number, or name and birth date, is one person, and so on from each to the next."""
    of = list(range(len(profiles)))

    def first(m: int) -> int:
        while of[m] != m:
            m = of[m] = of[of[m]]
        return m

    met: dict[tuple, int] = {}
    for row, profile in enumerate(profiles):
        keys: list[tuple] = [(f, v) for f in ("email", "phone", "customer_number") for v in profile.values.get(f, ())]
        keys += [(n.given, n.surname, d) for n in profile.names for d in profile.values.get("birth_date", ())]
        for key in keys:
            of[first(met.setdefault(key, row))] = first(row)
    groups = defaultdict(set)
    for row in range(len(profiles)):
        groups[first(row)].add(row)
    return [frozenset(group) for group in groups.values()]


if __name__ == "__main__":
    sys.exit(main())
