"""The timeline of a customer: everything that was said and everything else that happened, newest first, a stretch at a time.

Things of different kinds stand in one order: by moment, then by the name of their kind, then by their key. A place is such a
triple, so a stretch begins above or below any event whatever its kind, and what comes in meanwhile moves nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal, NamedTuple

from django.db.models import Q, QuerySet

from heard.governance.permissions import Viewer
from heard.identity.slots import Happenings, answers_to, happenings
from heard.kernel.prepared import given, given_ids, given_moment, prepared
from heard.listening import selectors as listening
from heard.listening.selectors import Voice, visible_interactions
from heard.listening.slots import addresses

STRETCH = 40
VOICE = "voice"
SAID = "said"  # the filter for voices of every kind
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ANY = 2**62  # above every key

Way = Literal["newest", "older", "newer"]


class Place(NamedTuple):
    """Where an event stands, or would stand."""

    at: datetime
    name: str
    id: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}.{self.name}.{self.id}"

    @classmethod
    def parse(cls, written: str) -> "Place | None":
        """None for anything that `str` did not write."""
        moment, _, rest = written.partition(".")
        name, _, id_ = rest.partition(".")
        if not (moment.removeprefix("-").isdecimal() and len(moment) < 18 and id_.isdecimal() and len(id_) < 19):
            return None
        return cls(EPOCH + int(moment) * MICROSECOND, name, int(id_))

    @classmethod
    def end_of(cls, day: date, zone: tzinfo) -> "Place":
        """Above everything that happened until the end of that day."""
        return cls(datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC), "", 0)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What part of a timeline is asked for; empty means everything. A channel is only where something was said."""

    kind: str = ""  # of a voice ("call"), or the name of what else happened ("note")
    account_id: int | None = None


@dataclass(frozen=True)
class Told:
    """A voice with the address of the page where it stands among the others, empty for none."""

    voice: Voice
    address: str


@dataclass(frozen=True)
class Event:
    """One thing that happened. `template` has a macro draw(it) for `thing`."""

    place: Place
    template: str
    thing: Any
    day: date

    @property
    def key(self) -> str:
        return f"{self.place.name}-{self.place.id}"


@dataclass(frozen=True)
class Stretch:
    """Part of a timeline, newest first. `newer` and `older` are where to go on; None where there is nothing more, or where the
    page has it already."""

    events: list[Event]
    newer: Place | None = None
    older: Place | None = None


def stretch(
    viewer: Viewer,
    identity_ids: Sequence[int],
    filters: Filters,
    *,
    zone: tzinfo,
    before: Place | None = None,
    after: Place | None = None,
) -> Stretch:
    """The newest events, or those next to a place. Days are those of `zone`. A fixed number of queries for any length."""
    way: Way = "newer" if after else "older" if before else "newest"
    found = sorted(set(_places(viewer, identity_ids, filters, way, after or before)), reverse=way != "newer")
    shown, is_more = found[:STRETCH], len(found) > STRETCH
    events = _events(viewer, sorted(shown, reverse=True), zone)
    if way == "newer":
        return Stretch(events, newer=shown[-1] if is_more else None)
    above = shown[0] if shown else before
    return Stretch(events, newer=above if before else None, older=shown[-1] if is_more else None)


def kinds_of_events() -> list[tuple[str, str]]:
    """(name, plural) of what may stand on a timeline beside voices."""
    return [(each.name, each.plural) for each in happenings]


# ── Where things stand ──────────────────────────────────────────────────────────────────────────────────────────────


class _Asked(NamedTuple):
    """The shape of a question about one kind of thing."""

    of_kind: bool
    of_account: bool
    way: Way


def _places(viewer: Viewer, identity_ids: Sequence[int], filters: Filters, way: Way, place: Place | None) -> Iterable[Place]:
    """Of each kind that is asked for, the STRETCH + 1 events that are next to the place."""
    others = {each.name: each for each in happenings}
    values: dict[str, Any] = {"identities": identity_ids, "kind": filters.kind, "account": filters.account_id}

    def next_to(name: str, question: Callable[..., list[tuple]], *shape: Any) -> list[Place]:
        beside = {"at": place.at, "id": _limit(name, place, way)} if place else {}
        return [Place(at, name, id_) for at, id_ in question(viewer, *shape, **values, **beside)]

    if filters.kind not in others:
        asked = _Asked(filters.kind not in ("", SAID), filters.account_id is not None, way)
        yield from next_to(VOICE, _theirs, asked)
        for answers in answers_to:
            yield from next_to(VOICE, _ours, answers, asked)
    if filters.account_id is None:
        for each in others.values():
            if filters.kind in ("", each.name):
                yield from next_to(each.name, _happened, each, way)


def _limit(name: str, place: Place, way: Way) -> int:
    """Of events of this kind at the very moment of the place: those below this key come next, or above it when going newer."""
    if name == place.name:
        return place.id
    comes_first = name < place.name if way == "older" else name > place.name
    if way == "older":
        return ANY if comes_first else 0
    return -1 if comes_first else ANY


@prepared
def _theirs(viewer: Viewer, asked: _Asked) -> QuerySet:
    return _said(visible_interactions(viewer).filter(identity_id__in=given_ids("identities")), asked)


@prepared
def _ours(viewer: Viewer, answers: Callable[..., QuerySet], asked: _Asked) -> QuerySet:
    ours = visible_interactions(viewer).filter(direction="outbound", id__in=answers(viewer, given_ids("identities")))
    return _said(ours, asked)


@prepared
def _happened(viewer: Viewer, each: Happenings, way: Way) -> QuerySet:
    return _next(each.of(viewer, given_ids("identities")), each.moment, way)


def _said(voices: QuerySet, asked: _Asked) -> QuerySet:
    if asked.of_kind:
        voices = voices.filter(kind=given("kind"))
    if asked.of_account:
        voices = voices.filter(account_id=given("account"))
    return _next(voices, "occurred_at", asked.way)


def _next(rows: QuerySet, moment: str, way: Way) -> QuerySet:
    """(when, key), the nearest first. The first condition says nothing new: it lets an index begin at the place."""
    at = given_moment("at") if way != "newest" else None
    if way == "older":
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(pk__lt=given("id")), **{f"{moment}__lte": at})
    elif way == "newer":
        rows = rows.filter(Q(**{f"{moment}__gt": at}) | Q(pk__gt=given("id")), **{f"{moment}__gte": at})
    down = "" if way == "newer" else "-"
    return rows.order_by(f"{down}{moment}", f"{down}pk").values_list(moment, "pk")[: STRETCH + 1]


# ── What happened there ─────────────────────────────────────────────────────────────────────────────────────────────


def _events(viewer: Viewer, places: Sequence[Place], zone: tzinfo) -> list[Event]:
    """In the order of `places`. What the viewer may not read after all is left out."""
    keys: dict[str, list[int]] = {}
    for place in places:
        keys.setdefault(place.name, []).append(place.id)
    things: dict[str, Mapping[int, Any]] = {VOICE: _told(viewer, keys[VOICE])} if VOICE in keys else {}
    templates = {VOICE: "identity/happened/voice.html"}
    for each in happenings:
        if each.name in keys:
            things[each.name] = each.tell(viewer, keys[each.name])
            templates[each.name] = each.template
    return [
        Event(place, templates[place.name], things[place.name][place.id], place.at.astimezone(zone).date())
        for place in places
        if place.id in things[place.name]
    ]


def _told(viewer: Viewer, interaction_ids: Sequence[int]) -> dict[int, Told]:
    found = listening.voices(viewer, interaction_ids)
    where: dict[int, str] = {}
    for known in addresses:
        where |= known(viewer, interaction_ids)
    return {id_: Told(voice, where.get(id_, "")) for id_, voice in found.items()}
