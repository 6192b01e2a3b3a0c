"""Questions about who is who."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from heard.governance.permissions import Viewer, within_teams
from heard.identity.models import Customer, Face, IdentityLink, Record, Trait, Vouched
from heard.kernel import bulk
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import visible_interactions


def visible_faces(viewer: Viewer) -> QuerySet[Face]:
    """The one door to faces: an identity is seen by who may read something it said, or a record of it that their team may see."""
    faces = Face.objects.all()
    if viewer.sees_every_team:
        return faces
    said = visible_interactions(viewer).filter(identity_id=OuterRef("identity_id"))
    told = Record.objects.filter(within_teams(viewer), identity_id=OuterRef("identity_id"))
    vouched = Vouched.objects.filter(within_teams(viewer, "record__team"), identity_id=OuterRef("identity_id"))
    return faces.filter(Exists(said) | Exists(told) | Exists(vouched))


def visible_customers(viewer: Viewer) -> QuerySet[Customer]:
    """Customers with a face that the viewer sees; homes that were merged into another customer have none and are left out."""
    return Customer.objects.filter(Exists(visible_faces(viewer).filter(customer_id=OuterRef("pk"))))


def customers_of(identity_ids: Iterable[int]) -> dict[int, int]:
    """{identity: customer}; identities of ours have none. One query."""
    return {
        key[0]: row[0] for key, row in bulk.existing(Face, ["identity_id"], [(i,) for i in identity_ids], ["customer_id"]).items()
    }


def vouched_for(certain_key: str, *, network: str) -> list[int]:
    """Identities of a network that it vouches for with this very evidence. None at all once somebody has told them apart."""
    if not certain_key:
        return []
    found = list(
        Face.objects.filter(certain_key=certain_key, identity__network=network).values_list("identity_id", "customer_id")
    )
    return [identity_id for identity_id, _ in found] if len({customer_id for _, customer_id in found}) == 1 else []


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


def names_of_speakers(identity_ids: Iterable[int]) -> dict[int, str]:
    """{identity: name of its customer}; none for one of ours. One query for any number."""
    return dict(_names_of_speakers(identities=identity_ids))


@prepared
def _names_of_speakers() -> QuerySet:
    return Face.objects.filter(identity_id__in=given_ids("identities")).values_list("identity_id", "customer__name")


def sees_identities(viewer: Viewer, identity_ids: Iterable[int]) -> bool:
    """Whether the viewer may read at least one thing that each of them said."""
    wanted = set(identity_ids)
    return visible_faces(viewer).filter(identity_id__in=wanted).count() == len(wanted)


class Known(NamedTuple):
    """An identity as a conversation shows it, and whose it is; one of ours is nobody's."""

    id: int
    network: str
    external_id: str
    handle: str
    name: str
    profile_url: str
    verified: bool
    is_ours: bool
    first_seen_at: datetime
    customer_id: int | None = None
    customer_name: str = ""


_OF_IDENTITY = Known._fields[:-2]


def known_with(viewer: Viewer, identity_ids: Iterable[int]) -> list[Known]:
    """These identities, and whatever else the viewer may know their customers by; by id. One query, two when one of ours is there."""
    wanted = set(identity_ids)
    found = [Known(*row) for row in _known_with(viewer, identities=wanted)]
    if ours := wanted.difference(k.id for k in found):
        rows = listening.identities(ours).values()
        found = sorted([*found, *(Known(*(getattr(i, name) for name in _OF_IDENTITY)) for i in rows)])
    return found


@prepared
def _known_with(viewer: Viewer) -> QuerySet:
    wanted = given_ids("identities")
    theirs = Face.objects.filter(customer_id__in=Face.objects.filter(identity_id__in=wanted).values("customer_id"))
    if not viewer.sees_every_team:
        theirs = theirs.filter(
            Q(identity_id__in=wanted) | Exists(visible_interactions(viewer).filter(identity_id=OuterRef("identity_id")))
        )
    columns = [f"identity__{name}" for name in _OF_IDENTITY]
    return theirs.order_by("identity_id").values_list(*columns, "customer_id", "customer__name")


class Reason(NamedTuple):
    """Why two identities are held to be one person, or not; `author` is a name, empty for Heard itself."""

    id: int
    kind: str
    why: str
    author: str
    made_at: datetime

    @property
    def kind_words(self) -> str:
        return str(IdentityLink.Kind(self.kind).label)


def reasons_among(identity_ids: Iterable[int]) -> list[Reason]:
    """The reasons that stand between two of these, oldest first. One query; none for one identity."""
    ids = set(identity_ids)
    if len(ids) < 2:
        return []
    return [Reason(id_, kind, why, author or "", at) for id_, kind, why, author, at in _reasons_among(identities=ids)]


@prepared
def _reasons_among() -> QuerySet:
    ids = given_ids("identities")
    links = IdentityLink.objects.filter(left_id__in=ids, right_id__in=ids, withdrawn_at=None).order_by("id")
    return links.values_list("id", "kind", "why", "author__name", "made_at")


class Told(NamedTuple):
    """What a profile or a record of ours says of somebody, as it was given; `source` says who told us."""

    identity_id: int
    field: str  # one of rules/traits.py
    value: str
    source: str
    seen_at: datetime


def traits_seen(viewer: Viewer, identity_ids: Iterable[int]) -> list[Told]:
    """What is said of those of these identities that the viewer may know of, the newest first. One query."""
    return [Told(*row) for row in _traits_seen(viewer, identities=set(identity_ids))]


@prepared
def _traits_seen(viewer: Viewer) -> QuerySet:
    seen = visible_faces(viewer).filter(identity_id__in=given_ids("identities")).values("identity_id")
    return Trait.objects.filter(identity_id__in=seen).order_by("-seen_at", "-id").values_list(*Told._fields)
