"""`heard person export|erase WHO`: what a person may ask of us, for those who keep the house."""

import argparse
import sys
from pathlib import Path

from heard.governance.holds import Held
from heard.governance.permissions import HEARD
from heard.governance.rules.erasing import Reason

WORD = "erase"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="what to do", required=True, metavar="export|erase")
    export = verbs.add_parser("export", help="write everything about them into one zip")
    export.add_argument("who", metavar="WHO", help="the number of the customer, or an address, number or handle of theirs")
    export.add_argument("--out", type=Path, default=None, metavar="FILE", help="where to (default: customer-NUMBER.zip)")
    export.set_defaults(run=_export)
    erase = verbs.add_parser("erase", help="erase them from every table, file and index, and print the receipt")
    erase.add_argument("who", metavar="WHO", help="as for export")
    erase.add_argument("--reason", choices=[r.value for r in Reason], default=Reason.ASKED.value)
    erase.add_argument("--yes", action="store_true", help="do not ask; nothing brings them back")
    erase.set_defaults(run=_erase)


def _export(options: argparse.Namespace) -> int:
    from heard.identity import actions_on_rights as actions

    customer_id = _one(options.who)
    if customer_id is None:
        return 1
    path = options.out or Path(f"customer-{customer_id}.zip")
    with path.open("wb") as out:
        path.chmod(0o600)
        counts = actions.export_person(HEARD, customer_id, out)
    for title, count in counts.items():
        print(f"{count:>8,}  {title}")
    print(f"Everything about customer {customer_id} is in {path}.")
    return 0


def _erase(options: argparse.Namespace) -> int:
    from heard.governance import erasure
    from heard.identity import actions_on_rights as actions
    from heard.identity import rights
    from heard.kernel import claims
    from heard.listening.files import drop_files

    customer_id = _one(options.who)
    if customer_id is None:
        return 1
    name, _ = rights.person_of(HEARD, customer_id)
    if not options.yes and not _means_it(name):
        print("Nothing was erased.")
        return 1
    try:
        asked = actions.erase_person(HEARD, customer_id, reason=Reason(options.reason), confirmed=True)
    except Held as no:
        print(f"heard: {no}", file=sys.stderr)
        return 1
    done = erasure.finish(asked, worker=claims.new_worker_name(), drop_files=drop_files)
    for what, rows in sorted(done.erased.items()):
        print(f"{rows:>8,}  {what}")
    for what, rows in sorted(done.blanked.items()):
        print(f"{rows:>8,}  {what}, blanked or dropped where others named them")
    if done.state == done.State.DONE:
        print(f"Receipt {done.key}: erased. {done.looked_at:,} rows were searched after it, and nothing was found.")
        return 0
    if done.state == done.State.RUNNING:
        print(f"Receipt {done.key}: erased but for files that came a moment ago; the worker drops them within six minutes.")
        return 0
    print(f"heard: receipt {done.key}: something is left ({done.left}); the worker tries again", file=sys.stderr)
    return 1


def _one(who: str) -> int | None:
    from heard.identity import rights

    found = rights.find_person(HEARD, who)
    if len(found) == 1:
        return found[0]
    told = f"{who} may be one of {', '.join(map(str, found))}: say which." if found else f"nobody is known as {who}."
    print(f"heard: {told} Nothing was done.", file=sys.stderr)
    return None


def _means_it(name: str) -> bool:
    print(f"{name} is erased from every table, file and index. Nothing brings them back.")
    return input(f"Write {WORD} to go on: ").strip().lower() == WORD
