"""Newcomer after newcomer: whom they may be, how sure that is, and which groups come of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from heard.identity.rules.matching.compare import Evidence, compare
from heard.identity.rules.matching.gather import gather, weight_of_groups
from heard.identity.rules.matching.keys import Keys, found_by
from heard.identity.rules.matching.normal import Profile
from heard.identity.rules.matching.weights import Counts, Weights

MOST_COMPARED = 120  # of those that share a key, the ones that share most
MOST_GROUPS = 4  # that one newcomer is held against as a whole
MOST_MEMBERS = 40  # of a group
WORTH_A_LOOK = -4.0  # bits: below, a pair says nothing about the groups of the two
ROOM = 3.0  # bits: values become rarer as a batch comes in

Pair = tuple[int, int]
Group = frozenset[int]


class Link(NamedTuple):
    """Two, and what speaks for and against their being one person. `left` is the smaller."""

    left: int
    right: int
    evidence: Evidence


class Found(NamedTuple):
    """`links` is new evidence within the newcomer's group, and new weights of pairs that were believed before; `joined` the groups, as they were, that it is one with now.

    `review` is the pair that a person should judge: no group is sure enough, and one is not far from it.
    """

    group: Group
    joined: list[Group]
    links: list[Link]
    review: Link | None = None
    compared: dict[int, float] = {}  # {whom the newcomer was held against: bits}


class Book:
    """Who is known, as far as it matters for those who come. Fill it with `know` and `believe`, then `add` the newcomers."""

    def __init__(self, weights: Weights, counts: Counts) -> None:
        self.weights = weights
        self.counts = counts
        self.profiles: dict[int, Profile] = {}
        self.groups: dict[int, Group] = {}
        self.having: dict[int, list[int]] = {}  # {key: who has it, the newest last}
        self.bits: dict[int, dict[int, float]] = {}  # {one: {other: bits}}, both ways
        self.certain: dict[int, set[int]] = {}  # one person for reasons that are not ours, both ways
        self.apart: dict[int, set[int]] = {}  # told apart by a colleague, both ways

    def know(self, identity_id: int, profile: Profile, group: Iterable[int], keys: Iterable[int] = ()) -> None:
        """Somebody from before. Whoever is in the group must be made known too; the newest of a key come last."""
        self.profiles[identity_id] = profile
        self.groups[identity_id] = frozenset(group)
        for key in keys:
            self.having.setdefault(key, []).append(identity_id)

    def believe(self, left: int, right: int, bits: float) -> None:
        self.bits.setdefault(left, {})[right] = bits
        self.bits.setdefault(right, {})[left] = bits

    def be_sure(self, left: int, right: int, *, same: bool) -> None:
        known = self.certain if same else self.apart
        known.setdefault(left, set()).add(right)
        known.setdefault(right, set()).add(left)

    def add(self, identity_id: int, profile: Profile, keys: Keys | None = None, *, is_counted: bool = False) -> Found:
        """Somebody new, or somebody of whom more is known now. `is_counted`: what they say is in the counts already."""
        keys = found_by(profile) if keys is None else keys
        before = self.profiles.get(identity_id)
        self.profiles[identity_id] = profile
        mine = self.groups.setdefault(identity_id, frozenset((identity_id,)))
        compared = {c: self._compare(identity_id, c) for c in candidates(identity_id, keys, self.having)}
        near = self._near(identity_id, mine, compared)
        found = self._decide(identity_id, mine, near, compared)
        for key in keys.all:
            having = self.having.setdefault(key, [])
            if before is None or identity_id not in having:
                having.append(identity_id)
        if not is_counted:
            self._count(identity_id, before, found)
        return found._replace(compared={c: e.bits for c, e in compared.items()})

    def _compare(self, left: int, right: int) -> Evidence:
        return compare(self.profiles[left], self.profiles[right], self.counts, self.weights)

    def _near(self, identity_id: int, mine: Group, compared: dict[int, Evidence]) -> list[Group]:
        """The groups that may be the newcomer's, the likeliest first. Every member of them is compared after this, and of `mine`."""
        best: dict[Group, float] = {}
        for c, evidence in compared.items():
            if evidence.bits >= WORTH_A_LOOK and c not in mine:
                group = self.groups[c]
                best[group] = max(best.get(group, WORTH_A_LOOK), evidence.bits)
        near = sorted(best, key=lambda group: (-best[group], min(group)))[:MOST_GROUPS]
        for group in (*near, mine):
            for member in sorted(group)[-MOST_MEMBERS:]:
                if member not in compared and member != identity_id:
                    compared[member] = self._compare(identity_id, member)
        return near

    def _decide(self, identity_id: int, mine: Group, near: list[Group], compared: dict[int, Evidence]) -> Found:
        if not near and len(mine) == 1:
            return Found(mine, [], [])
        possible = {group: self._weight(group, compared) for group in near}
        near = [group for group in near if possible[group] >= self.weights.attach_bits or self._certain(group, mine)]
        concerned = mine.union(*near)
        fresh = {_pair(identity_id, c): e for c, e in compared.items() if c in concerned}
        if len(near) + (len(mine) > 1) > 1:
            fresh |= self._bridged(identity_id, [mine - {identity_id}, *near])
        groups = self._gathered(concerned, fresh)
        group = next(g for g in groups if identity_id in g)
        joined = [g for g in near if not g.isdisjoint(group)]
        links = [Link(*pair, e) for pair, e in fresh.items() if group.issuperset(pair) or pair[1] in self.bits.get(pair[0], ())]
        for link in links:
            self.believe(link.left, link.right, link.evidence.bits)
        for g in groups:
            for member in g:
                self.groups[member] = g
        return Found(group, joined, links, None if joined else self._review(identity_id, possible, compared))

    def _weight(self, group: Group, compared: dict[int, Evidence]) -> float:
        bits = [compared[m].bits for m in group if m in compared]
        return weight_of_groups(bits, 1, len(group), self.weights.surest)

    def _certain(self, group: Group, mine: Group) -> bool:
        return any(not self.certain.get(m, group).isdisjoint(group) for m in mine if m in self.certain)

    def _bridged(self, identity_id: int, groups: list[Group]) -> dict[Pair, Evidence]:
        """The newcomer may be of several groups: then these may be one person too, and that is asked of all their pairs."""
        fresh = {}
        for n, one in enumerate(groups):
            for other in groups[n + 1 :]:
                for a in sorted(one)[-MOST_MEMBERS // 2 :]:
                    for b in sorted(other)[-MOST_MEMBERS // 2 :]:
                        if b not in self.bits.get(a, ()):
                            fresh[_pair(a, b)] = self._compare(a, b)
        return fresh

    def _gathered(self, concerned: Collection[int], fresh: dict[Pair, Evidence]) -> list[Group]:
        """From all evidence there is among them, as if they had all come at once."""
        bits = {(m, o): b for m in concerned for o, b in self.bits.get(m, {}).items() if m < o and o in concerned}
        bits |= {pair: evidence.bits for pair, evidence in fresh.items()}
        apart = [(m, o) for m in concerned if m in self.apart for o in self.apart[m] if m < o]
        return gather(
            self._certain_groups(concerned), bits, apart=apart, attach_bits=self.weights.attach_bits, surest=self.weights.surest
        )

    def _certain_groups(self, concerned: Collection[int]) -> list[Group]:
        groups, left = [], set(concerned)
        while left:
            group, ring = set(), {left.pop()}
            while ring:
                group |= ring
                ring = {o for m in ring for o in self.certain.get(m, ()) if o in left}
                left -= ring
            groups.append(frozenset(group))
        return groups

    def _review(self, identity_id: int, possible: dict[Group, float], compared: dict[int, Evidence]) -> Link | None:
        open_ = [
            g for g, bits in possible.items() if bits >= self.weights.review_bits and not self.apart.get(identity_id, set()) & g
        ]
        if not open_:
            return None
        group = max(open_, key=lambda g: (possible[g], -min(g)))
        other = max((m for m in group if m in compared), key=lambda m: (compared[m].bits, -m))
        return Link(*_pair(identity_id, other), compared[other])

    def _count(self, identity_id: int, before: Profile | None, found: Found) -> None:
        """What is new of a person is counted, once however many records say it."""
        if len(found.group) == 1:
            self.counts.come(before is None)
        elif len(found.joined) > (before is None):
            self.counts.come((before is None) - len(found.joined))
        terms = self.profiles[identity_id].terms()
        if before is not None:
            terms -= before.terms()
        for member in found.group:
            if not terms:
                break
            if member != identity_id:
                terms -= self.profiles[member].terms()
        having = self.counts.having
        for term in terms:
            having[term] = having.get(term, 0) + 1


def candidates(identity_id: int, keys: Keys, having: Mapping[int, Sequence[int]]) -> list[int]:
    """Whom somebody is held against: who shares a key with them, of many those who share most."""
    shared = keys.find(having)
    shared.pop(identity_id, None)
    if len(shared) <= MOST_COMPARED:
        return list(shared)
    return [c for c, _ in shared.most_common(MOST_COMPARED)]


def could_be(newcomer: Profile, others: Iterable[tuple[int, Profile]], counts: Counts, weights: Weights) -> Iterator[int]:
    """Those of the others whom the newcomer may turn out to be, however rare what they have in common is.

    `counts` need to know the newcomer's values only. A value of the others that is not known counts as rare, which is the most that
    an agreement can be worth: nobody is left out who would be judged otherwise. It spares asking for all that is counted and believed
    of everybody who was born on the same day.
    """
    for other_id, other in others:
        if compare(newcomer, other, counts, weights).bits >= WORTH_A_LOOK - ROOM:
            yield other_id


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)
