"""A whole file: read as a stream, kept in batches, each one transaction; or only looked at, as a dry run."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import NamedTuple

from heard.governance.permissions import Viewer
from heard.governance.suppression import suppressed
from heard.identity.importing import batches
from heard.identity.importing.batches import Counts
from heard.identity.importing.entries import BadRow, Entry
from heard.identity.importing.files import Found, rows
from heard.identity.importing.keep import CHANGED, NEW, SAME, judge, keep
from heard.identity.importing.people import Teller, addresses_of
from heard.identity.importing.plan import Plan, Taken
from heard.identity.importing.rejects import Refused
from heard.identity.importing.voices import note as note_voices
from heard.kernel import bulk
from heard.kernel.clock import now
from heard.listening import imports
from heard.listening.actions import receive
from heard.listening.channels.contract import RawEvent

BATCH = 1000
ORDER = ("contact", "relation", "order", "order_line", "payment", "return", "shipment", "service")  # whose comes before what
Show = Callable[[float], None]  # is told how much of the file is read, 0..1


class Read(NamedTuple):
    """One row with what it says, or with the reason why it says nothing."""

    found: Found
    taken: Taken | None
    refused: str = ""


def run(
    plan: Plan,
    viewer: Viewer,
    *,
    batch_id: int,
    team_id: int | None,
    rejects: Refused,
    show: Show,
    limit: int | None = None,
    begun: Counts | None = None,
) -> Counts:
    """Keep everything that can be kept. A batch that is broken off keeps what it had; the same file again goes on.

    `begun`: the counts that stand in the batch, when it is the same batch that goes on, behind the rows that they count.
    """
    bulk.expect_much_in_little()
    counts = begun or Counts()
    voices = _Voices(plan, viewer, batch_id)
    _say_what_was_not_said(plan, voices, counts)
    for some, part in _batches(_read(plan, limit, after=counts.read)):
        teller = Teller(plan.source, now(), batch_id, team_id)
        with bulk.one_writer():
            outcomes = _kept(some, partial(keep, teller=teller))
            _count(counts, some, outcomes, rejects)
            rejects.flush()
            batches.note(batch_id, counts)
        if brought := voices.bring([v for read in some if read.taken for v in read.taken.voices]):
            counts.voices += brought
            batches.note_voices(batch_id, voices.account_id, counts.voices)
        show(part)
    return counts


def _say_what_was_not_said(plan: Plan, voices: "_Voices", counts: Counts) -> None:
    """The rows of a batch are kept before its voices are: of the last one that was kept before a break, these may be missing."""
    if plan.export is not None and counts.read:
        for some, _ in _batches(_read(plan, counts.read, after=max(0, counts.read - BATCH))):
            counts.voices += voices.bring([v for read in some if read.taken for v in read.taken.voices])


def look(plan: Plan, *, team_id: int | None, rejects: Refused, show: Show, limit: int | None = None) -> Counts:
    """The counts that `run` would have; nothing is written."""
    counts, seen = Counts(), _Seen()
    account_id = imports.account_of(plan.source)
    teller = Teller(plan.source, now(), None, team_id)
    for some, part in _batches(_read(plan, limit)):
        outcomes = _kept(some, partial(judge, teller=teller, seen=seen))
        _count(counts, some, outcomes, rejects)
        rejects.flush()
        keys = [v.key for read in some if read.taken for v in read.taken.voices]
        known = imports.known_keys(account_id, keys) if account_id else set()
        counts.voices += sum(seen.put("voice", key, "") == "" for key in keys if key not in known)
        show(part)
    return counts


class _Seen:
    """What a dry run has seen of the file. It lies in a temporary file of SQLite's, not in memory."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("")
        self._store.execute("CREATE TABLE seen (kind TEXT, id TEXT, digest TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID")

    def digests(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        found = (
            self._store.execute("SELECT id, digest FROM seen WHERE kind = ? AND id = ?", (kind, i)).fetchone() for i in set(ids)
        )
        return dict(row for row in found if row)

    def put(self, kind: str, id_: str, digest: str) -> str:
        """Returns "" the first time, else "again"."""
        before = self._store.total_changes
        self._store.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (kind, id_, digest))
        if self._store.total_changes > before:
            return ""
        self._store.execute("UPDATE seen SET digest = ? WHERE kind = ? AND id = ?", (digest, kind, id_))
        return "again"


# ── From the file ───────────────────────────────────────────────────────────────────────────────────────────────────


def _read(plan: Plan, limit: int | None, *, after: int = 0) -> Iterator[tuple[Read, float]]:
    take = plan.reader()
    for found, part in islice(rows(plan.path, plan.skimmed), after, limit):
        if found.refused:
            yield Read(found, None, found.refused), part
            continue
        try:
            yield Read(found, take(found.row)), part
        except BadRow as error:
            yield Read(found, None, str(error)), part


def _batches(read: Iterator[tuple[Read, float]]) -> Iterator[tuple[list[Read], float]]:
    while some := list(islice(read, BATCH)):
        yield [r for r, _ in some], some[-1][1]


# ── Into the store ──────────────────────────────────────────────────────────────────────────────────────────────────


def _kept(some: Sequence[Read], keep_: Callable[[Sequence[Entry]], list[str]]) -> list[str]:
    """What became of each row: of its entries the worst, a refusal before a change before nothing new."""
    erased = _erased([e for read in some if read.taken for e in read.taken.entries])
    outcomes: list[str] = [read.refused or _forgotten(read, erased) for read in some]
    for kind in ORDER:
        place = [
            (i, e)
            for i, read in enumerate(some)
            if read.taken and not _is_refusal(outcomes[i])
            for e in read.taken.entries
            if e.kind == kind
        ]
        for (i, _), outcome in zip(place, keep_([e for _, e in place]), strict=True):
            outcomes[i] = _worse(outcomes[i], outcome)
    return [outcome or SAME for outcome in outcomes]


def _worse(one: str, other: str) -> str:
    if _is_refusal(one) or _is_refusal(other):
        return one if _is_refusal(one) else other
    return next(outcome for outcome in (NEW, CHANGED, SAME, "") if outcome in (one, other))


def _is_refusal(outcome: str) -> bool:
    return outcome not in ("", NEW, CHANGED, SAME)


def _erased(entries: Sequence[Entry]) -> dict[tuple[str, str], datetime]:
    return suppressed(address for e in entries for address in addresses_of(e))


def _forgotten(read: Read, erased: dict[tuple[str, str], datetime]) -> str:
    """Who asked to be forgotten does not come back with an old list."""
    found = (
        [erased[a] for e in (read.taken.entries if read.taken else ()) for a in addresses_of(e) if a in erased] if erased else []
    )
    return f"was erased at their own request on {max(found):%Y-%m-%d}" if found else ""


def _count(counts: Counts, some: Sequence[Read], outcomes: Sequence[str], rejects: Refused) -> None:
    for read, outcome in zip(some, outcomes, strict=True):
        counts.add(outcome, read.found.number)
        if _is_refusal(outcome):
            rejects.write(read.found.number, outcome, read.found.row)


class _Voices:
    """What was said in tickets goes to an account of the source's name, made when the first of it comes, and walks like any other."""

    def __init__(self, plan: Plan, viewer: Viewer, batch_id: int) -> None:
        self._plan, self._viewer, self._batch_id = plan, viewer, batch_id
        self._since = batches.began(batch_id)
        self.account_id = 0

    def bring(self, deliveries: Sequence[RawEvent]) -> int:
        if not deliveries:
            return 0
        if not self.account_id:
            name = self._plan.source
            found = imports.account_for(self._viewer, name, format_="jsonl")
            self.account_id = found if found is not None else imports.open_account(self._viewer, name, address="")
        new = receive(self.account_id, deliveries)
        note_voices(self._batch_id, imports.ids_of(self.account_id, [raw.key for raw in deliveries], since=self._since))
        return new
