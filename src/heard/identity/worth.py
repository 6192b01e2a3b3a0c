"""What other systems know of a customer, beside their timeline: worth, whom they belong to, who looks after them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from heard.governance.permissions import Viewer
from heard.identity.belonging import HERE, READS
from heard.identity.happened import money
from heard.identity.models import Membership, Owner, Record, Relation, Value
from heard.identity.rules.value import Part, Worth, worth
from heard.identity.selectors import customers_of, names_of, visible_faces
from heard.kernel.clock import now
from heard.kernel.prepared import given_ids, prepared

WORDS = {"change": gettext_lazy("Who looks after them, and whom they belong with")}


class Belongs(NamedTuple):
    """Somebody whom they belong with; `customer_id` leads to the page of that person."""

    customer_id: int
    name: str
    words: str


@dataclass(frozen=True)
class Known:
    """What other systems say; each empty where nobody said it. `owner`: (member, name)."""

    worth: Worth | None
    organisations: list[tuple[str, str]]  # (name, title)
    owner: tuple[int, str] | None
    related: list[Belongs]
    records: list[tuple[str, str]]  # (source, customer number)

    @property
    def is_empty(self) -> bool:
        return not (self.worth or self.organisations or self.owner or self.related or self.records)

    @property
    def money(self) -> list[str]:
        return [money(total, currency) for currency, total in self.worth.money.items()] if self.worth else []


def worth_of(identity_ids: Iterable[int]) -> Worth | None:
    """Of one person: recency, frequency and money over all these identities. One query."""
    rows = _values(identities=identity_ids)
    parts = (Part(currency, orders, Decimal(str(total)), first, last) for currency, orders, total, first, last in rows)
    return worth(parts, now=now())


def known_of(viewer: Viewer, identity_ids: Sequence[int]) -> Known:
    """A constant number of queries. The identities are those of a person that the viewer sees."""
    owners = sorted(_owners(identities=identity_ids), key=lambda row: (row[0] != HERE, row[3]))
    return Known(
        worth=worth_of(identity_ids),
        organisations=sorted(set(_memberships(identities=identity_ids))),
        owner=(owners[0][1], owners[0][2]) if owners else None,
        related=_related(viewer, identity_ids),
        records=sorted(set(_records(identities=identity_ids))),
    )


def _related(viewer: Viewer, identity_ids: Sequence[int]) -> list[Belongs]:
    rows = [(other, str(READS[kind][0])) for other, kind in _relations_from(viewer, identities=identity_ids)]
    rows += [(other, str(READS[kind][1])) for other, kind in _relations_to(viewer, identities=identity_ids)]
    if not rows:
        return []
    customers = customers_of({other for other, _ in rows})
    names = names_of(customers.values())
    mine = set(customers_of(identity_ids).values())
    found = {
        Belongs(customer, names.get(customer) or "somebody without a name", words)
        for other, words in rows
        if (customer := customers.get(other)) and customer not in mine
    }
    return sorted(found, key=lambda b: (b.name, b.words))


def panel(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    viewer = request.viewer  # type: ignore[attr-defined]
    known = known_of(viewer, identity_ids)
    of_page = request.resolver_match.kwargs.get("customer_id") if request.resolver_match else None
    customer_id = of_page if viewer.may("customer.link") else None
    if known.is_empty and not customer_id:
        return ""
    about = {"known": known, "customer_id": customer_id}
    return render_to_string("identity/known_elsewhere.html", about | {"words": WORDS}, request=request)


@prepared
def _values() -> QuerySet:
    return Value.objects.filter(identity_id__in=given_ids("identities")).values_list(*Part._fields)


@prepared
def _owners() -> QuerySet:
    return Owner.objects.filter(identity_id__in=given_ids("identities")).values_list("source", "member_id", "member__name", "id")


@prepared
def _memberships() -> QuerySet:
    return Membership.objects.filter(identity_id__in=given_ids("identities")).values_list("organisation__name", "title")


@prepared
def _records() -> QuerySet:
    known = Record.objects.filter(identity_id__in=given_ids("identities"), identity__network="record")
    return known.values_list("source", "external_id")


@prepared
def _relations_from(viewer: Viewer) -> QuerySet:
    there = visible_faces(viewer).filter(identity_id=OuterRef("other_id"))
    return Relation.objects.filter(Exists(there), identity_id__in=given_ids("identities")).values_list("other_id", "kind")


@prepared
def _relations_to(viewer: Viewer) -> QuerySet:
    there = visible_faces(viewer).filter(identity_id=OuterRef("identity_id"))
    return Relation.objects.filter(Exists(there), other_id__in=given_ids("identities")).values_list("identity_id", "kind")
