"""The people of entries: records of other systems with what these say of them, and the addresses that they vouch for.

A record is an identity like any other, on the network "record". It and an address it vouches for are one person, on evidence that
can be taken back; but an address that two people of one source have is a shared one, and joins nobody by itself.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from heard.identity.importing.entries import Entry
from heard.identity.models import Customer, Face, IdentityLink, Record, Trait, Vouched
from heard.identity.people import regroup
from heard.identity.rules.certain import ADDRESS_OF, certain_key
from heard.kernel import bulk
from heard.listening.introduce import call, introduce

RECORD = "record"
RECORD_FIELDS = ["id", "source", "external_id", "identity_id", "batch_id", "digest", "told_at", "team_id", "is_bare"]
LINK_FIELDS = ["left_id", "right_id", "kind", "weight", "parts", "weights_version", "why", "author_id", "made_at"]


class Teller(NamedTuple):
    """Who tells, and when. `batch_id`: the import, None for the API. `team_id`: who alone may see whom nobody else knows."""

    source: str
    at: datetime
    batch_id: int | None = None
    team_id: int | None = None

    @property
    def of_trait(self) -> str:
        return f"import {self.batch_id}" if self.batch_id else self.source


class Known(NamedTuple):
    """A record as it stands."""

    id: int
    identity_id: int
    batch_id: int | None
    digest: str
    is_bare: bool


def addresses_of(entry: Entry) -> list[tuple[str, str]]:
    """(network, external id) of the addresses that an entry names."""
    return [*(("email", m) for m in entry.mails), *(("phone", p) for p in entry.phones)]


def name_of(traits: Iterable[tuple[str, str]]) -> str:
    told = dict(traits)
    return told.get("name") or " ".join(told[f] for f in ("given_name", "surname") if f in told)


def records(source: str, numbers: Iterable[str]) -> dict[str, Known]:
    keys = [(source, n) for n in numbers]
    found = bulk.existing(Record, ["source", "external_id"], keys, list(Known._fields))
    return {key[1]: Known(*row) for key, row in found.items()}


def without_face(identity_ids: Collection[int]) -> set[int]:
    return set(identity_ids).difference(row[0] for row in bulk.select(Face, ["identity_id"], [(i,) for i in identity_ids], []))


def make_faces(keys: Mapping[int, tuple[str, str]], names: Mapping[int, str], joined: Mapping[int, int], *, at: datetime) -> None:
    """A face and a customer of their own for each of `keys`, {identity: (network, external id)}; `joined`: {identity: whose customer
    it has from the first}."""
    people_first = sorted(keys, key=lambda i: (keys[i][0] != RECORD, i))
    homes = dict(zip(people_first, bulk.reserve_ids(Customer, len(people_first)), strict=True))
    bulk.insert(Customer, ["id", "name", "created_at"], [[c, names.get(i, ""), at] for i, c in homes.items()])
    rows = []
    for i, home in homes.items():
        network, external_id = keys[i]
        key = certain_key(network=network, external_id=external_id, verified=network in ADDRESS_OF)
        rows.append([i, homes[joined.get(i, i)], home, key])
    bulk.insert(Face, ["identity_id", "customer_id", "home_id", "certain_key"], rows)


class People:
    """The records that a batch of entries needs: looked up at once, made where they are missing, written at the end."""

    def __init__(self, teller: Teller, entries: Mapping[str, Entry], *, bare: Iterable[str] = ()) -> None:
        """`entries`: {number: what is said of that person, and is to be written}; `bare`: numbers that are only mentioned."""
        self._teller = teller
        self._entries = entries
        self._named = {n: addresses_of(e) for n, e in entries.items()}
        numbers = list(dict.fromkeys([*entries, *bare]))
        self.known = records(teller.source, numbers)
        self._missing = [n for n in numbers if n not in self.known]
        self._new: set[int] = set()  # identities
        self.identities = {n: k.identity_id for n, k in self.known.items()}
        self.touched: set[int] = set()  # identities whose reasons changed, beside new ones

    def write(self) -> None:
        """Everybody is there, with their traits and addresses, joined by what is vouched for."""
        self._introduce()
        self._write_records()
        self._write_traits()
        self._vouch()
        if self.touched:
            regroup(self.touched)

    @property
    def told_of(self) -> list[int]:
        """Identities of the records that something was said about."""
        return [self.identities[n] for n in self._entries]

    # ── Identities, faces, customers ────────────────────────────────────────────────────────────────────────────────

    def _introduce(self) -> None:
        source = self._teller.source
        names = {n: name_of(self._entries[n].traits) if n in self._entries else "" for n in self._missing}
        wanted = {(RECORD, f"{source}:{n}"[:320]): name for n, name in names.items()}
        wanted |= {address: "" for named in self._named.values() for address in named}
        ids, self._new = introduce(wanted, at=self._teller.at)
        self.identities |= {n: ids[(RECORD, f"{source}:{n}"[:320])] for n in self._missing}
        self.addresses = {key: id_ for key, id_ in ids.items() if key[0] != RECORD}
        self._meet({id_: key for key, id_ in ids.items()}, {id_: name for key, name in wanted.items() if (id_ := ids[key])})

    def _meet(self, keys: Mapping[int, tuple[str, str]], names: Mapping[int, str]) -> None:
        """Faces and customers for whom nobody knew. Where everything about them is new, it is known at once who is one person."""
        faceless = without_face(keys)
        self._joined = self._certain_at_once(faceless)
        make_faces({i: keys[i] for i in faceless}, names, self._joined, at=self._teller.at)

    def _certain_at_once(self, faceless: Collection[int]) -> dict[int, int]:
        """{new address: the one new record that has it}."""
        claims: dict[int, set[int]] = defaultdict(set)
        for n, named in self._named.items():
            for address in named:
                if (id_ := self.addresses.get(address)) in self._new:
                    claims[id_].add(self.identities[n])  # type: ignore[index]
        return {a: r for a, rs in claims.items() if len(rs) == 1 and (r := next(iter(rs))) in faceless and a in faceless}

    # ── What is said of them ────────────────────────────────────────────────────────────────────────────────────────

    def _write_records(self) -> None:
        t = self._teller
        self.record_ids = {n: k.id for n, k in self.known.items()}
        self.record_ids |= dict(zip(self._missing, bulk.reserve_ids(Record, len(self._missing)), strict=True))
        rows = []
        for n in self._missing:
            entry = self._entries.get(n)
            digest = entry.digest if entry else ""
            rows.append([self.record_ids[n], t.source, n, self.identities[n], t.batch_id, digest, t.at, t.team_id, entry is None])
        bulk.insert(Record, RECORD_FIELDS, rows)
        again = [[self.known[n].id, t.batch_id, e.digest, t.at, False] for n, e in self._entries.items() if n in self.known]
        bulk.update(Record, "id", ["batch_id", "digest", "told_at", "is_bare"], again)

    def _write_traits(self) -> None:
        t = self._teller
        new = {self.identities[n] for n in self._missing}
        wanted = {(self.identities[n], f, v[:320]) for n, e in self._entries.items() for f, v in e.traits}
        known = [self.identities[n] for n in self._entries if n in self.known]
        stands = {
            row[:1] + row[2:]: row[1]
            for row in bulk.select(Trait, ["identity_id"], [(i,) for i in known], ["id", "field", "value"])
        }
        gone = [id_ for key, id_ in stands.items() if key not in wanted]
        if gone:
            Trait.objects.filter(id__in=bulk.among(gone)).delete()
        rows = [[*key, t.of_trait, t.at] for key in sorted(wanted) if key[0] in new or key not in stands]
        bulk.insert(Trait, ["identity_id", "field", "value", "source", "seen_at"], rows)
        self._rename(known)

    def _rename(self, known: Sequence[int]) -> None:
        """Whoever is called by what the record said goes by what it says now; a name that a colleague gave stays."""
        if not known:
            return
        names = {self.identities[n]: name_of(e.traits)[:200] for n, e in self._entries.items() if n in self.known}
        before = Face.objects.filter(identity_id__in=bulk.among(known)).values_list(
            "identity_id", "home_id", "identity__name", "home__name"
        )
        changed = [(i, home, old == shown) for i, home, old, shown in before if names[i] != old]
        call([(i, names[i]) for i, _, _ in changed])
        bulk.update(Customer, "id", ["name"], [[home, names[i]] for i, home, is_ours in changed if is_ours])

    # ── Addresses ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _vouch(self) -> None:
        wanted = {(self.record_ids[n], self.addresses[a]): self.identities[n] for n, named in self._named.items() for a in named}
        changed = [self.record_ids[n] for n in self._entries if n in self.known]
        stands = {
            (r, a): id_ for r, id_, a in bulk.select(Vouched, ["record_id"], [(r,) for r in changed], ["id", "identity_id"])
        }
        gone = {key: id_ for key, id_ in stands.items() if key not in wanted}
        if gone:
            Vouched.objects.filter(id__in=bulk.among(gone.values())).delete()
        fresh = [key for key in wanted if key not in stands]
        bulk.insert(Vouched, ["record_id", "identity_id"], fresh, ignore_conflicts=bool(self.known))
        at_once = [[min(a, r), max(a, r), *reason(self._teller.source, self._teller.at)] for a, r in self._joined.items()]
        bulk.insert(IdentityLink, LINK_FIELDS, at_once)
        old = {a for _, a in (*fresh, *gone) if a not in self._joined}
        self.touched |= link(old, self._teller)


def reason(source: str, at: datetime) -> list:
    """The rest of a link: what LINK_FIELDS has after the pair."""
    return [IdentityLink.Kind.SAME_ADDRESS.value, 0.0, [], "", f"{source} has this address for this customer.", None, at]


def link(address_ids: Collection[int], teller: Teller) -> set[int]:
    """Join these addresses with the records that vouch for them, and with nobody where two of one source do.

    What a colleague took back is not said again. Returns the identities whose reasons changed.
    """
    if not address_ids:
        return set()
    ids = bulk.among(address_ids)
    wanted = _wanted(address_ids)
    both = Q(left_id__in=ids) | Q(right_id__in=ids)
    rows = IdentityLink.objects.filter(both, kind=IdentityLink.Kind.SAME_ADDRESS, author=None).values_list(
        "id", "left_id", "right_id", "withdrawn_at", "withdrawn_by_id", "left__network", "right__network"
    )
    ours = [row[:5] for row in rows if RECORD in row[5:]]
    stands = {(left, right): id_ for id_, left, right, withdrawn_at, _ in ours if withdrawn_at is None}
    taken_back = {(left, right) for _, left, right, at, by in ours if at is not None and by is not None}
    gone = {pair: id_ for pair, id_ in stands.items() if pair not in wanted}
    if gone:
        IdentityLink.objects.filter(id__in=bulk.among(gone.values())).update(withdrawn_at=teller.at)
    fresh = [pair for pair in wanted if pair not in stands and pair not in taken_back]
    bulk.insert(IdentityLink, LINK_FIELDS, [[*pair, *reason(wanted[pair], teller.at)] for pair in fresh], ignore_conflicts=True)
    return {i for pair in (*gone, *fresh) for i in pair}


def _wanted(address_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """{(left, right): source} of the pairs that stand. A record that is known by the address alone is nobody else's rival."""
    claims = Vouched.objects.filter(identity_id__in=bulk.among(address_ids)).values_list(
        "identity_id", "record__source", "record__identity_id", "record__external_id", "identity__external_id"
    )
    by_source: dict[tuple[int, str], list[tuple[int, bool]]] = defaultdict(list)
    for address, source, record, number, said in claims:
        by_source[(address, source)].append((record, number != said))
    wanted = {}
    for (address, source), found in by_source.items():
        is_shared = sum(is_numbered for _, is_numbered in found) > 1
        for record, is_numbered in found:
            if not (is_shared and is_numbered):
                wanted[(min(address, record), max(address, record))] = source
    return wanted
