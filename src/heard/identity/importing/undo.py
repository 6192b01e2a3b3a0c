"""An import taken back: what it wrote is gone, what it changed says again what it said before; what was changed since stays.

In pieces, each one transaction. May be repeated, and goes on where it was broken off: what is done leaves nothing to do.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from heard.identity import finding
from heard.identity.importing import allow, voices
from heard.identity.importing.keep import recount
from heard.identity.importing.nobody import judged, remove, unneeded
from heard.identity.importing.people import Teller, link
from heard.identity.importing.tables import TABLES, Table
from heard.identity.models import (
    Customer,
    Face,
    ImportBatch,
    ImportChange,
    Membership,
    Organisation,
    Record,
    Relation,
    Trait,
    Vouched,
)
from heard.identity.people import regroup
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening.introduce import call, known

PIECE = 2000
Show = Callable[[int], None]  # is told how many rows are done


def undo(batch: ImportBatch, *, show: Show = lambda _: None) -> Counter[str]:
    """Returns why something stayed, and how often; nothing is in it when the import is gone without a trace."""
    bulk.expect_much_in_little()
    kept = voices.take_back(batch, show)
    for kind, table in TABLES.items():
        _restore_rows(kind, table, batch, kept, show)
        _remove_rows(kind, table, batch, show)
    allow.take_back(batch)
    _restore_people(batch, kept, show)
    _remove_people(batch, kept, show)
    _remove_organisations(batch)
    for later in ImportChange.objects.filter(before_batch=batch.pk).values_list("batch_id", flat=True):
        kept[_since(later)] += 1
    return kept


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _restore_rows(kind: str, table: Table, batch: ImportBatch, kept: Counter[str], show: Show) -> None:
    after = 0
    while changes := list(ImportChange.objects.filter(batch=batch, kind=kind, id__gt=after).order_by("id")[:PIECE]):
        after = changes[-1].pk
        with bulk.one_writer():
            stands = dict(
                table.model._default_manager.filter(pk__in=bulk.among([c.row for c in changes])).values_list("pk", "batch_id")
            )
            back = [c for c in changes if stands.get(c.row) == batch.pk]
            rows = [[c.row, *_read_back(table, c)] for c in back]
            touched = _identities(table, [c.row for c in back]) | {row[1] for row in rows}
            bulk.update(table.model, "id", table.written, rows)
            restored = {c.row for c in back}
            ImportChange.objects.filter(pk__in=[c.pk for c in changes if c.row in restored or c.row not in stands]).delete()
            if kind in ("order", "return"):
                recount(touched)
        for c in changes:
            if c.row in stands and c.row not in restored:
                kept[_since(stands[c.row])] += 1
        show(len(back))


def _read_back(table: Table, change: ImportChange) -> list[Any]:
    """The values as their columns take them; what JSON made of a moment or a sum is read again."""
    before = {**change.before, "batch_id": change.before_batch}
    return [_column(table, name).to_python(before[name]) for name in table.written]


def _column(table: Table, name: str) -> Any:
    return table.model._meta.get_field(name)


def _since(batch_id: int | None) -> str:
    return f"changed since by import {batch_id}" if batch_id else "changed since by a colleague or another system"


def _identities(table: Table, ids: Sequence[int]) -> set[int]:
    return set(table.model._default_manager.filter(pk__in=bulk.among(ids)).values_list("identity_id", flat=True))


def _remove_rows(kind: str, table: Table, batch: ImportBatch, show: Show) -> None:
    """What is left with this import's mark on it was made by it."""
    made = table.model._default_manager.filter(batch=batch).order_by("pk")
    while ids := list(made.values_list("pk", flat=True)[:PIECE]):
        with bulk.one_writer():
            touched = _identities(table, ids) if kind in ("order", "return") else set()
            bulk.delete(table.model, "id", ids)
            if touched:
                recount(touched)
        show(len(ids))


def _remove_organisations(batch: ImportBatch) -> None:
    """Those that it made and that nobody belongs to now."""
    made = ImportChange.objects.filter(batch=batch, kind="organisation")
    with bulk.one_writer():
        ids = set(made.values_list("row", flat=True))
        ids -= set(Membership.objects.filter(organisation_id__in=bulk.among(ids)).values_list("organisation_id", flat=True))
        ids -= set(Customer.objects.filter(organisation_id__in=bulk.among(ids)).values_list("organisation_id", flat=True))
        Organisation.objects.filter(pk__in=bulk.among(ids)).delete()
        made.filter(row__in=bulk.among(ids)).delete()


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _restore_people(batch: ImportBatch, kept: Counter[str], show: Show) -> None:
    after = 0
    while changes := list(ImportChange.objects.filter(batch=batch, kind="contact", id__gt=after).order_by("id")[:PIECE]):
        after = changes[-1].pk
        with bulk.one_writer():
            records = {r.pk: r for r in Record.objects.filter(pk__in=[c.row for c in changes])}
            back = [c for c in changes if c.row in records and records[c.row].batch_id == batch.pk]
            _say_again(back, records, batch)
            restored = {c.row for c in back}
            ImportChange.objects.filter(pk__in=[c.pk for c in changes if c.row in restored or c.row not in records]).delete()
        for c in changes:
            if c.row in records and c.row not in restored:
                kept[_since(records[c.row].batch_id)] += 1
        show(len(back))


def _say_again(changes: Sequence[ImportChange], records: dict[int, Record], batch: ImportBatch) -> None:
    """These records say what they said: traits, addresses, name. Those that were only mentioned before are that again."""
    identities = {c.row: records[c.row].identity_id for c in changes}
    Trait.objects.filter(identity_id__in=identities.values()).delete()
    field = Trait._meta.get_field("seen_at")
    traits = [
        [identities[c.row], name, value, source, field.to_python(at)]
        for c in changes
        for name, value, source, at in c.before["traits"]
    ]
    bulk.insert(Trait, ["identity_id", "field", "value", "source", "seen_at"], traits)
    now_vouched = Vouched.objects.filter(record_id__in=identities)
    addresses = set(now_vouched.values_list("identity_id", flat=True)) | {a for c in changes for a in c.before["vouched"]}
    now_vouched.delete()
    still = known(addresses)
    bulk.insert(Vouched, ["record_id", "identity_id"], [[c.row, a] for c in changes for a in c.before["vouched"] if a in still])
    _name_again({identities[c.row]: c.before["name"] for c in changes})
    told_at = Record._meta.get_field("told_at")
    rows = [
        [c.row, c.before_batch, c.before["digest"], told_at.to_python(c.before["told_at"]), c.before["is_bare"]] for c in changes
    ]
    bulk.update(Record, "id", ["batch_id", "digest", "told_at", "is_bare"], rows)
    _part(addresses, batch)
    finding.renew(identities.values())


def _name_again(names: dict[int, str]) -> None:
    """Whoever is called by what the record said; a name that a colleague gave stays."""
    if not names:
        return
    homes = Face.objects.filter(identity_id__in=bulk.among(names)).values_list(
        "identity_id", "home_id", "identity__name", "home__name"
    )
    ours = [[home, names[i]] for i, home, called, shown in homes if called == shown]
    call(list(names.items()))
    bulk.update(Customer, "id", ["name"], ours)


def _part(addresses: set[int], batch: ImportBatch, *, also: set[int] = frozenset()) -> set[int]:  # type: ignore[assignment]
    """Links follow what is vouched for now; addresses, and identities of `also`, that nobody needs any more are gone. Returns
    those of `also` that stay."""
    vouched = Vouched.objects.filter(identity_id__in=bulk.among(addresses)).values_list("identity_id", flat=True)
    away = unneeded((addresses | also).difference(vouched), since=batch.started_at)
    if staying := addresses - away:
        regroup(link(staying, Teller(batch.source, now(), batch.pk)))
    remove(away)
    return also - away


def _remove_people(batch: ImportBatch, kept: Counter[str], show: Show) -> None:
    """Records that it made. One that others rely on stays as a mere mention, and one that a colleague judged stays as it is."""
    after = 0
    while records := list(Record.objects.filter(batch=batch, id__gt=after).order_by("id")[:PIECE]):
        after = records[-1].pk
        with bulk.one_writer():
            identities = {r.identity_id for r in records}
            by_hand, needed = judged(identities), _needed(identities)
            gone = [r for r in records if r.identity_id not in by_hand]
            kept["a colleague said who they are"] += len(records) - len(gone)
            mentioned = [r for r in gone if r.identity_id in needed and not r.is_bare]
            free = [r for r in gone if r.identity_id not in needed]
            kept["others still tell of them: kept without what this import said"] += len(mentioned)
            Record.objects.filter(pk__in=bulk.among([r.pk for r in mentioned])).update(is_bare=True, digest="")
            _forget_what_was_said(gone, batch, free=free)
        show(len(records))
    for reason in [r for r, n in kept.items() if not n]:
        del kept[reason]


def _forget_what_was_said(records: Sequence[Record], batch: ImportBatch, *, free: Sequence[Record]) -> None:
    """`free`: those of the records that are gone altogether."""
    ids = [r.pk for r in records]
    addresses = set(Vouched.objects.filter(record_id__in=bulk.among(ids)).values_list("identity_id", flat=True))
    bulk.delete(Vouched, "record_id", ids)
    bulk.delete(Trait, "identity_id", [r.identity_id for r in records])
    bulk.delete(Record, "id", [r.pk for r in free])
    alone = {r.identity_id for r in free}
    staying = _part(addresses, batch, also=alone) | {r.identity_id for r in records} - alone
    _name_again(dict.fromkeys(staying, ""))


def _needed(identity_ids: set[int]) -> set[int]:
    """Those that rows of other imports, other systems or colleagues hang on."""
    ids = bulk.among(identity_ids)
    found: set[int] = set()
    for table in TABLES.values():
        found |= set(table.model._default_manager.filter(identity_id__in=ids).values_list("identity_id", flat=True))
    return found | set(Relation.objects.filter(other_id__in=ids).values_list("other_id", flat=True))
