"""How each face of somebody is treated in front of others, and which must not be named beside the rest."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from heard.identity.models import Face, Facet
from heard.identity.pages import FACE, FaceRow, Person
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


def shown(faces: Sequence[FaceRow]) -> list[FaceShown]:
    """Each of these faces, which the viewer may know of, with how it is treated and what it allows.

    Three queries for any number, one more where a channel knows STOP.
    """
    identity_ids = [face.id for face in faces]
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


def unnamed_where(identity_id: int) -> list[str]:
    """Addresses and names that must not stand where this face is spoken to openly, without those that it bears itself.

    Those of the same customer's faces that are kept apart; of all others when this one is. Whoever asks learns nothing but
    whether words that they wrote are among them, so what only other teams know counts as well. Two queries.
    """
    faces = {row[0]: FaceRow(*row) for row in _with(identities=[identity_id])}
    if len(faces) < 2:
        return []
    treatments = treatments_of(faces)
    apart = {id_ for id_, how in treatments.items() if how.never_link}
    beside = [face for id_, face in faces.items() if id_ != identity_id and (id_ in apart or identity_id in apart)]
    own = {word.casefold() for word in _borne(faces[identity_id])}
    return [word for word in dict.fromkeys(w for face in beside for w in _borne(face)) if word.casefold() not in own]


def _borne(face: FaceRow) -> list[str]:
    return [word for word in (face.handle, face.external_id, face.profile_url, face.name) if word]


def _spoken_of(identity_id: int, told: dict, known: Sequence[str]) -> list[str]:
    """Kinds of channel that somebody said something about, although none of ours leads there now."""
    return sorted({kind for id_, kind, _ in told if id_ == identity_id} - set(known))


def _allowances(identity_id: int, kinds: Iterable[str], told: dict) -> Iterable[Allowance]:
    for kind in kinds:
        for purpose in PURPOSES:
            use = (identity_id, kind, purpose)
            yield Allowance(kind, purpose, may_use(use, told), told.get(use))


@prepared
def _with() -> QuerySet:
    """This face and the others of its customer."""
    same = Face.objects.filter(identity_id__in=given_ids("identities")).values("customer_id")
    return Face.objects.filter(customer_id__in=same).order_by("identity_id").values_list(*FACE)


@prepared
def _treatments() -> QuerySet:
    found = Facet.objects.filter(identity_id__in=given_ids("identities"))
    return found.values_list("identity_id", "never_link", "audience", "tone", "set_by__name", "set_at")


def draw(request: HttpRequest, person: Person) -> str:
    """The panel beside the timeline."""
    about = {"faces": shown(person.faces), "purposes": PURPOSES.items(), "person_id": person.id}
    return render_to_string("identity/_faces.html", about, request=request)
