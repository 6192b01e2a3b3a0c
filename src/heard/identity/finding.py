"""Finding customers by anything: name, handle, mail address, phone and order number, postcode, organisation.

A text index holds one document for each face. Nothing of it is made while voices are walked: who is new is made findable by a
job of its own moments later, and until then the few newest faces are looked through one by one. What changes about somebody
known is made anew by whoever changes it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce

from heard.governance.permissions import Viewer
from heard.identity.models import Face, Findable, Membership, Order, Record, Shipment, Trait
from heard.identity.rules.findable import PHONES, may_be_said, questions, words_of
from heard.identity.selectors import visible_faces
from heard.kernel import bulk
from heard.kernel.prepared import given, given_ids, prepared
from heard.kernel.rules.words import asked as words_asked
from heard.kernel.rules.words import has_all, indexed
from heard.kernel.search import TextIndex
from heard.listening import selectors as listening

index = TextIndex("identity_words")

TOGETHER = 1000  # faces made findable in one transaction
NEWEST = 300  # faces that are looked through one by one, when the job is behind
AT_ONCE = 100  # hits that are weighed at first
DEEPEST_LOOK = 5000  # hits weighed in one question
SAID = 60  # voices whose speakers are found by a number that they said
MOST_CODES = 40  # of one identity, the newest
CODES = ("postcode", "customer_number")


# ── Asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def customers(viewer: Viewer, asked: str, *, below: int | None = None, limit: int) -> dict[int, int]:
    """{customer: the newest of their faces that answers}, the last met first; only by faces that the viewer may know of.

    `below` is a face: those that stand on earlier pages are left out.
    """
    found: dict[int, int] = {}
    weighed = 0
    for faces in _hits(asked, below):
        for face_id, customer_id in _seen(viewer, faces=faces):
            found.setdefault(customer_id, face_id)
        weighed += len(faces)
        if len(found) >= limit or weighed >= DEEPEST_LOOK:
            break
    if below is None and len(found) < limit and may_be_said(asked):
        for face_id, customer_id in _by_words_said(viewer, asked):
            found.setdefault(customer_id, face_id)
    elif below is not None:
        found = _not_yet_shown(viewer, asked, below, found)
    return dict(list(found.items())[:limit])


def _hits(asked: str, below: int | None) -> Iterator[Sequence[int]]:
    """Faces in pages, newest first."""
    first, *others = questions(asked)
    newest = _among_newest(asked, below)
    if others:  # a number, a handle, an address: few have it
        few = {id_ for question in (first, *others) for id_ in next(index.hits(question, before=below, page=AT_ONCE), [])}
        yield sorted({*newest, *few}, reverse=True)
        return
    if newest:
        yield newest
    yield from index.hits(first, before=below, page=AT_ONCE)


def _among_newest(asked: str, below: int | None) -> list[int]:
    """Of the faces that the index does not hold yet."""
    faces = [id_ for (id_,) in _not_indexed() if below is None or id_ < below]
    return [id_ for id_, text in documents(faces) if _answers(text, asked)] if faces else []


def _answers(text: str, asked: str) -> bool:
    said = indexed(text).split()
    return any(words and has_all(words, said) for words in map(words_asked, questions(asked)))


@prepared
def _not_indexed() -> QuerySet:
    after = Coalesce(Subquery(Findable.objects.values("up_to")[:1]), 0)
    return Face.objects.filter(pk__gt=after).order_by("-pk").values_list("pk")[:NEWEST]


@prepared
def _seen(viewer: Viewer) -> QuerySet:
    return visible_faces(viewer).filter(pk__in=given_ids("faces")).order_by("-pk").values_list("pk", "customer_id")


def _by_words_said(viewer: Viewer, asked: str) -> list[tuple[int, int]]:
    """Those who said it: their order number, their postcode."""
    said = listening.search(viewer, asked, limit=SAID)
    return _speakers(viewer, voices=said) if said else []


@prepared
def _speakers(viewer: Viewer) -> QuerySet:
    said = listening.visible_interactions(viewer).filter(id__in=given_ids("voices"), direction="inbound")
    return Face.objects.filter(identity_id__in=said.values("identity_id")).order_by("-pk").values_list("pk", "customer_id")


def _not_yet_shown(viewer: Viewer, asked: str, below: int, found: dict[int, int]) -> dict[int, int]:
    """Whoever is also found by a newer face stands on an earlier page."""
    newer = dict(_faces_from(viewer, customers=found, face=below)) if found else {}
    shown = {newer[face] for face, text in documents(newer) if _answers(text, asked)}
    return {customer_id: face for customer_id, face in found.items() if customer_id not in shown}


@prepared
def _faces_from(viewer: Viewer) -> QuerySet:
    faces = visible_faces(viewer).filter(customer_id__in=given_ids("customers"), pk__gte=given("face"))
    return faces.values_list("pk", "customer_id")


# ── Keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def catch_up(most: int = 20_000) -> int:
    """Make who is new findable; by the timetable. Returns how many faces."""
    done = 0
    while done < most:
        with bulk.one_writer():  # so do all who make faces: none below the last is still on its way
            last = Findable.objects.first() or Findable()
            faces = list(Face.objects.filter(pk__gt=last.up_to).order_by("pk").values_list("pk", flat=True)[:TOGETHER])
            if not faces:
                return done
            index.add(documents(faces))
            last.up_to = faces[-1]
            last.save()
        done += len(faces)
        if len(faces) < TOGETHER:
            return done
    return done


def renew(identity_ids: Iterable[int]) -> None:
    """Something else is known of these now: whoever is findable already is found by it. Part of the caller's transaction."""
    up_to = Findable.objects.values_list("up_to", flat=True).first() or 0
    faces = Face.objects.filter(identity_id__in=bulk.among(identity_ids), pk__lte=up_to)
    index.add(documents(list(faces.values_list("pk", flat=True))))


def forget(identity_ids: Collection[int]) -> None:
    """Nobody finds these any more. Part of the caller's transaction, before their faces go."""
    index.remove(Face.objects.filter(identity_id__in=bulk.among(identity_ids)).values_list("pk", flat=True))


def documents(faces: Collection[int]) -> list[tuple[int, str]]:
    """(face, text) of all that each is found by. A constant number of queries."""
    rows = _faces(faces=faces) if faces else []
    identities = [row[1] for row in rows]
    names: dict[int, list[str]] = {}
    numbers: dict[int, list[str]] = {}
    codes: dict[int, list[str]] = {}
    for identity_id, field, value in _traits(identities=identities) if rows else ():
        (numbers if field in PHONES else codes if field in CODES else names).setdefault(identity_id, []).append(value)
    for identity_id, organisation in _memberships(identities=identities) if rows else ():
        names.setdefault(identity_id, []).append(organisation)
    for ask in (_orders, _parcels, _records):
        for identity_id, *values in ask(identities=identities) if rows else ():
            codes.setdefault(identity_id, []).extend(filter(None, values))
    found = []
    for face_id, identity_id, network, address, *known in rows:
        by_number = network in PHONES
        found.append(
            (
                face_id,
                words_of(
                    [*known, address if "@" in address else "", *names.get(identity_id, ())],
                    [*([address] if by_number else ()), *numbers.get(identity_id, ())],
                    [*(() if by_number or "@" in address else (address,)), *codes.get(identity_id, ())[:MOST_CODES]],
                ),
            )
        )
    return found


@prepared
def _faces() -> QuerySet:
    names = ("identity__handle", "identity__name", "customer__name", "customer__organisation__name")
    faces = Face.objects.filter(pk__in=given_ids("faces"))
    return faces.order_by("pk").values_list("pk", "identity_id", "identity__network", "identity__external_id", *names)


@prepared
def _traits() -> QuerySet:
    return Trait.objects.filter(identity_id__in=given_ids("identities")).values_list("identity_id", "field", "value")


@prepared
def _memberships() -> QuerySet:
    theirs = Membership.objects.filter(identity_id__in=given_ids("identities"))
    return theirs.values_list("identity_id", "organisation__name")


@prepared
def _orders() -> QuerySet:
    return Order.objects.filter(identity_id__in=given_ids("identities")).order_by("-pk").values_list("identity_id", "number")


@prepared
def _parcels() -> QuerySet:
    sent = Shipment.objects.filter(identity_id__in=given_ids("identities")).order_by("-pk")
    return sent.values_list("identity_id", "tracking", "postcode")


@prepared
def _records() -> QuerySet:
    return Record.objects.filter(identity_id__in=given_ids("identities")).values_list("identity_id", "external_id")
