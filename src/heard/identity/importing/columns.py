"""Which column is what: guessed from the names that exports use, shown to a person, changed with a choice of theirs.

A mapping is {field: column}; a column may be a path into nested objects ("customer.email"), and a value that begins with
"=" is a constant ("=EUR").
"""

import re
from collections.abc import Iterable, Mapping

from heard.identity.importing.kinds import AGREED, CONTACT, KINDS, Kind

NEEDED_FOR_A_YES = {"agreed_at", "agreed_how"}  # without these nobody is taken to have agreed to anything
_BETWEEN = re.compile(r"[^a-z0-9]+")


class BadMapping(ValueError):
    """The mapping names what does not exist, or leaves out what is needed. Nothing was read."""


def plain(column: str) -> str:
    """ "Customer Number" and "customer.number" as guesses know them."""
    return _BETWEEN.sub("_", column.lower()).strip("_")


def guessed(kind: Kind, columns: Iterable[str]) -> dict[str, str]:
    """The mapping for these columns; fields without a likely column are left out. No column is taken twice but for an id.
    What people agreed to is not guessed where no column says when and where they did."""
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(plain(column), column)
    mapping: dict[str, str] = {}
    for field in kind.fields:
        taken = {c for f, c in mapping.items() if f != "id"}
        found = next((known[name] for name in field.columns if name in known and known[name] not in taken), None)
        if found is not None:
            mapping[field.name] = found
    return mapping if mapping.keys() >= NEEDED_FOR_A_YES else {f: c for f, c in mapping.items() if f not in AGREED}


def likely_kind(columns: Iterable[str]) -> Kind:
    """The kind whose telling fields are found most, all that it needs being there; people when nothing tells."""
    names = list(columns)
    best, most = CONTACT, 0.0
    for kind in KINDS.values():
        mapping = guessed(kind, names)
        if any(f.needed and f.name not in mapping for f in kind.fields):
            continue
        told = sum(name in mapping for name in kind.telling) / len(kind.telling)
        named = sum(plain(c).startswith(kind.name) for c in names) / 2
        if told + named > most:
            best, most = kind, told + named
    return best


def completed(kind: Kind, guess: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The guess with a person's choices over it; an empty choice takes a field out. Raises BadMapping."""
    strange = [name for name in chosen if kind.field(name) is None]
    if strange:
        raise BadMapping(f"{kind.label} have no field {strange[0]!r}; theirs are {', '.join(f.name for f in kind.fields)}")
    mapping = {f.name: c for f in kind.fields if (c := {**guess, **chosen}.get(f.name))}
    missing = [f.name for f in kind.fields if f.needed and f.name not in mapping]
    if missing:
        raise BadMapping(f"no column found for {', '.join(missing)}; say which one it is, as {missing[0]}=COLUMN")
    if kind is CONTACT and not mapping.keys() & {"id", "email", "phone"}:
        raise BadMapping("no column found for id, email or phone: without one of them nobody could be told apart")
    return mapping
