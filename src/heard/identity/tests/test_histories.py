"""Threats 52 and 53: whatever is attached, merged, taken back and decided, in whatever order, everyone can be who they were.

A history is played on the rules alone, ten thousand times over; tests/test_histories_stored.py plays it through the store.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heard.identity.rules.partition import Reason, partition
from heard.identity.rules.survivor import Standing, survivor
from heard.listening.rules.consent import PURPOSES, Word, may_use, standing

PEOPLE = range(1, 8)
KINDS = ("attach", "attach", "address", "same", "different", "take back", "take back", "rename", "consent")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# The 1st and the 4th came as visitors of a site, before anybody else.
NETWORKS = {i: "webchat" if i in (1, 4) else "email" for i in PEOPLE}
FACES = {i: Standing(i, 100 + i, NETWORKS[i], "" if NETWORKS[i] == "webchat" else f"email:{i}") for i in PEOPLE}
USES = [(i, "email", purpose) for i in PEOPLE for purpose in PURPOSES]


class Seen(NamedTuple):
    """What a colleague sees of the world: who is with whom, under which record and name, and what each address allows."""

    customers: dict[int, int]
    names: dict[int, str]
    allowed: frozenset


class Ledger:
    """The store's part of a history, in memory: rows that stand, and the words that newer words took the place of."""

    def __init__(self) -> None:
        self.rows: dict[int, Reason] = {}
        self.replaced: dict[int, Reason] = {}
        self.names = {face.home_id: f"name {i}" for i, face in FACES.items()}
        self.words: list[Word] = []
        self.last = 0

    def seen(self) -> Seen:
        groups, _ = partition(PEOPLE, self.rows.values())
        customers = {i: survivor(FACES[m] for m in group) for group in groups for i in group}
        told = standing(self.words)
        allowed = frozenset(use for use in USES if may_use(use, told))
        return Seen(customers, {i: self.names[c] for i, c in customers.items()}, allowed)

    def add(self, left: int, right: int, kind: str, weight: float = 0.0, stands_alone: bool = True) -> int | None:
        """None when the very same stands already."""
        about = [r for r in self.rows.values() if (r.left, r.right) == (left, right)]
        if any(r.kind == kind for r in about):
            return None
        self.last += 1
        for word in about:
            if kind.startswith("said") and word.kind.startswith("said"):
                self.replaced[self.last] = self.rows.pop(word.id)
        self.rows[self.last] = Reason(self.last, left, right, kind, weight, stands_alone)
        return self.last

    def take_back(self, id_: int) -> None:
        del self.rows[id_]
        if before := self.replaced.pop(id_, None):
            self.rows[before.id] = before


def _pair(number: int) -> tuple[int, int]:
    left = number % 7 + 1
    right = (left + number // 7 % 6) % 7 + 1
    return min(left, right), max(left, right)


def _play(ledger: Ledger, step: int) -> int | None:
    """One step of a history, read from a number. Returns the reason that it added."""
    kind, number = KINDS[step % len(KINDS)], step // len(KINDS)
    left, right = _pair(number)
    rest = number // 42
    match kind:
        case "attach":
            return ledger.add(left, right, "matched", rest % 25 - 8.0, stands_alone=rest % 5 > 0)
        case "address":
            return ledger.add(left, right, "same_address")
        case "same" | "different":
            return ledger.add(left, right, f"said_{kind}")
        case "take back" if ledger.rows:
            ledger.take_back(sorted(ledger.rows)[number % len(ledger.rows)])
        case "rename":
            ledger.names[ledger.seen().customers[left]] = f"renamed {number}"
        case "consent":
            ledger.words.append(_word(left, rest, len(ledger.words)))
    return None


def _word(identity: int, number: int, at: int) -> Word:
    purpose = [*PURPOSES, "*"][number % 4]
    return Word(identity, "email", purpose, number % 2 == 0, NOON + timedelta(minutes=at))


def _group(seen: Seen, identity: int) -> set[int]:
    return {i for i, c in seen.customers.items() if c == seen.customers[identity]}


histories = st.lists(st.integers(0, 9 * 42 * 25 - 1), min_size=1, max_size=14)
many = settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@many
@given(histories)
def test_in_ten_thousand_histories_taking_back_restores_exactly_what_was(history):
    ledger = Ledger()
    for step in history:
        before = ledger.seen()
        added = _play(ledger, step)
        after = ledger.seen()
        _check(ledger, after)
        if added is not None:
            assert after.allowed == before.allowed  # no merge gives or takes a consent
            ledger.take_back(added)
            assert ledger.seen() == before
            _play(ledger, step)
            assert ledger.seen() == after
    while ledger.rows:
        ledger.take_back(min(ledger.rows))
    assert ledger.seen().customers == {i: face.home_id for i, face in FACES.items()}


def _check(ledger: Ledger, seen: Seen) -> None:
    """What is true after every step of every history."""
    reasons = list(ledger.rows.values())
    assert all(seen.customers[r.left] != seen.customers[r.right] for r in reasons if r.kind == "said_different")
    groups, overruled = partition(reversed(PEOPLE), reversed(reasons))
    assert {frozenset(_group(seen, i)) for i in PEOPLE} == set(groups)
    heard = [r for r in reasons if r.kind == "said_same" and r not in overruled]
    assert all(seen.customers[r.left] == seen.customers[r.right] for r in heard)
    for group in groups:
        known = {FACES[i].home_id for i in group if not FACES[i].is_anonymous}
        assert not known or seen.customers[min(group)] in known
        _check_held_together(group, reasons)


def _check_held_together(group: frozenset[int], reasons: list[Reason]) -> None:
    """By more than names and shared values."""
    ties = [(r.left, r.right) for r in reasons if r.kind != "said_different" and (r.kind != "matched" or r.stands_alone)]
    reached, ring = {min(group)}, {min(group)}
    while ring:
        ring = {b for pair in ties for a, b in (pair, pair[::-1]) if a in ring and b in group} - reached
        reached |= ring
    assert reached == group
