"""Who goes together, from the weights of pairs. Never a chain of pairs: a group as a whole must speak for a join.

The weight of two groups is between that of their best pair and the mean of all their pairs, where a pair that was never
compared counts as `ABSENT`. Plain connected components would need the best pair alone; on people recorded up to 21 times they
made somebody of 270 records.
"""

from collections.abc import Iterable, Mapping
from math import log2

from heard.identity.rules.matching.weights import SHIPPED

ABSENT = -5.0
LEAST, MOST = -6.0, 14.0  # one pair, however sure, does not decide for many
ESTABLISHED = 1.5  # bits against, each time that the smaller group is twice as large: who was two for long is seldom one
CROWD = 20  # faces; beyond, each further one needs a bit more: so many are rather two who share a name

Pair = tuple[int, int]


def gather(
    groups: Iterable[frozenset[int]],
    weights: Mapping[Pair, float],
    *,
    apart: Iterable[Pair] = (),
    attach_bits: float = SHIPPED.attach_bits,
    surest: float = SHIPPED.surest,
) -> list[frozenset[int]]:
    """`groups` and what `weights`, {(left, right): bits}, joins of them, by their smallest member.

    No given group is split, and nobody in `apart` is joined. The strongest pairs are asked first, again as long as any join
    came of it. The order of the arguments does not matter.
    """
    members = {min(group): set(group) for group in groups}
    of = {m: name for name, group in members.items() for m in group}
    between: dict[int, dict[int, list[float]]] = {name: {} for name in members}  # {group: {other: [sum, pairs, best]}}
    for (left, right), bits in weights.items():
        a, b = of.get(left), of.get(right)
        if a is not None and b is not None and a != b:
            _add(between, a, b, max(LEAST, min(MOST, bits)))
    forbidden: dict[int, set[int]] = {}
    for left, right in apart:
        if left in of and right in of:
            forbidden.setdefault(of[left], set()).add(of[right])
            forbidden.setdefault(of[right], set()).add(of[left])
    waiting = sorted((-bits, pair) for pair, bits in weights.items() if bits >= attach_bits and pair[0] in of and pair[1] in of)
    joined = True
    while joined:
        joined, left_out = False, []
        for bits, pair in waiting:
            a, b = of[pair[0]], of[pair[1]]
            if a == b:
                continue
            weight = _weight(between[a][b], len(members[a]), len(members[b]), surest)
            if weight >= attach_bits and b not in forbidden.get(a, ()):
                _join(min(a, b), max(a, b), members, of, between, forbidden)
                joined = True
            else:
                left_out.append((bits, pair))
        waiting = left_out
    return [frozenset(members[name]) for name in sorted(members)]


def weight_of_groups(bits: Iterable[float], size: int, other_size: int, surest: float) -> float:
    """Of two groups of so many, from the bits of those of their pairs that were compared."""
    held = [max(LEAST, min(MOST, b)) for b in bits]
    return _weight([sum(held), len(held), max(held, default=ABSENT)], size, other_size, surest)


def _weight(row: list[float], size: int, other_size: int, surest: float) -> float:
    total, compared, best = row
    pairs = size * other_size
    mean = (total + (pairs - compared) * ABSENT) / pairs
    against = ESTABLISHED * log2(min(size, other_size)) + max(0, size + other_size - CROWD)
    return surest * best + (1 - surest) * mean - against


def _add(between: dict[int, dict[int, list[float]]], a: int, b: int, bits: float) -> None:
    row = between[a].get(b)
    if row is None:
        between[a][b] = between[b][a] = [bits, 1, bits]
    else:
        row[0] += bits
        row[1] += 1
        row[2] = max(row[2], bits)


def _join(
    keep: int,
    give_up: int,
    members: dict[int, set[int]],
    of: dict[int, int],
    between: dict[int, dict[int, list[float]]],
    forbidden: dict[int, set[int]],
) -> None:
    moved = members.pop(give_up)
    members[keep] |= moved
    for m in moved:
        of[m] = keep
    rows = between.pop(give_up)
    del between[keep][give_up]
    for other, row in rows.items():
        if other == keep:
            continue
        del between[other][give_up]
        known = between[keep].get(other)
        if known is None:
            between[keep][other] = between[other][keep] = row
        else:
            known[0] += row[0]
            known[1] += row[1]
            known[2] = max(known[2], row[2])
    for other in forbidden.pop(give_up, ()):
        forbidden[other].discard(give_up)
        forbidden[other].add(keep)
        forbidden.setdefault(keep, set()).add(other)
