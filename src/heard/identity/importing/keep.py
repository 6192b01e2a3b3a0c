"""Entries written down: what is new, what changed, what is as it was; and what a changed row said before, for the undo."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import Count, Max, Min, Sum

from heard.governance.selectors import members_by_email
from heard.identity import finding
from heard.identity.importing.allow import allow
from heard.identity.importing.entries import Entry
from heard.identity.importing.people import People, Teller, addresses_of, records
from heard.identity.importing.tables import TABLES, Table
from heard.identity.models import ImportChange, Order, Organisation, Record, Return, Trait, Value, Vouched
from heard.identity.rules.value import NO_SALE
from heard.kernel import bulk

FOUND_BY = ("order", "shipment")  # whose customers are found by their numbers
NEW, CHANGED, SAME = "new", "changed", "same"
CHANGE = ["batch_id", "kind", "row", "before", "before_batch"]
NOBODY = "nobody is known by this customer number, mail address, phone number or order"
_NEVER_SOLD = [form(word) for word in sorted(NO_SALE) for form in (str.lower, str.title, str.upper)]


def keep(entries: Sequence[Entry], teller: Teller) -> list[str]:
    """What became of each entry, in order: new, changed, same, or else the reason why it was refused.

    All of one kind. Runs inside the caller's `one_writer`; a constant number of queries for any number of entries.
    """
    if not entries:
        return []
    return _keep_people(entries, teller) if entries[0].kind == "contact" else _keep_rows(entries, teller)


class Memory(Protocol):
    """What a dry run has seen already."""

    def digests(self, kind: str, ids: Iterable[str]) -> dict[str, str]: ...
    def put(self, kind: str, id_: str, digest: str) -> str: ...


def judge(entries: Sequence[Entry], teller: Teller, seen: Memory) -> list[str]:
    """What `keep` would say, with nothing written; `seen` is what came before in the same file."""
    if not entries:
        return []
    kind, ids = entries[0].kind, [e.external_id for e in entries]
    if kind == "contact":
        refused = _strange_owners(entries)
        stands = {n: k.digest for n, k in records(teller.source, ids).items() if not k.is_bare}
    else:
        orders = {e.values["of_order"] for e in entries if _hangs_on_an_order(e)}
        known = {*_of_orders(orders, teller.source), *seen.digests("order", orders)}
        refused = {i: NOBODY for i, e in enumerate(entries) if _hangs_on_an_order(e) and e.values["of_order"] not in known}
        model = TABLES[kind].model
        keys = [(teller.source, i) for i in ids]
        stands = {key[1]: row[0] for key, row in bulk.existing(model, ["source", "external_id"], keys, ["digest"]).items()}
    stands |= seen.digests(kind, ids)
    taken = [e for i, e in enumerate(entries) if i not in refused]
    outcomes, work = _compare(taken, stands)
    for id_, entry in work.items():
        seen.put(kind, id_, entry.digest)
    told = iter(outcomes)
    return [refused[i] if i in refused else next(told) for i in range(len(entries))]


def _hangs_on_an_order(entry: Entry) -> bool:
    """Whose it is, only its order says."""
    return "of_order" in entry.values and not entry.customer and not addresses_of(entry)


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep_people(entries: Sequence[Entry], teller: Teller) -> list[str]:
    refused = _strange_owners(entries)
    taken = [e for i, e in enumerate(entries) if i not in refused]
    known = records(teller.source, [e.external_id for e in taken])
    outcomes, work = _compare(taken, {n: k.digest for n, k in known.items() if not k.is_bare})
    _note_people(teller, [known[n].id for n in work if n in known and known[n].batch_id != teller.batch_id])
    people = People(teller, work)
    people.write()
    _belong(list(work.values()), teller)
    allow(work.values(), people.addresses, teller)
    finding.renew(k.identity_id for n, k in known.items() if n in work)
    told = iter(outcomes)
    return [refused[i] if i in refused else next(told) for i in range(len(entries))]


def _strange_owners(entries: Sequence[Entry]) -> dict[int, str]:
    wanted = {e.values["owner"] for e in entries if "owner" in e.values}
    known = members_by_email(wanted)
    return {
        i: f"owner: no colleague has the address {owner[:60]!r}"
        for i, e in enumerate(entries)
        if (owner := e.values.get("owner")) is not None and owner not in known
    }


def _note_people(teller: Teller, record_ids: Collection[int]) -> None:
    """What these records said before, for the undo of this import."""
    if teller.batch_id is None or not record_ids:
        return
    ids = bulk.among(record_ids)
    rows = Record.objects.filter(id__in=ids).values_list(
        "id", "identity_id", "batch_id", "digest", "told_at", "is_bare", "identity__name"
    )
    traits: dict[int, list] = {}
    for identity, *said in Trait.objects.filter(identity_id__in=bulk.among([r[1] for r in rows])).values_list(
        "identity_id", "field", "value", "source", "seen_at"
    ):
        traits.setdefault(identity, []).append(said)
    vouched: dict[int, list] = {}
    for record, address in Vouched.objects.filter(record_id__in=ids).values_list("record_id", "identity_id"):
        vouched.setdefault(record, []).append(address)
    noted = [
        [
            teller.batch_id,
            "contact",
            id_,
            {
                "digest": digest,
                "told_at": told_at,
                "is_bare": is_bare,
                "name": name,
                "traits": traits.get(identity, []),
                "vouched": vouched.get(id_, []),
            },
            batch,
        ]
        for id_, identity, batch, digest, told_at, is_bare, name in rows
    ]
    bulk.insert(ImportChange, CHANGE, noted, ignore_conflicts=True)


def _belong(entries: Sequence[Entry], teller: Teller) -> None:
    """Where these people work, and who looks after them."""
    named = {e.values["organisation"] for e in entries if "organisation" in e.values}
    organisations = _organisations(named, teller)
    members = members_by_email({e.values["owner"] for e in entries if "owner" in e.values})
    for kind, rows in (
        (
            "membership",
            [
                (e, {"organisation_id": organisations[e.values["organisation"]], "title": e.values.get("title", "")})
                for e in entries
                if "organisation" in e.values
            ],
        ),
        ("owner", [(e, {"member_id": members[e.values["owner"]]}) for e in entries if "owner" in e.values]),
    ):
        _keep_rows([Entry(kind, e.external_id, e.external_id, (), (), values, ()) for e, values in rows], teller)


def _organisations(names: Collection[str], teller: Teller) -> dict[str, int]:
    """{name: organisation}; which ones an import made is noted for its undo."""
    if not names:
        return {}
    known = {key[0]: row[0] for key, row in bulk.existing(Organisation, ["name"], [(n,) for n in names], ["id"]).items()}
    missing = sorted(set(names) - set(known))
    ids = bulk.reserve_ids(Organisation, len(missing))
    bulk.insert(Organisation, ["id", "name"], [[i, n] for i, n in zip(ids, missing, strict=True)])
    if teller.batch_id is not None:
        bulk.insert(ImportChange, CHANGE, [[teller.batch_id, "organisation", i, {}, None] for i in ids])
    return known | dict(zip(missing, ids, strict=True))


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep_rows(entries: Sequence[Entry], teller: Teller) -> list[str]:
    if not entries:
        return []
    kind = entries[0].kind
    table = TABLES[kind]
    whose = _whose(entries, teller)
    lost = {i for i, identity in enumerate(whose) if identity is None}
    taken = [e for i, e in enumerate(entries) if i not in lost]
    keys = [(teller.source, e.external_id) for e in taken]
    known = {
        key[1]: row for key, row in bulk.existing(table.model, ["source", "external_id"], keys, ["id", *table.written]).items()
    }
    at = table.written.index("digest") + 1
    outcomes, work = _compare(taken, {n: row[at] for n, row in known.items()})
    owners = {e.external_id: identity for e, identity in zip(entries, whose, strict=True) if identity is not None}
    _write(kind, table, work, known, owners, teller)
    told = iter(outcomes)
    return [NOBODY if i in lost else next(told) for i in range(len(entries))]


def _compare(entries: Sequence[Entry], digests: dict[str, str]) -> tuple[list[str], dict[str, Entry]]:
    """(what each is against what stood before it, {external id: what is to be written}); of several with one id the last counts."""
    outcomes, work, stands = [], {}, dict(digests)
    for entry in entries:
        id_, digest = entry.external_id, entry.digest
        before = stands.get(id_)
        outcomes.append(NEW if before is None else SAME if before == digest else CHANGED)
        if before != digest:
            stands[id_] = digest
            work[id_] = entry
    return outcomes, {n: e for n, e in work.items() if digests.get(n) != e.digest}


def _write(
    kind: str, table: Table, work: dict[str, Entry], known: dict[str, tuple], owners: dict[str, int], teller: Teller
) -> None:
    again = {n: known[n] for n in work if n in known}
    _note_rows(kind, table, again.values(), teller)
    rows = {
        n: [owners[n], teller.batch_id, e.digest, teller.at, *(e.values.get(c, default) for c, default in table.columns.items())]
        for n, e in work.items()
    }
    fresh = [[teller.source, n, *row] for n, row in rows.items() if n not in known]
    bulk.insert(table.model, ["source", "external_id", *table.written], fresh)
    bulk.update(table.model, "id", table.written, [[known[n][0], *rows[n]] for n in again])
    if kind in ("order", "return"):
        recount({owners[n] for n in work} | {row[1] for row in again.values()})
    if kind in FOUND_BY:
        finding.renew({owners[n] for n in work})


def _note_rows(kind: str, table: Table, rows: Iterable[tuple], teller: Teller) -> None:
    """What these rows said before, unless this import wrote them itself."""
    if teller.batch_id is None:
        return
    batch = 1 + table.written.index("batch_id")
    noted = [
        [teller.batch_id, kind, row[0], dict(zip(table.written, map(_plain, row[1:]), strict=True)), row[batch]]
        for row in rows
        if row[batch] != teller.batch_id
    ]
    bulk.insert(ImportChange, CHANGE, noted, ignore_conflicts=True)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, datetime) else value


# ── Whose a row is ──────────────────────────────────────────────────────────────────────────────────────────────────


def _whose(entries: Sequence[Entry], teller: Teller) -> list[int | None]:
    """The identity that each row hangs on: of the customer number, else of the address, else of the order it belongs to."""
    by_address = _by_address({a for e in entries if not e.customer for a in addresses_of(e)}, teller.source)
    numbers = {e.customer for e in entries if e.customer}
    numbers |= {e.values["other"] for e in entries if "other" in e.values}
    strangers: dict[str, Entry] = {}
    for e in entries:
        if not e.customer and (named := addresses_of(e)) and not any(a in by_address for a in named):
            address = named[0][1]
            field = "email" if e.mails else "phone"
            strangers[address] = Entry("contact", address, address, e.mails, e.phones, {}, ((field, address),))
    identities = _identities(numbers, strangers, teller)
    orders = {e.values["of_order"] for e in entries if _hangs_on_an_order(e)}
    of_orders = _of_orders(orders, teller.source)
    found: list[int | None] = []
    for e in entries:
        if "other" in e.values and e.digest:  # of what it says, before our own number stands there
            e.values["other_id"] = identities[e.values.pop("other")]
        named = addresses_of(e)
        if e.customer:
            found.append(identities[e.customer])
        elif named:
            found.append(next((by_address[a] for a in named if a in by_address), None) or identities[named[0][1]])
        else:
            found.append(of_orders.get(e.values.get("of_order", "")))
    return found


def _identities(numbers: Collection[str], strangers: dict[str, Entry], teller: Teller) -> dict[str, int]:
    """{number or address: identity}; who is not known yet is introduced."""
    known = records(teller.source, [*numbers, *strangers])
    missing = [n for n in numbers if n not in known]
    new = {a: e for a, e in strangers.items() if a not in known}
    if not missing and not new:
        return {n: k.identity_id for n, k in known.items()}
    people = People(teller, new, bare=missing)
    people.write()
    Record.objects.filter(source=teller.source, id__in=bulk.among([people.record_ids[a] for a in new])).update(is_bare=True)
    return {n: k.identity_id for n, k in known.items()} | people.identities


def _by_address(addresses: Collection[tuple[str, str]], source: str) -> dict[tuple[str, str], int]:
    """{address: the one customer of this source who has it}; a shared one says of nobody whose a row is."""
    if not addresses:
        return {}
    rows = Vouched.objects.filter(
        identity__external_id__in=[a[1] for a in addresses], identity__network__in=["email", "phone"], record__source=source
    ).values_list("identity__network", "identity__external_id", "record__identity_id", "record__external_id")
    found: dict[tuple[str, str], set[int]] = {}
    for network, address, identity, number in rows:
        if number != address and (network, address) in addresses:
            found.setdefault((network, address), set()).add(identity)
    return {a: next(iter(ids)) for a, ids in found.items() if len(ids) == 1}


def _of_orders(orders: Collection[str], source: str) -> dict[str, int]:
    keys = [(source, o) for o in orders]
    return {key[1]: row[0] for key, row in bulk.existing(Order, ["source", "external_id"], keys, ["identity_id"]).items()}


# ── What it adds up to ──────────────────────────────────────────────────────────────────────────────────────────────


def recount(identity_ids: Collection[int]) -> None:
    """Write the values of these identities anew, from their orders and returns. Four statements."""
    ids = bulk.among(identity_ids)
    sold = (
        Order.objects.filter(identity_id__in=ids)
        .exclude(status__in=_NEVER_SOLD)
        .order_by()
        .values_list("identity_id", "currency")
        .annotate(Count("id"), Sum("total"), Min("placed_at"), Max("placed_at"))
    )
    back = Return.objects.filter(identity_id__in=ids).order_by().values_list("identity_id", "currency").annotate(Sum("amount"))
    given_back = {(i, c): amount or Decimal(0) for i, c, amount in back}
    rows = [
        [i, c, orders, ((total or Decimal(0)) - given_back.get((i, c), Decimal(0))).quantize(Decimal("0.01")), first, last]
        for i, c, orders, total, first, last in sold
    ]
    Value.objects.filter(identity_id__in=ids).delete()
    bulk.insert(Value, ["identity_id", "currency", "orders", "total", "first_at", "last_at"], rows)
