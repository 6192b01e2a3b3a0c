"""What the page of a customer asks. A customer is seen by those who may read at least one thing they said."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import Customer, Face, IdentityLink
from heard.identity.selectors import visible_faces
from heard.identity.slots import answers_to
from heard.kernel.prepared import given, given_ids, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import Voice, visible_interactions

PAGE = 40


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


class Ground(NamedTuple):
    """One line of the ledger "why we think this is one person". Names of members are empty for Heard itself."""

    id: int
    kind: str
    why: str
    made_at: datetime
    author: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    left_id: int
    left_handle: str
    left_external_id: str
    right_id: int
    right_handle: str
    right_external_id: str

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None

    @property
    def is_for(self) -> bool:
        return self.kind != IdentityLink.Kind.SAID_DIFFERENT

    @property
    def kind_words(self) -> str:
        return str(IdentityLink.Kind(self.kind).label)

    @property
    def left(self) -> str:
        return self.left_handle or self.left_external_id

    @property
    def right(self) -> str:
        return self.right_handle or self.right_external_id


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


def story(viewer: Viewer, identity_ids: Sequence[int], filters: Filters) -> Story:
    """What these identities said and what we answered, on every channel, newest first."""
    shape = (bool(filters.kind), filters.account_id is not None, filters.before is not None)
    asked = {"kind": filters.kind, "account": filters.account_id, "before": filters.before, "identities": identity_ids}
    pairs = set(_theirs(viewer, *shape, **asked))
    for answers in answers_to:
        pairs.update(_ours(viewer, answers, *shape, **asked))
    ids = [id_ for _, id_ in sorted(pairs, reverse=True)[: PAGE + 1]]
    shown = ids[:PAGE]
    voices = listening.voices(viewer, shown)
    return Story(voices=[voices[i] for i in shown], older=shown[-1] if len(ids) > PAGE else None)


@prepared
def _theirs(viewer: Viewer, *shape: bool) -> QuerySet:
    return _newest(visible_interactions(viewer).filter(identity_id__in=given_ids("identities")), *shape)


@prepared
def _ours(viewer: Viewer, answers: Callable[..., QuerySet], *shape: bool) -> QuerySet:
    ours = visible_interactions(viewer).filter(direction="outbound", id__in=answers(viewer, given_ids("identities")))
    return _newest(ours, *shape)


def _newest(part: QuerySet, of_kind: bool, of_account: bool, goes_on: bool) -> QuerySet:
    """(when, id) of the newest of a part that was asked for."""
    if of_kind:
        part = part.filter(kind=given("kind"))
    if of_account:
        part = part.filter(account_id=given("account"))
    if goes_on:
        at = part.model.objects.filter(pk=given("before")).values("occurred_at")[:1]
        part = part.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, id__lt=given("before")))
    return part.order_by("-occurred_at", "-id").values_list("occurred_at", "id")[: PAGE + 1]


def ledger(viewer: Viewer, identity_ids: Sequence[int]) -> list[Ground]:
    """The reasons between faces that the viewer sees, and about other people they were told apart from; newest first.

    Also those taken back. A reason of which the viewer may see one side only is left out.
    """
    grounds = [Ground(*row) for row in _grounds(identities=identity_ids)]
    others = {i for g in grounds for i in (g.left_id, g.right_id)}.difference(identity_ids)
    seen = {*identity_ids, *(i for (i,) in _seen(viewer, identities=others))} if others else set(identity_ids)
    return [g for g in grounds if {g.left_id, g.right_id} <= seen]


@prepared
def _grounds() -> QuerySet:
    ids = given_ids("identities")
    links = IdentityLink.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids)).order_by("-id")
    of_sides = [f"{side}{field}" for side in ("left", "right") for field in ("_id", "__handle", "__external_id")]
    return links.values_list("id", "kind", "why", "made_at", "author__name", "withdrawn_at", "withdrawn_by__name", *of_sides)


@prepared
def _seen(viewer: Viewer) -> QuerySet:
    return visible_faces(viewer).filter(identity_id__in=given_ids("identities")).values_list("identity_id")
