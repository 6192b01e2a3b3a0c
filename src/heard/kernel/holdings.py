"""Where something about a person can stand: every room declares its tables here, and from that follow export and erasure.

A room says in its `personal.py`, of every model, which of its fields can hold something about somebody and how their rows are
found, or that it holds nothing about anybody and why. A test fails for a model or a field that nobody declared. What a row says
about itself alone (numbers, moments, choices, keys) needs no naming: it goes with its row.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Q

from heard.kernel.registry import Slot
from heard.kernel.search import TextIndex

MOST_VOICES = 10_000_000  # more than anybody says


@dataclass(frozen=True)
class Scope:
    """About whom, or what, is asked: ids of one or many identities, of the customers they are, of things they said. A few
    hundred each at most, so that a question stays one statement."""

    identities: Collection[int] = ()
    customers: Collection[int] = ()
    voices: Collection[int] = ()

    def __bool__(self) -> bool:
        return bool(self.identities or self.customers or self.voices)


def nobody(scope: Scope) -> Q:
    """For what has no key to anybody, and is swept instead."""
    return Q(pk__in=[])


@dataclass(frozen=True)
class Holding:
    """One model and what it can hold about a person.

    `of` gives the rows that are about a scope; they are exported and erased. `erase`, in place of deleting them, does what is
    right for rows that are not theirs alone and returns {what: how many rows}. `sweep` is for free text that may name somebody
    without a key to them: "redact" blanks their addresses in it, "delete" lets the row go. `swept` follows what was redacted.
    """

    model: type[models.Model]
    title: str  # as the export calls it
    holds: Sequence[str] = ()
    none: Sequence[str] = ()  # text, JSON or bytes that never hold anything about anybody
    of: Callable[[Scope], Q] = nobody
    erase: Callable[[Scope], Mapping[str, int]] | None = None
    sweep: str = ""  # "", "redact", "delete"
    swept: Callable[[Sequence[int]], None] | None = None
    not_exported: str = ""  # why, for what an export leaves out

    @property
    def label(self) -> str:
        return self.model._meta.label

    def rows(self, scope: Scope) -> models.QuerySet:
        return self.model._default_manager.filter(self.of(scope))

    def erase_rows(self, scope: Scope) -> Mapping[str, int]:
        """{model: rows that are gone}, with what went along. Inside the caller's transaction."""
        if self.erase is not None:
            return self.erase(scope)
        return self.rows(scope).delete()[1]

    def erase_some(self, scope: Scope, *, limit: int) -> Mapping[str, int]:
        """As `erase_rows`, of at most so many rows of its own; empty once nothing is left."""
        if self.erase is not None:
            return +Counter(self.erase(scope))
        ids = list(self.rows(scope).order_by("pk").values_list("pk", flat=True)[:limit])
        return self.model._default_manager.filter(pk__in=ids).delete()[1] if ids else {}


@dataclass(frozen=True)
class Traces:
    """By what somebody can be known in free text: addresses, numbers and handles as written, and their full names."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: "Traces") -> "Traces":
        return Traces(self.addresses | other.addresses, self.names | other.names)


@dataclass(frozen=True)
class Room:
    """What one room has. `holdings` are erased in their order: what points to something before what it points to.

    `voices`: at most so many ids of what these identities said, or what was said to them alone, as far as only this room knows.
    `traces`: by what they can be known. `namesakes`: of these names, those that somebody outside the scope bears too. `keeps`: of these identities, those that must stay although they say nothing any more.
    `indexes`: where their words can be searched for. `files`: sha256 of the stored files that go with a scope. `uses_files`: of such files, those that some row needs.
    """

    holdings: Sequence[Holding]
    nobodys: Mapping[type[models.Model], str] = field(default_factory=dict)
    voices: Callable[[Collection[int], int], Sequence[int]] | None = None
    traces: Callable[[Scope], Traces] | None = None
    namesakes: Callable[[Collection[str], Scope], set[str]] | None = None
    keeps: Callable[[Collection[int]], set[int]] | None = None
    indexes: Sequence[TextIndex] = ()
    files: Callable[[Scope], set[str]] | None = None
    uses_files: Callable[[Collection[str]], set[str]] | None = None


rooms: Slot[Room] = Slot("kernel.rooms")  # the earliest first, as the rooms are installed


def holdings() -> Iterator[tuple[str, Holding]]:
    """(room, holding), the latest room first: the order in which something may go."""
    for name in reversed(rooms.names()):
        for holding in rooms[name].holdings:
            yield name, holding


def erase(scope: Scope) -> Counter[str]:
    """Nothing about this scope stands in any room. Returns {model: rows}. Inside the caller's transaction."""
    gone: Counter[str] = Counter()
    for _, holding in holdings():
        gone.update(holding.erase_rows(scope))
    return +gone


def voices_of(identity_ids: Collection[int], limit: int) -> list[int]:
    """At most `limit` of what they said and what was said to them alone; the latest room is asked first, as only it knows
    what was said to them. Empty once nothing is left."""
    for name in reversed(rooms.names()):
        ask = rooms[name].voices
        if ask and (found := ask(identity_ids, limit)):
            return list(dict.fromkeys(found))[:limit]
    return []


def all_voices_of(identity_ids: Collection[int]) -> list[int]:
    """Everything they said and was said to them alone, in the order in which it arrived."""
    return sorted({id_ for room in rooms if room.voices for id_ in room.voices(identity_ids, MOST_VOICES)})


def traces_of(scope: Scope) -> Traces:
    """Of names only those that nobody else bears: any other leads to several people."""
    found = Traces()
    for room in rooms:
        if room.traces:
            found |= room.traces(scope)
    shared = {name for room in rooms if room.namesakes for name in room.namesakes(found.names, scope)}
    return Traces(found.addresses, found.names - shared)


def indexes() -> list[TextIndex]:
    return [index for room in rooms for index in room.indexes]


def files_of(scope: Scope) -> set[str]:
    return {sha256 for room in rooms if room.files for sha256 in room.files(scope)}


def unused_files(files: Collection[str]) -> set[str]:
    """Of these, what no row of any room needs any more."""
    left = set(files)
    for room in rooms:
        if left and room.uses_files:
            left -= room.uses_files(left)
    return left


def without_a_trace_elsewhere(identity_ids: Collection[int]) -> set[int]:
    """Of these, whom no room needs any more."""
    left = set(identity_ids)
    for room in rooms:
        if left and room.keeps:
            left -= room.keeps(left)
    return left


def title_of(label: str) -> str:
    """What people call the rows of a model; its own name, for one that only goes along."""
    return next((holding.title for _, holding in holdings() if holding.label == label), label.rpartition(".")[2])


WRITTEN = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def fields_to_declare(model: type[models.Model]) -> set[str]:
    """Names of the fields in which anything could be written: no choice among a few words, no key."""
    concrete: Sequence[Any] = model._meta.concrete_fields
    return {f.name for f in concrete if isinstance(f, WRITTEN) and not f.choices and not f.is_relation}
