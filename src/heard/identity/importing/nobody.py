"""Identities that an import introduced and that nobody needs any more.

They go a column at a time, in one statement for each table that can hold something about them: following each row to what hangs
on it takes fifty times as long, and there is nothing to follow, since every room was asked before.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from heard.identity import finding
from heard.identity.models import (
    Customer,
    Face,
    Facet,
    IdentityLink,
    MatchKey,
    Relation,
    ReviewPair,
    Trait,
    Value,
    Vouched,
)
from heard.identity.people import regroup
from heard.kernel import bulk
from heard.kernel.holdings import without_a_trace_elsewhere
from heard.listening.consent_brought import spoken_of
from heard.listening.introduce import introduced_since, send_away

COLUMNS = (  # of everything in this room that goes with an identity; rows that another system told of are gone before
    (Trait, "identity_id"),
    (Value, "identity_id"),
    (MatchKey, "identity_id"),
    (Facet, "identity_id"),
    (Vouched, "identity_id"),
    (ReviewPair, "left_id"),
    (ReviewPair, "right_id"),
    (IdentityLink, "left_id"),
    (IdentityLink, "right_id"),
    (Face, "identity_id"),
)


def unneeded(identity_ids: Collection[int], *, since: datetime) -> set[int]:
    """Those that were introduced since then, never spoke, were never spoken to, of whom nobody said a thing, and who
    allowed and refused nothing."""
    found = introduced_since(identity_ids, since) if identity_ids else set()
    found -= judged(found) | _told_of(found) | spoken_of(found) if found else set()
    return without_a_trace_elsewhere(found) if found else set()


def judged(identity_ids: Collection[int]) -> set[int]:
    """Those of whom a colleague said who they are, or are not, or how they are to be treated."""
    ids = bulk.among(identity_ids)
    pair = Q(left_id__in=ids) | Q(right_id__in=ids)
    said = IdentityLink.objects.filter(pair).exclude(author=None).values_list("left_id", "right_id")
    decided = ReviewPair.objects.filter(pair).exclude(decided_by=None).values_list("left_id", "right_id")
    treated = set(Facet.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True))
    return ({i for both in (*said, *decided) for i in both} | treated) & set(identity_ids)


def _told_of(identity_ids: Collection[int]) -> set[int]:
    """Those that another system has for an address of somebody, or to whom somebody is related."""
    ids = bulk.among(identity_ids)
    found = set(Vouched.objects.filter(identity_id__in=ids).values_list("identity_id", flat=True))
    return found | set(Relation.objects.filter(other_id__in=ids).values_list("other_id", flat=True))


def remove(identity_ids: Collection[int]) -> None:
    """These are gone, with the customers that nobody is any more; whoever was joined to them is who they were without.

    Only of those that `unneeded` gave, in the same transaction, which is the caller's `one_writer`.
    """
    if not identity_ids:
        return
    ids = bulk.among(identity_ids)
    homes = {c for pair in Face.objects.filter(identity_id__in=ids).values_list("customer_id", "home_id") for c in pair}
    others = _joined_to(set(identity_ids))
    finding.forget(identity_ids)
    for model, column in COLUMNS:
        bulk.delete(model, column, identity_ids)
    send_away(identity_ids)
    if others:
        regroup(others)
    still = Face.objects.filter(Q(customer_id__in=bulk.among(homes)) | Q(home_id__in=bulk.among(homes)))
    bulk.delete(Customer, "id", homes - {c for pair in still.values_list("customer_id", "home_id") for c in pair})


def _joined_to(identity_ids: set[int]) -> set[int]:
    ids = bulk.among(identity_ids)
    links = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids), withdrawn_at=None)
    return {i for pair in links.values_list("left_id", "right_id") for i in pair} - identity_ids
