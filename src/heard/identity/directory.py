"""The list of customers: last heard first, whatever the size of the store.

When a customer was last heard depends on who asks, so it is written down nowhere. Voices are read from the newest down until
a page of different people is found; ids ascend with arrival, so that is a short way along the primary key. Whoever sees
little of what is there is told how far was looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery

from heard.governance.permissions import HEARD, Viewer
from heard.identity import finding
from heard.identity.models import Customer, Face
from heard.identity.pages import FACE, FaceRow, called
from heard.identity.selectors import visible_faces
from heard.kernel.counting import MOST, Tally
from heard.kernel.prepared import given, given_ids, prepared
from heard.listening.selectors import visible_interactions

PAGE = 40
AT_ONCE = 400  # voices; two out of three are by somebody who is not among them yet
STRETCH = 10_000  # ids of voices that one question goes through at most
DEEPEST_LOOK = 50_000  # ids of voices that one page goes through
ANY = 2**62  # above every id
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class CustomerRow:
    """A line of the list: the person, their faces, how often they spoke and when last."""

    id: int
    given_name: str
    faces: tuple[FaceRow, ...]
    spoke: int
    last_at: datetime | None

    @property
    def name(self) -> str:
        return called(self.given_name, self.faces)

    @property
    def addresses(self) -> list[str]:
        """Each once: many have one handle everywhere."""
        return list(dict.fromkeys(face.address for face in self.faces))


class Place(NamedTuple):
    """Where a page begins: below a voice; among those who never spoke, below a customer; among those asked for, below a face."""

    voice: int | None = None
    customer: int | None = None
    face: int | None = None


FIRST = Place()


@dataclass(frozen=True)
class Part:
    """A page of the list. `older` is where the next one begins; `count` is of all customers, known on the first page only."""

    customer_ids: list[int]
    older: Place | None = None
    count: Tally | None = None


def last_heard(viewer: Viewer, place: Place = FIRST) -> Part:
    """Those heard last, then those we only ever spoke to. A page may be short of people and still not the last one."""
    wanted = MOST + 1 if place == FIRST else PAGE + 1
    look = _Look(viewer, place.voice, is_over=place.customer is not None)
    while len(look.found) < wanted and look.may_go_on:
        look.go_on()
    found = list(look.found)
    if look.is_over and len(found) < wanted and viewer.sees_every_team:
        found += [id_ for (id_,) in _never_heard(below=place.customer or ANY)]
    is_counted = place == FIRST and (look.is_over or len(found) > MOST)
    return Part(found[:PAGE], _after(found, look), Tally(len(found)) if is_counted else None)


def _after(found: list[int], look: "_Look") -> Place | None:
    if len(found) > PAGE:
        last = found[PAGE - 1]
        return Place(voice=look.found[last]) if last in look.found else Place(customer=last)
    return None if look.is_over else Place(voice=look.below)


class _Look:
    """Voices from the newest down, and whose they are."""

    def __init__(self, viewer: Viewer, below: int | None, *, is_over: bool) -> None:
        self.viewer = viewer
        self.is_over = is_over
        self.begins_at = below
        newest, self.oldest = (0, 0) if is_over else _newest_and_oldest()
        self.below = 0 if is_over else below or newest + 1
        self.deepest = self.below - DEEPEST_LOOK
        self.found: dict[int, int] = {}  # {customer: their newest voice}, newest first
        self.on_earlier_pages: set[int] = set()

    @property
    def may_go_on(self) -> bool:
        return not self.is_over and self.below > self.deepest

    def go_on(self) -> None:
        """Look at some voices more."""
        down_to = max(self.below - STRETCH, self.oldest)
        voices = _voices(self.viewer, below=self.below, down_to=down_to)
        self.found |= self._not_yet_shown(self._newest_by_customer(voices))
        self.below = voices[-1][0] if len(voices) == AT_ONCE else down_to
        self.is_over = self.below <= self.oldest

    def _newest_by_customer(self, voices: list[tuple[int, int]]) -> dict[int, int]:
        """Of customers who were not met before."""
        by_identity: dict[int, int] = {}
        for id_, identity_id in voices:
            by_identity.setdefault(identity_id, id_)
        whose = dict(_whose(identities=by_identity))
        newest: dict[int, int] = {}
        for identity_id, id_ in by_identity.items():
            customer_id = whose.get(identity_id)
            if customer_id is not None and customer_id not in self.found and customer_id not in self.on_earlier_pages:
                newest.setdefault(customer_id, id_)
        return newest

    def _not_yet_shown(self, met: dict[int, int]) -> dict[int, int]:
        """Who spoke again later stands on an earlier page."""
        if self.begins_at is None or not met:
            return met
        rows = _newest_of_faces(self.viewer, customers=met)
        again = {customer_id for customer_id, newest in rows if newest is not None and newest >= self.begins_at}
        self.on_earlier_pages |= again
        return {customer_id: id_ for customer_id, id_ in met.items() if customer_id not in again}


def _newest_and_oldest() -> tuple[int, int]:
    """Ids of voices. The oldest need not be near 1: of a house that forgets, or that was moved, it lies anywhere."""
    return next(iter(_ends()), (0, 0))


@prepared
def _ends() -> QuerySet:
    there = visible_interactions(HEARD).filter(id__gt=0)
    return there.order_by("-id").values_list("id", Subquery(there.order_by("id").values("id")[:1]))[:1]


@prepared
def _voices(viewer: Viewer) -> QuerySet:
    """(voice, identity), newest first."""
    there = visible_interactions(viewer).filter(direction="inbound", id__lt=given("below"), id__gte=given("down_to"))
    return there.order_by("-id").values_list("id", "identity_id")[:AT_ONCE]


@prepared
def _whose() -> QuerySet:
    return Face.objects.filter(identity_id__in=given_ids("identities")).values_list("identity_id", "customer_id")


@prepared
def _newest_of_faces(viewer: Viewer) -> QuerySet:
    """(customer, newest voice of a face)"""
    theirs = visible_interactions(viewer).filter(direction="inbound", identity_id=OuterRef("identity_id")).order_by()
    newest = theirs.values("identity_id").annotate(newest=Max("id")).values("newest")
    return Face.objects.filter(customer_id__in=given_ids("customers")).values_list("customer_id", Subquery(newest))


@prepared
def _never_heard() -> QuerySet:
    faces = Face.objects.filter(customer_id=OuterRef("pk"))
    spoke = visible_interactions(HEARD).filter(direction="inbound", identity_id=OuterRef("identity_id"))
    silent = Customer.objects.filter(Exists(faces), ~Exists(faces.filter(Exists(spoke))), pk__lt=given("below"))
    return silent.order_by("-pk").values_list("pk")[: MOST + 1]


# ── Those who were asked for ────────────────────────────────────────────────────────────────────────────────────────


def named(viewer: Viewer, asked: str, place: Place = FIRST) -> Part:
    """Customers who are found by what was asked, the last met first. See finding.py."""
    found = finding.customers(viewer, asked, below=place.face, limit=MOST + 1 if place == FIRST else PAGE + 1)
    ids = list(found)
    return Part(
        ids[:PAGE],
        older=Place(face=found[ids[PAGE - 1]]) if len(ids) > PAGE else None,
        count=Tally(len(ids)) if place == FIRST else None,
    )


# ── Their lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(viewer: Viewer, customer_ids: Sequence[int]) -> list[CustomerRow]:
    """The lines of these customers, last heard first. Two queries for any number."""
    if not customer_ids:
        return []
    faces: dict[int, list[FaceRow]] = {}
    names: dict[int, str] = {}
    for customer_id, name, *face in _faces_of(viewer, customers=customer_ids):
        names[customer_id] = name
        faces.setdefault(customer_id, []).append(FaceRow(*face))
    spoke = {id_: said for id_, *said in _spoke(viewer, identities=[f.id for found in faces.values() for f in found])}
    lines = [_row(id_, names[id_], tuple(faces[id_]), spoke) for id_ in customer_ids if id_ in faces]
    # What is brought in from elsewhere comes in any order; on a page at least the times descend.
    return sorted(lines, key=lambda row: row.last_at or NEVER, reverse=True)


def _row(id_: int, name: str, faces: tuple[FaceRow, ...], spoke: dict[int, list]) -> CustomerRow:
    counts = [spoke[f.id] for f in faces if f.id in spoke]
    return CustomerRow(id_, name, faces, sum(n for n, _ in counts), max((last for _, last in counts), default=None))


@prepared
def _faces_of(viewer: Viewer) -> QuerySet:
    faces = visible_faces(viewer).filter(customer_id__in=given_ids("customers")).order_by("identity_id")
    return faces.values_list("customer_id", "customer__name", *FACE)


@prepared
def _spoke(viewer: Viewer) -> QuerySet:
    """(identity, how often, when last)"""
    theirs = visible_interactions(viewer).filter(identity_id__in=given_ids("identities")).order_by()
    counted = theirs.values("identity_id").annotate(count=Count("id"), last=Max("occurred_at"))
    return counted.values_list("identity_id", "count", "last")
