"""Questions about who is who."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import Customer, Face, IdentityLink
from heard.kernel import bulk
from heard.listening.selectors import visible_interactions


def visible_faces(viewer: Viewer) -> QuerySet[Face]:
    """The one door to faces: an identity is seen by who may read something it said."""
    faces = Face.objects.all()
    if viewer.sees_every_team:
        return faces
    return faces.filter(Exists(visible_interactions(viewer).filter(identity_id=OuterRef("identity_id"))))


def visible_customers(viewer: Viewer) -> QuerySet[Customer]:
    """Customers with a face that the viewer sees; homes that were merged into another customer have none and are left out."""
    return Customer.objects.filter(Exists(visible_faces(viewer).filter(customer_id=OuterRef("pk"))))


def customers_of(identity_ids: Iterable[int]) -> dict[int, int]:
    """{identity: customer}; identities of ours have none. One query."""
    return {
        key[0]: row[0] for key, row in bulk.existing(Face, ["identity_id"], [(i,) for i in identity_ids], ["customer_id"]).items()
    }


def identities_of(customer_ids: Iterable[int]) -> dict[int, list[int]]:
    """{customer: their identities, first met first}. One query."""
    found: dict[int, list[int]] = {}
    for customer_id, identity_id in bulk.select(Face, ["customer_id"], [(c,) for c in customer_ids], ["identity_id"]):
        found.setdefault(customer_id, []).append(identity_id)
    return found


def identities_seen(viewer: Viewer, customer_ids: Iterable[int]) -> dict[int, list[int]]:
    """{customer: those of their identities that the viewer may know of}. A face that only another team met is not among them."""
    found: dict[int, list[int]] = {}
    faces = visible_faces(viewer).filter(customer_id__in=list(customer_ids)).order_by("id")
    for customer_id, identity_id in faces.values_list("customer_id", "identity_id"):
        found.setdefault(customer_id, []).append(identity_id)
    return found


def names_of(customer_ids: Iterable[int]) -> dict[int, str]:
    return dict(Customer.objects.filter(id__in=list(customer_ids)).values_list("id", "name"))


def reasons_about(identity_ids: Iterable[int]) -> list[IdentityLink]:
    """The ledger behind a customer: every reason, also those taken back, oldest first."""
    ids = list(identity_ids)
    links = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids))
    return list(links.select_related("left", "right", "author", "withdrawn_by").order_by("id"))


def sees_identities(viewer: Viewer, identity_ids: Iterable[int]) -> bool:
    """Whether the viewer may read at least one thing that each of them said."""
    wanted = set(identity_ids)
    return visible_faces(viewer).filter(identity_id__in=wanted).count() == len(wanted)
