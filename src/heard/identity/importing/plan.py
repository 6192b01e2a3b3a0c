"""What a file is taken for, before anything is written: its kind, its mapping, and how a row of it becomes entries and voices."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from heard.identity.importing import columns
from heard.identity.importing.entries import BadRow, Entry, reader
from heard.identity.importing.exports import BY_NAME, Export, export_of
from heard.identity.importing.files import Skimmed, skim
from heard.identity.importing.kinds import KINDS, Kind
from heard.identity.importing.people import RECORD
from heard.identity.importing.rejects import TABLES, Rejects
from heard.listening.channels.api.item import BadItem
from heard.listening.channels.contract import RawEvent
from heard.listening.channels.file.rows import delivery_of
from heard.listening.channels.file.shape import moment_of

OURS = "crm"  # the source of a file that says nothing else
LINES = ("lines", "line_items", "items", "order_lines")  # of an order, where it brings them along
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_. -]{0,39}")
_NOT_AS_IT_WRITES = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class Taken(NamedTuple):
    """What one row says: entries, people first, and what somebody said."""

    entries: list[Entry]
    voices: list[RawEvent]


@dataclass(frozen=True)
class Plan:
    path: Path
    skimmed: Skimmed
    source: str
    kind: Kind | None  # None of an export of another desk
    export: Export | None = None
    mapping: dict[str, str] = field(default_factory=dict)

    @property
    def kind_name(self) -> str:
        return self.kind.name if self.kind else self.export.name if self.export else ""

    def reader(self) -> Callable[[Mapping[str, Any]], Taken]:
        """What turns a row into what it says. It raises BadRow."""
        if self.export is not None:
            return _of_export(self.export, self.source)
        assert self.kind is not None  # of a plan that `made` gave
        read = reader(self.kind, self.mapping)
        return _with_lines(read, self.mapping) if self.kind.name == "order" else lambda row: Taken([read(row)], [])

    def in_words(self) -> list[str]:
        """For a person to agree with: what it was taken for, which column is what, and which columns are left out."""
        if self.export is not None:
            return [
                f"{self.export.label}: tickets become service records and voices; internal notes are left out",
                f"source: {self.source}",
            ]
        assert self.kind is not None
        shown = {f: c if c.startswith("=") else f"← {c}" for f, c in self.mapping.items()}
        unread = [c for c in self.skimmed.columns if c not in self.mapping.values()]
        lines = [
            f"{self.kind.label} ({self.skimmed.format}), source: {self.source}",
            *(f"  {f:<14} {c}" for f, c in shown.items()),
        ]
        return [*lines, f"  not read: {', '.join(unread)}"] if unread else lines


def made(path: Path, *, kind: str = "", source: str = "", chosen: Mapping[str, str] | None = None) -> Plan:
    """Raises NotUnderstood, BadMapping."""
    skimmed = skim(path)
    if kind and kind not in KINDS and kind not in BY_NAME:
        raise columns.BadMapping(f"there is no kind {kind!r}; there are {', '.join([*KINDS, *BY_NAME])}")
    export = BY_NAME.get(kind) if kind else export_of(skimmed.examples)
    source = source.strip().lower() or (export.name if export else OURS)
    if not _SOURCE.fullmatch(source):
        raise columns.BadMapping(f"{source[:40]!r} is no name of a source: letters, digits, dots and dashes, at most 40")
    if export is not None:
        return Plan(path, skimmed, source, None, export)
    found = KINDS[kind] if kind else columns.likely_kind(skimmed.columns)
    mapping = columns.completed(found, columns.guessed(found, skimmed.columns), chosen or {})
    strange = [c for c in mapping.values() if not c.startswith("=") and c not in skimmed.columns]
    if strange:
        raise columns.BadMapping(f"{path.name} has no column {strange[0]!r}; it has {', '.join(skimmed.columns)}")
    return Plan(path, skimmed, source, found, None, mapping)


# ── Rows that say more than one thing ───────────────────────────────────────────────────────────────────────────────


def _with_lines(read: Callable[[Mapping[str, Any]], Entry], mapping: Mapping[str, str]) -> Callable[[Mapping[str, Any]], Taken]:
    """Orders that bring their lines along, as shops write them in JSON."""
    readers: dict[tuple[str, ...], Callable[[Mapping[str, Any]], Entry]] = {}
    kind = KINDS["order_line"]

    def line_reader(row: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Entry]:
        names = tuple(row)
        if names not in readers:
            guess = {f: c for f, c in columns.guessed(kind, names).items() if f not in ("customer", "email", "phone", "of_order")}
            readers[names] = reader(kind, {**guess, "of_order": "of_order"})
        return readers[names]

    def taken(row: Mapping[str, Any]) -> Taken:
        order = read(row)
        found = next((row[name] for name in LINES if isinstance(row.get(name), list)), ())
        lines = []
        for each in found:
            if not isinstance(each, dict):
                raise BadRow("one of its lines is no object")
            line = line_reader(each)({**each, "of_order": order.external_id})
            line.customer, line.mails, line.phones = order.customer, order.mails, order.phones
            lines.append(line)
        return Taken([order, *lines], [])

    return taken


def _of_export(export: Export, source: str) -> Callable[[Mapping[str, Any]], Taken]:
    readers = {name: reader(kind, {f.name: f.name for f in kind.fields}) for name, kind in KINDS.items()}

    def taken(row: Mapping[str, Any]) -> Taken:
        if not export.knows(row):
            raise BadRow(f"is no row as {export.label} writes it")
        try:
            parts = export.split(row)
        except BadRow:
            raise
        except _NOT_AS_IT_WRITES as error:
            raise BadRow(f"is not as {export.label} writes it: {type(error).__name__} {str(error)[:60]}") from None
        entries = [readers[kind](told) for kind, told in parts.rows]
        return Taken(entries, [_delivery(voice, source) for voice in parts.voices])

    return taken


def _delivery(voice: dict[str, Any], source: str) -> RawEvent:
    try:
        for person in (voice["author"], *voice["to"]):
            if person["network"] == RECORD:
                person["id"] = f"{source}:{person['id']}"[:320]
        voice["occurred_at"] = moment_of(voice["occurred_at"])
        return delivery_of(msgspec.json.encode(voice), {})
    except BadItem as error:
        raise BadRow(f"what was said in it: {error}") from None


def rejects_of(plan: Plan, path: Path | None) -> Rejects:
    """Where the rows of this file go that are refused; None keeps none."""
    return Rejects(path, plan.skimmed.columns, is_table=plan.skimmed.format in TABLES)
