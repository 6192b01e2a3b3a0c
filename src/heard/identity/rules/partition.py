"""Who is one person: the partition of identities, computed from the reasons that stand.

A "different" from a colleague is never violated. A "same" from a colleague comes first, then an address that is certainly one,
then what matching found, heard as a whole and not as a chain (see rules/matching/gather.py). A reason that would put two
different people into one group is left out, and says so. Deterministic: the ledger decides, never the order of reading.
"""

from collections.abc import Iterable
from typing import NamedTuple

from heard.identity.rules.matching.gather import gather

SAID_DIFFERENT = "said_different"
MATCHED = "matched"
RANK = {"said_same": 0, "same_address": 1}  # which reason is believed first


class Reason(NamedTuple):
    """`weight` in bits is of a match only; `stands_alone` is false for one that rests on names or shared values (rules/grounds.py)."""

    id: int
    left: int
    right: int
    kind: str
    weight: float = 0.0
    stands_alone: bool = True


class Groups:
    """Groups that grow, and the pairs that must not share one."""

    def __init__(self, members: Iterable[int], apart: Iterable[tuple[int, int]]) -> None:
        self.of: dict[int, set[int]] = {m: {m} for m in members}
        self.foes: dict[int, set[int]] = {}
        for left, right in apart:
            self.foes.setdefault(left, set()).add(right)
            self.foes.setdefault(right, set()).add(left)

    def join(self, left: int, right: int) -> bool:
        """Whether the two are in one group now. False: somebody of the one was told apart from somebody of the other."""
        ours, theirs = self.of[left], self.of[right]
        if ours is theirs:
            return True
        if any(self.foes[m] & theirs for m in ours if m in self.foes):
            return False
        if len(ours) < len(theirs):
            ours, theirs = theirs, ours
        ours |= theirs
        for member in theirs:
            self.of[member] = ours
        return True

    def all(self) -> list[frozenset[int]]:
        return [frozenset(group) for group in {id(group): group for group in self.of.values()}.values()]


def partition(members: Iterable[int], reasons: Iterable[Reason]) -> tuple[list[frozenset[int]], list[Reason]]:
    """(groups of identities, each one person, by their smallest member; the certain reasons that a "different" overruled)."""
    reasons = list(reasons)
    apart = [(r.left, r.right) for r in reasons if r.kind == SAID_DIFFERENT]
    groups = Groups(members, apart)
    certain = sorted((r for r in reasons if r.kind in RANK), key=lambda r: (RANK[r.kind], r.id))
    overruled = [r for r in certain if not groups.join(r.left, r.right)]
    weights = weights_of(reasons)
    found = gather(groups.all(), weights, apart=apart) if weights else groups.all()
    return sorted(found, key=min), overruled


def weights_of(reasons: Iterable[Reason]) -> dict[tuple[int, int], float]:
    """{pair: bits} of what matching found, without agreements on a name or a shared value alone. Of two about a pair the later counts."""
    found = sorted((r for r in reasons if r.kind == MATCHED), key=lambda r: r.id)
    return {(r.left, r.right): r.weight for r in found if r.weight <= 0 or r.stands_alone}
