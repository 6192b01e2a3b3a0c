"""What the page for judging a pair asks: the two side by side, what speaks for and against, and what would change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from heard.governance.permissions import Viewer
from heard.identity import directory, pages, preview, review
from heard.identity.directory import CustomerRow
from heard.identity.models import Face, ReviewPair, Trait
from heard.identity.pages import FaceRow, Person
from heard.identity.preview import Preview
from heard.identity.rules import evidence
from heard.identity.rules.evidence import Line
from heard.identity.rules.traits import FIELDS
from heard.kernel.clock import now
from heard.kernel.counting import Tally
from heard.kernel.prepared import given_ids, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import Voice, visible_interactions


@dataclass(frozen=True)
class Side:
    """One of the two: the identity that is compared, and the customer it belongs to now."""

    face: FaceRow
    person: Person
    row: CustomerRow | None  # how often they spoke and when last; None: nothing that the viewer may read
    words: Voice | None  # the last that this identity said

    @property
    def others(self) -> list[FaceRow]:
        return [face for face in self.person.faces if face.id != self.face.id]


class Compared(NamedTuple):
    """A field of both, with the line that weighed it; none where one side says nothing."""

    field: str
    left: Sequence[str]
    right: Sequence[str]
    line: Line | None


@dataclass(frozen=True)
class Pair:
    """A pair to judge."""

    id: int
    left: Side
    right: Side
    rows: tuple[Compared, ...]
    rest: tuple[Line, ...]  # what weighs besides the fields
    weight: float
    found_at: datetime
    preview: Preview

    @property
    def odds(self) -> str:
        return evidence.odds(self.weight)


class Judgement(NamedTuple):
    """What somebody said about a pair, for taking it back at once."""

    pair_id: int
    left: str
    right: str
    words: str
    by: str


def waiting(viewer: Viewer) -> Tally:
    return review.how_many(viewer)


def next_pair(viewer: Viewer, *, wanted: int | None = None) -> Pair | None:
    """The pair asked for if it still waits, else the likeliest that does. A fixed number of queries."""
    found = review.next_open(viewer, now(), wanted=wanted)
    return _pair(viewer, found) if found else None


def judgement(viewer: Viewer, pair_id: int) -> Judgement | None:
    """None for a pair that nobody judged, or of which this viewer may not see both sides."""
    pair = ReviewPair.objects.select_related("decided_by", "left", "right").filter(pk=pair_id, decided_by__isnull=False).first()
    if pair is None or len(list(_faces(viewer, identities=[pair.left_id, pair.right_id]))) < 2:
        return None
    left, right = (side.name or side.handle or side.external_id for side in (pair.left, pair.right))
    return Judgement(
        pair.pk, left, right, ReviewPair.Decision(pair.decision).label, pair.decided_by.name if pair.decided_by else ""
    )


def _pair(viewer: Viewer, pair: ReviewPair) -> Pair:
    left, right = _sides(viewer, pair.left_id, pair.right_id)
    lines = evidence.lines(pair.parts)
    rows = _compared(pair, lines)
    rest = tuple(line for line in lines if not line.left and not line.right)
    would = preview.of_joining(viewer, pair.left_id, pair.right_id)
    return Pair(pair.pk, left, right, tuple(rows), rest, pair.weight, pair.found_at, would)


def _sides(viewer: Viewer, left: int, right: int) -> list[Side]:
    faces = {row[0]: (FaceRow(*row[:-1]), row[-1]) for row in _faces(viewer, identities=[left, right])}
    customers = {customer_id for _, customer_id in faces.values()}
    people = {customer_id: pages.person(viewer, customer_id) for customer_id in customers}
    rows = {row.id: row for row in directory.rows(viewer, sorted(customers))}
    newest = {i: id_ for i, id_ in _newest(viewer, identities=[left, right]) if id_}
    voices = listening.voices(viewer, newest.values())
    return [
        Side(face, people[customer_id], rows.get(customer_id), voices.get(newest.get(i, 0)))
        for i, (face, customer_id) in ((i, faces[i]) for i in (left, right))
    ]


def _compared(pair: ReviewPair, lines: Iterable[Line]) -> list[Compared]:
    """What was weighed, the heaviest first, then what one of the two says alone."""
    weighed = [line for line in lines if line.left or line.right]
    told: dict[str, tuple[list[str], list[str]]] = {}
    for identity_id, field, value in _traits(identities=[pair.left_id, pair.right_id]):
        if field in FIELDS:
            told.setdefault(field, ([], []))[identity_id == pair.right_id].append(value)
    rows = [Compared(line.what, [line.left], [line.right], line) for line in weighed]
    shown = {FIELDS[part["field"]] for part in pair.parts if part.get("field") in FIELDS}
    rest = [Compared(FIELDS[f], *values, None) for f, values in told.items() if FIELDS[f] not in shown and f != "avatar_hash"]
    return rows + sorted(rest, key=lambda row: list(FIELDS.values()).index(row.field))


@prepared
def _faces(viewer: Viewer) -> QuerySet:
    theirs = pages.visible_faces(viewer).filter(identity_id__in=given_ids("identities"))
    return theirs.values_list(*pages.FACE, "customer_id")


@prepared
def _newest(viewer: Viewer) -> QuerySet:
    said = visible_interactions(viewer).filter(identity_id=OuterRef("identity_id"), direction="inbound")
    newest = said.order_by("-occurred_at", "-id").values("id")[:1]
    return Face.objects.filter(identity_id__in=given_ids("identities")).values_list("identity_id", Subquery(newest))


@prepared
def _traits() -> QuerySet:
    found = Trait.objects.filter(identity_id__in=given_ids("identities")).order_by("field", "id")
    return found.values_list("identity_id", "field", "value")
