"""What the customer pages ask. A customer is seen by those who may read at least one thing they said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity import selectors
from heard.identity.models import Customer, Face, IdentityLink
from heard.identity.selectors import visible_customers, visible_faces
from heard.identity.slots import answers_to
from heard.listening import selectors as listening
from heard.listening.selectors import Voice, visible_interactions

PAGE = 40


@dataclass(frozen=True)
class CustomerRow:
    """A line of the customer list: the person, their faces, how often they spoke and when last."""

    customer: Customer
    faces: tuple[Any, ...]  # listening's Identity
    spoke: int
    last_at: datetime | None

    @property
    def name(self) -> str:
        return called(self.customer, self.faces)


@dataclass(frozen=True)
class Person:
    """Everything the head of a customer page says. `hidden_faces`: known to other teams only."""

    customer: Customer
    faces: tuple[Any, ...]
    hidden_faces: int
    spoke: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def name(self) -> str:
        return called(self.customer, self.faces)

    @property
    def identity_ids(self) -> list[int]:
        return [face.pk for face in self.faces]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What part of a timeline is asked for; empty means everything. `before` is the interaction below which to go on."""

    kind: str = ""
    account_id: int | None = None
    before: int | None = None


@dataclass(frozen=True)
class Story:
    """Part of a timeline, newest first. `older` is where to go on, None at the beginning of the acquaintance."""

    voices: list[Voice]
    older: int | None
    kinds: list[str] = field(default_factory=list)
    accounts: list[tuple[int, str, str]] = field(default_factory=list)  # id, kind, name


@dataclass(frozen=True)
class Ground:
    """One line of the ledger "why we think this is one person"."""

    reason: IdentityLink

    @property
    def stands(self) -> bool:
        return self.reason.withdrawn_at is None

    @property
    def is_for(self) -> bool:
        return self.reason.kind != IdentityLink.Kind.SAID_DIFFERENT


def called(customer: Customer, faces: Collection[Any]) -> str:
    """The best name we have; an address when nobody ever said a name."""
    return customer.name or next((f.name or f.handle or f.external_id for f in faces), "Somebody without a name")


def customers(viewer: Viewer, asked: str = "") -> QuerySet[Customer]:
    """Customers whose name, handle or address contains what was asked; the last met first."""
    found = visible_customers(viewer)
    if asked:
        faces = visible_faces(viewer).filter(
            Q(identity__name__icontains=asked) | Q(identity__handle__icontains=asked) | Q(identity__external_id__icontains=asked)
        )
        found = found.filter(Q(name__icontains=asked) | Exists(faces.filter(customer_id=OuterRef("pk"))))
    return found.select_related("organisation").order_by("-id")


def rows(viewer: Viewer, page: Sequence[Customer]) -> list[CustomerRow]:
    """The lines of one page of customers. Three queries for any number."""
    faces = _faces_of(viewer, [c.pk for c in page])
    said = _said(viewer, [f.pk for found in faces.values() for f in found])
    return [_row(customer, faces.get(customer.pk, ()), said) for customer in page]


def person(viewer: Viewer, customer_id: int) -> Person:
    """Raises Customer.DoesNotExist for somebody whom this viewer may not know."""
    customer = visible_customers(viewer).select_related("organisation").get(pk=customer_id)
    faces = _faces_of(viewer, [customer_id]).get(customer_id, ())
    hidden = Face.objects.filter(customer_id=customer_id).count() - len(faces)
    said = _said(viewer, [f.pk for f in faces])
    first = (
        visible_interactions(viewer)
        .filter(identity_id__in=[f.pk for f in faces])
        .order_by("occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    line = _row(customer, faces, said)
    return Person(customer, faces, hidden, line.spoke, first, line.last_at)


def story(viewer: Viewer, identity_ids: Sequence[int], filters: Filters) -> Story:
    """What these identities said and what we answered, on every channel, newest first."""
    theirs = visible_interactions(viewer).filter(identity_id__in=list(identity_ids))
    ours = [
        visible_interactions(viewer).filter(direction="outbound", id__in=answers(viewer, identity_ids)) for answers in answers_to
    ]
    found = sorted({pair for part in [theirs, *ours] for pair in _newest(part, filters)}, reverse=True)
    ids = [id_ for _, id_ in found[:PAGE]]
    voices = listening.voices(viewer, ids)
    facets = list(theirs.order_by().values_list("kind", "account_id", "account__kind", "account__name").distinct())
    return Story(
        voices=[voices[i] for i in ids],
        older=ids[-1] if len(found) > PAGE else None,
        kinds=sorted({kind for kind, *_ in facets}),
        accounts=sorted({(id_, kind, name) for _, id_, kind, name in facets}, key=lambda account: account[2].lower()),
    )


def ledger(identity_ids: Sequence[int]) -> list[Ground]:
    """The reasons between faces that the viewer sees, and about other people they were told apart from; newest first."""
    known = set(identity_ids)
    reasons = [r for r in selectors.reasons_about(identity_ids) if {r.left_id, r.right_id} & known]
    return [Ground(reason) for reason in reversed(reasons)]


def may_see_both(viewer: Viewer, grounds: list[Ground]) -> list[Ground]:
    """Without the reasons of which the viewer may see one side only. One query."""
    wanted = {i for g in grounds for i in (g.reason.left_id, g.reason.right_id)}
    seen = set(visible_faces(viewer).filter(identity_id__in=wanted).values_list("identity_id", flat=True))
    return [g for g in grounds if {g.reason.left_id, g.reason.right_id} <= seen]


def _newest(part: QuerySet, filters: Filters) -> list[tuple[datetime, int]]:
    if filters.kind:
        part = part.filter(kind=filters.kind)
    if filters.account_id:
        part = part.filter(account_id=filters.account_id)
    if filters.before:
        at = part.model.objects.filter(pk=filters.before).values("occurred_at")
        part = part.filter(Q(occurred_at__lt=at[:1]) | Q(occurred_at=at[:1], id__lt=filters.before))
    return list(part.order_by("-occurred_at", "-id").values_list("occurred_at", "id")[: PAGE + 1])


def _faces_of(viewer: Viewer, customer_ids: Sequence[int]) -> dict[int, tuple]:
    found: dict[int, tuple] = {}
    for face in visible_faces(viewer).filter(customer_id__in=customer_ids).select_related("identity").order_by("identity_id"):
        found[face.customer_id] = (*found.get(face.customer_id, ()), face.identity)
    return found


def _said(viewer: Viewer, identity_ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """{identity: (how often, when last)}"""
    counted = (
        visible_interactions(viewer)
        .filter(identity_id__in=identity_ids)
        .order_by()
        .values("identity_id")
        .annotate(count=Count("id"), last=Max("occurred_at"))
    )
    return {row["identity_id"]: (row["count"], row["last"]) for row in counted}


def _row(customer: Customer, faces: tuple, said: dict[int, tuple[int, datetime]]) -> CustomerRow:
    counts = [said[f.pk] for f in faces if f.pk in said]
    return CustomerRow(customer, faces, sum(n for n, _ in counts), max((last for _, last in counts), default=None))
