"""Who is one person: the partition of identities, computed from the reasons that stand.

A "different" from a colleague is never violated. A "same" from a colleague comes before anything Heard found. An edge
that would put two different people into one group is left out, and says so. Deterministic: the order of the reasons in
the ledger decides, never the order in which rows are read.
"""

from collections.abc import Iterable
from typing import NamedTuple

SAID_DIFFERENT = "said_different"
RANK = {"said_same": 0, "same_address": 1}  # which reason is believed first


class Reason(NamedTuple):
    id: int
    left: int
    right: int
    kind: str


def partition(members: Iterable[int], reasons: Iterable[Reason]) -> tuple[list[frozenset[int]], list[Reason]]:
    """Groups of identities, each sorted into one person, and the reasons that were overruled by a "different"."""
    group = {m: m for m in members}
    reasons = list(reasons)
    apart = [(r.left, r.right) for r in reasons if r.kind == SAID_DIFFERENT]
    overruled = []
    for reason in sorted((r for r in reasons if r.kind in RANK), key=lambda r: (RANK[r.kind], r.id)):
        left, right = group[reason.left], group[reason.right]
        if left == right:
            continue
        if any({group[a], group[b]} == {left, right} for a, b in apart):
            overruled.append(reason)
            continue
        keep, give_up = min(left, right), max(left, right)
        group = {m: keep if g == give_up else g for m, g in group.items()}
    found: dict[int, set[int]] = {}
    for member, g in group.items():
        found.setdefault(g, set()).add(member)
    return [frozenset(found[g]) for g in sorted(found)], overruled
