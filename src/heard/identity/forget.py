from collections import Counter
from collections.abc import Collection

from django.db.models import Q

from heard.identity import finding
from heard.identity.models import Customer, Face, IdentityLink
from heard.identity.people import regroup
from heard.identity.uncounted import uncount


def forget_identities(identity_ids: Collection[int]) -> Counter[str]:
    """Nothing is believed about these identities any more; whoever was linked to them is who they were without them.

    Returns {model: rows that are gone}.
    """
    uncount(identity_ids)
    links = IdentityLink.objects.filter(Q(left_id__in=identity_ids) | Q(right_id__in=identity_ids))
    staying = {i for pair in links.values_list("left_id", "right_id") for i in pair} - set(identity_ids)
    count = Counter(links.delete()[1])
    gone = Face.objects.filter(identity_id__in=identity_ids)
    customers = {c for pair in gone.values_list("customer_id", "home_id") for c in pair}
    finding.forget(identity_ids)
    count.update(gone.delete()[1])
    regroup(staying)
    still = {
        c
        for pair in Face.objects.filter(Q(customer_id__in=customers) | Q(home_id__in=customers)).values_list(
            "customer_id", "home_id"
        )
        for c in pair
    }
    count.update(Customer.objects.filter(id__in=customers - still).delete()[1])
    return count
