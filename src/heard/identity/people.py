"""From reasons to people: recompute which identities are one customer, after a reason was added or taken back."""

from collections.abc import Iterable

from django.db.models import Q

from heard.identity.models import Face, IdentityLink
from heard.identity.rules.partition import Reason, partition
from heard.kernel import outbox


def regroup(identity_ids: Iterable[int]) -> dict[int, int]:
    """Recompute the customers of everybody connected to these identities. Returns {identity: customer} of the whole component.

    A group's customer is the oldest home among its faces, so taking a reason back gives everyone exactly the customer
    they had. Tells "customer.regrouped" with the customers whose faces changed.
    """
    members, reasons = _component(set(identity_ids))
    faces = {f.identity_id: f for f in Face.objects.filter(identity_id__in=members)}
    groups, _ = partition(faces, [r for r in reasons if r.left in faces and r.right in faces])
    touched: set[int] = set()
    answer: dict[int, int] = {}
    for group in groups:
        customer_id = min(faces[i].home_id for i in group)
        for i in group:
            answer[i] = customer_id
            if faces[i].customer_id != customer_id:
                touched |= {faces[i].customer_id, customer_id}
                Face.objects.filter(identity_id=i).update(customer_id=customer_id)
    if touched:
        outbox.tell("customer.regrouped", customer_ids=sorted(touched), identity_ids=sorted(answer))
    return answer


def _component(identity_ids: set[int]) -> tuple[set[int], set[Reason]]:
    """Everybody reachable over reasons that stand: one query a ring, and people have few identities."""
    members, ring, reasons = set(identity_ids), set(identity_ids), set()
    while ring:
        links = IdentityLink.objects.filter(Q(left_id__in=ring) | Q(right_id__in=ring), withdrawn_at=None)
        found = {Reason(*row) for row in links.values_list("id", "left_id", "right_id", "kind")}
        reasons |= found
        ring = {i for r in found for i in (r.left, r.right)} - members
        members |= ring
    return members, reasons
