"""What the page of a customer asks. A customer is seen by those who may read at least one thing they said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import Customer, Face
from heard.identity.selectors import visible_faces
from heard.kernel.prepared import given, given_ids, prepared
from heard.listening.selectors import visible_interactions


class FaceRow(NamedTuple):
    """One address, handle or number of a customer."""

    id: int
    network: str
    external_id: str
    handle: str
    name: str
    profile_url: str
    verified: bool
    followers: int | None

    @property
    def address(self) -> str:
        return self.handle or self.external_id


FACE = [f"identity__{name}" for name in FaceRow._fields]


@dataclass(frozen=True)
class Person:
    """A customer as their page and its forms name them. `hidden_faces`: known to other teams only."""

    id: int
    given_name: str
    organisation: str
    faces: tuple[FaceRow, ...]
    hidden_faces: int

    @property
    def name(self) -> str:
        return called(self.given_name, self.faces)

    @property
    def identity_ids(self) -> list[int]:
        return [face.id for face in self.faces]


@dataclass(frozen=True)
class Acquaintance:
    """How often somebody spoke, from when to when, in which ways and on which channels of ours (id, kind, name)."""

    spoke: int
    first_at: datetime | None
    last_at: datetime | None
    kinds: list[str]
    accounts: list[tuple[int, str, str]]


def called(given_name: str, faces: Collection[FaceRow]) -> str:
    """The best name we have; an address when nobody ever said a name."""
    return given_name or next((f.name or f.address for f in faces), "Somebody without a name")


# ── One customer ────────────────────────────────────────────────────────────────────────────────────────────────────


def person(viewer: Viewer, customer_id: int) -> Person:
    """One query. Raises Customer.DoesNotExist for somebody whom this viewer may not know."""
    rows = _faces_with_seen(viewer, customer=customer_id)
    faces = tuple(FaceRow(*face) for name, organisation, seen, *face in rows if seen)
    if not faces:
        raise Customer.DoesNotExist
    return Person(customer_id, rows[0][0], rows[0][1] or "", faces, len(rows) - len(faces))


@prepared
def _faces_with_seen(viewer: Viewer) -> QuerySet:
    """(customer's name, organisation, whether the viewer sees the face, *face)"""
    seen = visible_faces(viewer).filter(pk=OuterRef("pk"))
    faces = Face.objects.filter(customer_id=given("customer")).order_by("identity_id")
    return faces.values_list("customer__name", "customer__organisation__name", Exists(seen), *FACE)


def acquaintance(viewer: Viewer, identity_ids: Sequence[int]) -> Acquaintance:
    """One query, which reads everything they said that the viewer may read."""
    rows = _spoke(viewer, identities=identity_ids)
    accounts = {(id_, kind, name) for _, id_, kind, name, *_ in rows}
    return Acquaintance(
        spoke=sum(row[-3] for row in rows),
        first_at=min((row[-2] for row in rows), default=None),
        last_at=max((row[-1] for row in rows), default=None),
        kinds=sorted({row[0] for row in rows}),
        accounts=sorted(accounts, key=lambda account: account[2].lower()),
    )


@prepared
def _spoke(viewer: Viewer) -> QuerySet:
    """(kind, account's id, kind and name, how often, from when, until when)"""
    theirs = visible_interactions(viewer).filter(identity_id__in=given_ids("identities")).order_by()
    ways = theirs.values("kind", "account_id", "account__kind", "account__name")
    return ways.annotate(count=Count("id"), first=Min("occurred_at"), last=Max("occurred_at")).values_list(
        "kind", "account_id", "account__kind", "account__name", "count", "first", "last"
    )
