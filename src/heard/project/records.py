"""`heard import FILE`: bring what other systems know of people, counted truly, as often as one likes, and take it back.

Voices in files are `heard ingest`. docs/how-to/import.md
"""

import argparse
import sys
from pathlib import Path

from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from heard.governance.permissions import HEARD
from heard.governance.selectors import teams
from heard.identity import actions_on_imports as actions
from heard.identity.actions_on_sites import BadSite, add_site, switch_site
from heard.identity.importing import plan as plans
from heard.identity.importing.batches import Counts
from heard.identity.importing.columns import BadMapping
from heard.identity.importing.exports import BY_NAME
from heard.identity.importing.kinds import KINDS
from heard.identity.importing.rejects import beside
from heard.identity.imports import past_imports, try_out
from heard.listening.channels.file.sources import NotUnderstood
from heard.listening.imports import WrongAccount


class _Wrong(ValueError):
    """What was typed makes no sense; the text says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, nargs="?", metavar="FILE", help="CSV, JSONL, a JSON list or XLSX; all but the last also .gz"
    )
    parser.add_argument("--kind", default="", help=f"what it holds, when the guess is wrong: {', '.join([*KINDS, *BY_NAME])}")
    parser.add_argument(
        "--source",
        default="",
        help="the system it comes from: its customer numbers are its own (default: crm, or the desk's name)",
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="which column is what; FIELD==VALUE for a constant, FIELD= for none",
    )
    parser.add_argument("--team", default="", help="the one team that may see people whom nobody else knows (default: everybody)")
    parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="stop after N rows")
    parser.add_argument(
        "--rejects", type=Path, default=None, metavar="FILE", help="where refused rows go (default: beside the file)"
    )
    parser.add_argument("--list", action="store_true", help="show earlier imports and stop")
    parser.add_argument("--undo", type=int, default=None, metavar="NUMBER", help="take an earlier import back and stop")


def run(args: argparse.Namespace) -> int:
    """The command. Returns the exit status: 2 when nothing could be done, 1 when rows were refused or something stayed."""
    try:
        if args.list:
            return _list()
        if args.undo is not None:
            return _undo(args.undo)
        if args.path is None:
            raise _Wrong("which file? (or --list, or --undo NUMBER)")
        return _import(args)
    except (OSError, NotUnderstood, BadMapping, WrongAccount, actions.CannotUndo, _Wrong) as error:
        print(f"heard import: {error}", file=sys.stderr)
        return 2


def _import(args: argparse.Namespace) -> int:
    if not args.path.is_file():
        raise _Wrong(f"{args.path} is no file")
    plan = plans.made(args.path, kind=args.kind, source=args.source, chosen=_chosen(args.map))
    print("\n".join(plan.in_words()), file=sys.stderr)
    rejects = args.rejects or beside(args.path, plan.skimmed.format)
    with _Bar("reading", 1.0) as bar:
        options = {"team_id": _team(args.team), "rejects": rejects, "show": bar.at, "limit": args.limit}
        if args.dry_run:
            batch_id, counts = None, try_out(HEARD, plan, **options)
        else:
            batch_id, counts = actions.bring(HEARD, plan, **options)
    print(report(counts, dry_run=args.dry_run))
    if counts.refused:
        print(f"refused rows are in {rejects}, each with its reason: mend them there and bring that file")
    if batch_id is not None:
        print(f"this was import {batch_id}; heard import --undo {batch_id} takes it back")
    return 1 if counts.refused else 0


def report(counts: Counts, *, dry_run: bool) -> str:
    """read = new + changed + same + refused."""
    would = "would be " if dry_run else ""
    rows = [
        ("read", counts.read),
        (f"{would}new", counts.new),
        (f"{would}changed", counts.changed),
        ("as it was", counts.same),
        ("refused", counts.refused),
    ]
    lines = [f"{label:>18} {count}" for label, count in rows]
    lines += [f"{number:>22} {why}" for why, number in counts.reasons.most_common(10)]
    lines += [f"{f'row {number}':>22} {why}" for number, why in counts.examples[:5]]
    if counts.voices:
        lines.append(f"{'voices ' + would + 'new':>18} {counts.voices}")
    return "\n".join(lines)


def _list() -> int:
    for batch in past_imports(HEARD):
        print(
            f"{batch.pk:>6}  {batch.started_at:%Y-%m-%d %H:%M}  {batch.kind:<10} {batch.source:<12} {batch.file_name:<30} "
            f"new {batch.new}, changed {batch.changed}, as it was {batch.same}, refused {batch.refused}  {batch.get_state_display()}"
        )
    return 0


def _undo(batch_id: int) -> int:
    with _Bar("taking back", None) as bar:
        kept = actions.take_back(HEARD, batch_id, show=bar.more)
    if not kept:
        print(f"import {batch_id} is undone; nothing of it is left")
        return 0
    print(f"import {batch_id} is undone, but for what was changed since:")
    print("\n".join(f"{count:>10} {why}" for why, count in kept.most_common()))
    return 1


def _chosen(maps: list[str]) -> dict[str, str]:
    pairs = [m.partition("=") for m in maps]
    if wrong := [field for field, equals, _ in pairs if not equals]:
        raise BadMapping(f"--map {wrong[0]}: expected FIELD=COLUMN")
    return {field.strip(): column.strip() for field, _, column in pairs}


def _team(name: str) -> int | None:
    if not name:
        return None
    found = teams(HEARD).filter(name__iexact=name).values_list("id", flat=True).first()
    if found is None:
        raise _Wrong(f"there is no team {name!r}")
    return found


class _Bar:
    """On a terminal; nothing where nobody looks."""

    def __init__(self, what: str, total: float | None) -> None:
        columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
        self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> "_Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def at(self, part: float) -> None:
        self._bar.update(self._task, completed=part)

    def more(self, rows: int) -> None:
        self._bar.advance(self._task, rows)


# ── Sites ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_site_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the site is called here")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="URL",
        help="where the pages of a new site are, like https://shop.example",
    )
    parser.add_argument("--team", default="", help="the one team that may see its visitors (default: everybody)")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--off", action="store_const", const=False, dest="on", help="let a site that is there tell nothing more")
    switch.add_argument("--on", action="store_const", const=True, dest="on", help="let it tell again")


def run_site(args: argparse.Namespace) -> int:
    """Prints the script tag of a new site, or switches one that is there."""
    try:
        if args.on is not None:
            switch_site(HEARD, args.name, on=args.on)
            print(f"{args.name} is {'on' if args.on else 'off'}.")
            return 0
        site = add_site(HEARD, args.name, origins=args.origin, team_id=_team(args.team))
    except (BadSite, _Wrong) as error:
        print(f"heard site: {error}", file=sys.stderr)
        return 2
    print(f'<script async src="{settings.PUBLIC_URL}/site/{site.key}/visits.js"></script>')
    print('Nothing is told before a visitor agreed: call heardVisits.agree("the version of your words") when they do.')
    return 0
