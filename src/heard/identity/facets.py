"""How each face of somebody is treated in front of others, and which must not be named beside the rest."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from heard.governance.permissions import Viewer
from heard.identity.models import Face, Facet
from heard.identity.pages import FACE, FaceRow, Person
from heard.identity.selectors import visible_faces
from heard.kernel.prepared import given_ids, prepared
from heard.listening import consent
from heard.listening.rules.consent import PURPOSES, Word, may_use


class Treatment(NamedTuple):
    """`never_link`: not openly; colleagues know. Empty words: nothing was said."""

    never_link: bool = False
    audience: str = ""
    tone: str = ""
    set_by: str | None = None
    set_at: datetime | None = None


class Allowance(NamedTuple):
    """One use of an address. `word`: who said so and when; None while nobody said anything."""

    kind: str
    purpose: str
    is_allowed: bool
    word: Word | None

    @property
    def purpose_words(self) -> str:
        return PURPOSES[self.purpose]


@dataclass(frozen=True)
class FaceShown:
    face: FaceRow
    treatment: Treatment
    allowances: tuple[Allowance, ...]
    kinds: tuple[str, ...]  # of channel, that lead to it

    @property
    def told(self) -> list[Allowance]:
        """What somebody said something about; the rest follows the rule that answers may go and nothing else."""
        return [allowance for allowance in self.allowances if allowance.word]


def shown(viewer: Viewer, identity_ids: Sequence[int]) -> list[FaceShown]:
    """Each face with how it is treated and what it allows. Four queries for any number, one more where a channel knows STOP."""
    faces = [FaceRow(*row) for row in _faces(viewer, identities=identity_ids)]
    treatments = treatments_of(identity_ids)
    told = consent.standing_of(identity_ids)
    kinds = consent.kinds_by_network({face.network for face in faces})
    return [
        FaceShown(
            face,
            treatments.get(face.id, Treatment()),
            tuple(_allowances(face.id, [*kinds[face.network], *_spoken_of(face.id, told, kinds[face.network])], told)),
            tuple(kinds[face.network]),
        )
        for face in faces
    ]


def treatments_of(identity_ids: Collection[int]) -> dict[int, Treatment]:
    return {id_: Treatment(*row) for id_, *row in _treatments(identities=identity_ids)}


def never_named_beside(viewer: Viewer, identity_id: int) -> list[FaceRow]:
    """The other faces of the same customer that must not be named where this one is spoken to openly.

    All of them when this face itself is never to be linked. Two queries.
    """
    others = [FaceRow(*row) for row in _others(viewer, identities=[identity_id]) if row[0] != identity_id]
    if not others:
        return []
    treatments = treatments_of([identity_id, *(face.id for face in others)])
    if treatments.get(identity_id, Treatment()).never_link:
        return others
    return [face for face in others if treatments.get(face.id, Treatment()).never_link]


def unnamed_where(viewer: Viewer, identity_id: int) -> list[str]:
    """Addresses and names that must not stand where this face is spoken to openly, without those that it bears itself."""
    beside = never_named_beside(viewer, identity_id)
    if not beside:
        return []
    own = {word.casefold() for row in _bare(identities=[identity_id]) for word in row if word}
    said = [word for face in beside for word in (face.handle, face.external_id, face.profile_url, face.name)]
    return [word for word in dict.fromkeys(said) if word and word.casefold() not in own]


@prepared
def _bare() -> QuerySet:
    rows = Face.objects.filter(identity_id__in=given_ids("identities"))
    return rows.values_list("identity__handle", "identity__external_id", "identity__profile_url", "identity__name")


def _spoken_of(identity_id: int, told: dict, known: Sequence[str]) -> list[str]:
    """Kinds of channel that somebody said something about, although none of ours leads there now."""
    return sorted({kind for id_, kind, _ in told if id_ == identity_id} - set(known))


def _allowances(identity_id: int, kinds: Iterable[str], told: dict) -> Iterable[Allowance]:
    for kind in kinds:
        for purpose in PURPOSES:
            use = (identity_id, kind, purpose)
            yield Allowance(kind, purpose, may_use(use, told), told.get(use))


@prepared
def _faces(viewer: Viewer) -> QuerySet:
    theirs = visible_faces(viewer).filter(identity_id__in=given_ids("identities")).order_by("identity_id")
    return theirs.values_list(*FACE)


@prepared
def _others(viewer: Viewer) -> QuerySet:
    """Also what other teams know: who must not be named must not be named by anybody."""
    same = Face.objects.filter(identity_id__in=given_ids("identities")).values("customer_id")
    return Face.objects.filter(customer_id__in=same).order_by("identity_id").values_list(*FACE)


@prepared
def _treatments() -> QuerySet:
    found = Facet.objects.filter(identity_id__in=given_ids("identities"))
    return found.values_list("identity_id", "never_link", "audience", "tone", "set_by__name", "set_at")


def draw(request: HttpRequest, person: Person) -> str:
    """The panel beside the timeline."""
    faces = shown(request.viewer, person.identity_ids)  # type: ignore[attr-defined]
    about = {"faces": faces, "purposes": PURPOSES.items(), "person_id": person.id}
    return render_to_string("identity/_faces.html", about, request=request)
