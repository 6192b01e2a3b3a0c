"""`heard doctor`: what is set, what works and what does not, each finding with what to do."""

import os
import sqlite3
from collections.abc import Generator, Iterator

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from heard.governance.permissions import HEARD
from heard.listening.accounts import adapters
from heard.listening.deliveries import waiting_count
from heard.listening.selectors import visible_accounts
from heard.project import environment, jetstream

SECRET = {"HEARD_SECRET_KEY", "HEARD_SECRET_KEY_FALLBACKS", "DATABASE_URL", "HEARD_NATS_URL"}


def run() -> int:
    """Print every finding; 0 when nothing is wrong, else 1."""
    wrong = 0
    for ok, finding in findings():
        print(f"{'ok   ' if ok else 'WRONG'}  {finding}")
        wrong += not ok
    print("\nNothing is wrong." if not wrong else f"\n{wrong} to look at.")
    return 1 if wrong else 0


def findings() -> Iterator[tuple[bool, str]]:
    """(whether it is as it should be, what was found and what to do)."""
    for setting in environment.SETTINGS:
        given = os.environ.get(setting.name, "")
        shown = "given" if given and setting.name in SECRET else given
        yield True, f"{setting.name}: {shown}" if shown else f"{setting.name}: not given ({setting.default or 'empty'})"
    if (yield from _store()):
        yield from _channels()
    if url := environment.read("HEARD_NATS_URL"):
        yield from _broker(url)


def _store() -> Generator[tuple[bool, str], None, bool]:
    """Ends with whether its tables can be read."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        yield False, f"The store does not answer: {' '.join(str(error).split())} Check DATABASE_URL."
        return False
    version = sqlite3.sqlite_version if connection.vendor == "sqlite" else str(connection.pg_version)  # type: ignore[attr-defined]
    yield True, f"The store is {connection.vendor} {version}."
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
        yield True, "The tables are those of this version."
    except (SystemExit, CommandError):
        yield False, "The tables are of an older version. Run: heard migrate"
        return False
    writable = os.access(settings.HOME, os.W_OK)
    yield writable, f"Files are kept in {settings.FILES}." if writable else f"{settings.HOME} cannot be written to."
    yield True, f"{waiting_count()} deliveries wait to be walked."
    return True


def _channels() -> Iterator[tuple[bool, str]]:
    yield True, f"Channels installed: {', '.join(sorted(adapters()))}."
    for account in visible_accounts(HEARD):
        fine = account.state not in ("failing", "paused")
        yield fine, f"Channel {account.name}: {account.get_state_display()}{'' if fine else f': {account.last_error}'}"


def _broker(url: str) -> Iterator[tuple[bool, str]]:
    try:
        standing = jetstream.standing(url)
    except jetstream.NoBroker as error:
        yield False, str(error)
        return
    yield (
        True,
        f"The broker answers. {standing.waiting} packets wait there; {standing.held} of its {jetstream.PARTITIONS} parts are being read.",
    )
    if standing.waiting and not standing.held:
        yield False, "Nobody reads what waits at the broker. Start: heard worker"
    if standing.refused:
        yield (
            False,
            f"{standing.refused} messages there are none of ours; they lie on {jetstream.REFUSED}, see docs/operate/scaling.md.",
        )
