"""From reasons to people: recompute which identities are one customer, after a reason was added or taken back."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from heard.identity import review
from heard.identity.models import Face, IdentityLink
from heard.identity.rules.grounds import stands_alone
from heard.identity.rules.partition import MATCHED, SAID_DIFFERENT, Reason, partition
from heard.identity.rules.survivor import Standing, survivor
from heard.kernel import bulk, outbox
from heard.kernel.prepared import given_ids, prepared


def regroup(identity_ids: Iterable[int]) -> dict[int, int]:
    """Recompute the customers of everybody connected to these identities. Returns {identity: customer} of all of them.

    A group's customer is one of the homes of its faces (rules/survivor.py), so taking a reason back gives everyone exactly the
    customer they had. Tells "customer.regrouped" with the customers whose faces changed. Three queries for each ring of
    acquaintances, whatever the number of identities.
    """
    component = Component(identity_ids)
    answer = component.customers()
    moved = {i: c for i, c in answer.items() if component.before[i] != c}
    bulk.update(Face, "identity_id", ["customer_id"], sorted(moved.items()))
    review.settle(answer, component.apart)
    if moved:
        _tell(component.before, answer, moved)
    return answer


def _tell(before: Mapping[int, int], after: Mapping[int, int], moved: Mapping[int, int]) -> None:
    """`parted`: somebody is no longer with those whom they shared a customer with."""
    touched = {c for i in moved for c in (before[i], after[i])}
    places: dict[int, set[int]] = {}
    for i, customer_id in before.items():
        places.setdefault(customer_id, set()).add(after[i])
    parted = any(len(there) > 1 for there in places.values())
    outbox.tell("customer.regrouped", customer_ids=sorted(touched), identity_ids=sorted(after), parted=parted)


class Component:
    """Everybody who may be affected: who is reachable over reasons to be one person, who shares a customer with them now, and who
    was told apart from any of these: whether a pair waits to be judged hangs on both of its sides."""

    def __init__(self, identity_ids: Iterable[int]) -> None:
        self.faces: dict[int, Standing] = {}
        self.before: dict[int, int] = {}
        self.reasons: dict[int, Reason] = {}
        ring = set(identity_ids)
        while ring:
            met = self._meet(ring)
            ring = self._next_to(met) - set(self.faces)

    @property
    def apart(self) -> set[tuple[int, int]]:
        return {(r.left, r.right) for r in self.reasons.values() if r.kind == SAID_DIFFERENT and self._is_within(r)}

    def customers(self, *, without: Iterable[int] = (), also: Iterable[Reason] = ()) -> dict[int, int]:
        """{identity: customer} with all reasons that stand; or as it would be without some of them, and with others."""
        gone = set(without)
        standing = [r for r in self.reasons.values() if r.id not in gone and self._is_within(r)]
        groups, _ = partition(self.faces, [*standing, *also])
        homes = {group: survivor(self.faces[m] for m in group) for group in groups}
        return {i: home for group, home in homes.items() for i in group}

    def _is_within(self, r: Reason) -> bool:
        return r.left in self.faces and r.right in self.faces

    def _meet(self, identity_ids: set[int]) -> set[int]:
        """Their faces, and the other faces of their customers. Returns whom it met."""
        met = set()
        for customer_id, identity_id, home_id, network, key in _faces(identities=identity_ids):
            self.faces[identity_id] = Standing(identity_id, home_id, network, key)
            self.before[identity_id] = customer_id
            met.add(identity_id)
        return met

    def _next_to(self, met: set[int]) -> set[int]:
        """Whom the reasons of these lead to. What matching found against somebody weighs, and leads to nobody."""
        found: set[int] = set()
        for id_, left, right, kind, weight, parts in [*_links_from(identities=met), *_links_to(identities=met)]:
            self.reasons[id_] = Reason(id_, left, right, kind, weight, stands_alone(parts))
            if kind != MATCHED or weight > 0:
                found |= {left, right}
        return found


@prepared
def _faces() -> QuerySet:
    theirs = Face.objects.filter(identity_id__in=given_ids("identities")).values("customer_id")
    columns = ("customer_id", "identity_id", "home_id", "identity__network", "certain_key")
    return Face.objects.filter(customer_id__in=theirs).values_list(*columns)


LINK = ("id", "left_id", "right_id", "kind", "weight", "parts")


@prepared
def _links_from() -> QuerySet:
    return IdentityLink.objects.filter(left_id__in=given_ids("identities"), withdrawn_at=None).values_list(*LINK)


@prepared
def _links_to() -> QuerySet:
    return IdentityLink.objects.filter(right_id__in=given_ids("identities"), withdrawn_at=None).values_list(*LINK)
