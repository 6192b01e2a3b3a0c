"""`heard ingest FILE|DIR`: bring the voices in files to the store, counted truly, as often as one likes.

The rows become deliveries like any other and are walked by whatever worker runs. A second run of the same file brings
nothing new; a dry run reads and checks everything and writes nothing. docs/how-to/import.md
"""

import argparse
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from heard.governance.permissions import HEARD
from heard.listening import imports
from heard.listening.actions import receive
from heard.listening.channels.contract import RawEvent
from heard.listening.channels.file import shape, sources
from heard.project import environment
from heard.project.jetstream import NoBroker, Publisher

BATCH = 500
BROKER_BATCH = 4000  # shared among the partitions, and still some hundred to a packet
BATCH_BYTES = 8 * 1024 * 1024
EXAMPLES = 5
NAMED = 20  # files of a folder that hold no voices


@dataclass
class Counts:
    """read = new + doubled + refused. In a dry run `new` is what would be new; of a broker, all that it took."""

    read: int = 0
    new: int = 0
    doubled: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def refuse(self, where: str, why: str) -> None:
        self.refused += 1
        self.reasons[why] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{where}: {why}")


@dataclass(frozen=True)
class Plan:
    """One file, what it was taken for, and how its columns are read."""

    path: Path
    skimmed: sources.Skimmed
    mapping: dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE|DIR", help="JSONL, CSV, mbox, EML, Maildir or tar of mails; .gz too")
    parser.add_argument(
        "--account",
        default="",
        metavar="NAME",
        help="the account that speaks to us here; made when it is new (default: the file's name)",
    )
    parser.add_argument(
        "--address", default="", metavar="ADDRESS", help="our own address in a new account: mails from it are ours"
    )
    parser.add_argument(
        "--map", action="append", default=[], metavar="FIELD=COLUMN", help="which column is what; FIELD==VALUE for a constant"
    )
    parser.add_argument(
        "--nats", action="store_true", help="lay them into the broker of HEARD_NATS_URL; workers walk them from there"
    )
    parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="stop after N")


def run(args: argparse.Namespace) -> int:
    """The command. Returns the exit status: 2 when the file cannot be read at all."""
    try:
        chosen = _chosen(args.map)
        plans, left_out = _plans(args.path, chosen)
        for plan in plans[:NAMED]:
            print(_in_words(plan), file=sys.stderr)
        with _progress(sum(p.path.stat().st_size for p in plans)) as show:
            counts = _ingest(
                plans,
                args.account or _name_of(args.path),
                args.address,
                dry_run=args.dry_run,
                broker=_broker() if args.nats else "",
                limit=args.limit,
                show=show,
            )
    except (OSError, sources.NotUnderstood, shape.BadMapping, imports.WrongAccount, NoBroker) as error:
        print(f"heard ingest: {error}", file=sys.stderr)
        return 2
    for reason in left_out[:NAMED]:
        print(f"left out: {reason}", file=sys.stderr)
    if len(left_out) > NAMED:
        print(f"left out: {len(left_out) - NAMED} more", file=sys.stderr)
    print(report(counts, dry_run=args.dry_run, through_broker=args.nats))
    return 0


def ingest(
    path: Path,
    *,
    account: str = "",
    address: str = "",
    mapping: dict[str, str] | None = None,
    dry_run: bool = False,
    broker: str = "",
    limit: int | None = None,
) -> Counts:
    """What the command does, for code. Raises NotUnderstood, BadMapping, WrongAccount, NoBroker, OSError."""
    plans, _ = _plans(path, mapping or {})
    return _ingest(plans, account or _name_of(path), address, dry_run=dry_run, broker=broker, limit=limit, show=lambda _: None)


def report(counts: Counts, *, dry_run: bool, through_broker: bool = False) -> str:
    """Which of what the broker took are doubles, only the walk finds out."""
    taken = "would be new" if dry_run else "passed on" if through_broker else "new"
    lines = [
        f"{taken:>12} {counts.new}",
        f"{'doubled':>12} {counts.doubled}",
        f"{'refused':>12} {counts.refused}",
    ]
    lines += [f"{number:>16} {why}" for why, number in counts.reasons.most_common(10)]
    lines += [f"{'for example':>16} {example}" for example in counts.examples]
    return "\n".join([f"{'read':>12} {counts.read}", *lines])


# ── Before anything is read ─────────────────────────────────────────────────────────────────────────────────────────


def _chosen(maps: Iterable[str]) -> dict[str, str]:
    pairs = [m.partition("=") for m in maps]
    if wrong := [field for field, equals, _ in pairs if not equals]:
        raise shape.BadMapping(f"--map {wrong[0]}: expected FIELD=COLUMN")
    return {field.strip(): column.strip() for field, _, column in pairs}


def _plans(path: Path, chosen: dict[str, str]) -> tuple[list[Plan], list[str]]:
    """A single file must be readable; of a folder, what is not a source of voices is left out and named."""
    if not path.exists():
        raise sources.NotUnderstood(f"{path} does not exist")
    if path.is_file():
        return [_plan(path, chosen)], []
    plans, left_out = [], []
    for file in sources.files_in(path):
        try:
            plans.append(_plan(file, chosen))
        except (sources.NotUnderstood, shape.BadMapping) as error:
            left_out.append(f"{file.relative_to(path)}: {error}")
    if not plans:
        raise sources.NotUnderstood(f"{path} holds nothing that can be read" + (f" ({left_out[0]})" if left_out else ""))
    return plans, left_out


def _plan(path: Path, chosen: dict[str, str]) -> Plan:
    skimmed = sources.skim(path)
    needs_mapping = skimmed.format in ("jsonl", "csv") and not skimmed.is_our_own
    return Plan(path, skimmed, shape.completed(skimmed.mapping, chosen) if needs_mapping else {})


def _in_words(plan: Plan) -> str:
    """What will be read as what, so that a person can stop a wrong guess."""
    pairs = ", ".join(f"{f} {c}" if c.startswith("=") else f"{f} ← {c}" for f, c in plan.mapping.items())
    return f"{plan.path.name}: {plan.skimmed.format}" + (
        f"\n  {pairs}\n  (times without a zone are read as UTC)" if pairs else ""
    )


def _name_of(path: Path) -> str:
    resolved = path.resolve()
    return resolved.name.split(".")[0] or resolved.name


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _broker() -> str:
    if url := environment.read("HEARD_NATS_URL"):
        return url
    raise NoBroker("--nats needs HEARD_NATS_URL, the address of a NATS server with JetStream")


def _ingest(
    plans: list[Plan],
    account: str,
    address: str,
    *,
    dry_run: bool,
    broker: str,
    limit: int | None,
    show: Callable[[int], None],
) -> Counts:
    account_ids = [imports.account_for(HEARD, account, format_=p.skimmed.format) for p in plans]
    counts = Counts()
    with ExitStack() as open_doors:
        keep: _Keeper
        if dry_run:
            keep = _DryRun(account_ids[0])
        elif broker:
            keep = _Broker(_Account(account, address, account_ids[0]), open_doors.enter_context(Publisher(broker)))
        else:
            keep = _Store(_Account(account, address, account_ids[0]))
        for batch in _batches(_found(plans, counts, limit, show), BROKER_BATCH if broker else BATCH):
            new = keep(batch)
            counts.new += new
            counts.doubled += len(batch) - new
    return counts


_Keeper = Callable[[list[RawEvent]], int]


class _Account:
    """Made when its id is first asked for, so that a file without a single voice leaves nothing behind."""

    def __init__(self, name: str, address: str, id_: int | None) -> None:
        self._name, self._address, self._id = name, address, id_

    @property
    def id(self) -> int:
        if self._id is None:
            self._id = imports.open_account(HEARD, self._name, address=self._address)
        return self._id


class _Store:
    def __init__(self, account: _Account) -> None:
        self._account = account

    def __call__(self, batch: list[RawEvent]) -> int:
        return receive(self._account.id, batch)


class _Broker:
    def __init__(self, account: _Account, publisher: Publisher) -> None:
        self._account, self._publisher = account, publisher

    def __call__(self, batch: list[RawEvent]) -> int:
        return self._publisher.publish(self._account.id, batch)


class _DryRun:
    """Counts what would be new. Keys seen before in this run lie in a temporary file of SQLite's, not in memory."""

    def __init__(self, account_id: int | None) -> None:
        self._account_id = account_id
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def __call__(self, batch: list[RawEvent]) -> int:
        known = imports.known_keys(self._account_id, [r.key for r in batch]) if self._account_id else set()
        before = self._seen.total_changes
        self._seen.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(r.key,) for r in batch if r.key not in known])
        return self._seen.total_changes - before


def _found(plans: list[Plan], counts: Counts, limit: int | None, show: Callable[[int], None]) -> Iterator[RawEvent]:
    """Every delivery of all files; what is refused is counted on the way."""
    done = 0
    for plan in plans:
        with plan.path.open("rb") as file:
            for piece in sources.pieces(file, plan.skimmed, name=plan.path.name, mapping=plan.mapping):
                if limit is not None and counts.read >= limit:
                    return
                counts.read += 1
                show(done + file.tell())
                if piece.raw is None:
                    counts.refuse(piece.where, piece.refused)
                else:
                    yield piece.raw
        done += plan.path.stat().st_size
        show(done)


def _batches(found: Iterator[RawEvent], most: int) -> Iterator[list[RawEvent]]:
    batch: list[RawEvent] = []
    size = 0
    for raw in found:
        batch.append(raw)
        size += len(raw.body)
        if len(batch) >= most or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _progress:
    """A bar on a terminal; nothing where nobody looks."""

    def __init__(self, total: int) -> None:
        columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
        self._task = self._bar.add_task("reading", total=total)

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return lambda done: self._bar.update(self._task, completed=done)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
