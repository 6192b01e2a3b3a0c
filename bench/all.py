"""Runs every bench in turn and writes docs/performance.md: what was measured, how, the goal, and whether it was met.

    .venv/bin/python bench/all.py [--data PATH] [--only NAME,NAME] [--quick]

PATH is the folder with the public sets; without them some benches are left out and some make up their own. `--only` takes
rows of bench/rows.py ("webhook-postgres") or scripts ("webhook": all its rows) and leaves the other figures as they were.
`--quick` runs the quick forms, whose figures mean nothing: they go to .cache/bench, not to the docs. `--page` runs nothing and
writes the page anew from the figures; `--check` says by its exit code whether it is that of the figures.

A bench that fails or takes too long is shown as failed, and the run goes on; the exit code is then 1. What a bench said on
the way is in .cache/bench/NAME.log. The figures lie beside the page, in docs/performance.json.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import growth
import page
from memory import busy_share
from rows import Row, chosen

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / ".cache" / "bench"
QUICK_SECONDS = 120  # of a form that takes 15 s on an idle machine
TIME_TO_CLEAR_UP_SECONDS = 20  # a bench that is interrupted drops its database


class Failed(Exception):
    """A bench gave no figure. The text is its last words."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("HEARD_DATA") or ROOT.parent / "shared" / "data"))
    options.add_argument("--only", default="", help="names, separated by commas")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--page", action="store_true", help="run nothing, only write the page")
    options.add_argument("--check", action="store_true", help="run nothing; 1 when the page is not that of the figures")
    given = options.parse_args()
    if given.check:
        docs = ROOT / "docs"
        return int(any((docs / name).read_text() != text for name, text in made_of(known(docs)).items()))
    try:
        rows = [] if given.page else chosen([name for name in given.only.split(",") if name])
    except KeyError as error:
        return options.error(f"there is no bench {error}")
    LOGS.mkdir(parents=True, exist_ok=True)
    folder = LOGS if given.quick else ROOT / "docs"
    figures = known(folder)
    for row in rows:
        data = given.data if (given.data / row.data).exists() else None
        if row.needs_data and not data:
            print(f"── {row.name}: left out, there is no {given.data / row.data}", flush=True)
            continue
        print(f"── {row.name}: {row.what}", flush=True)
        figures[row.name] = measured(row, data, quick=given.quick)
        keep(folder, figures)
        print(f"   {page.in_short(row, figures[row.name])}", flush=True)
    keep(folder, figures)
    return 1 if any("failed" in figures[row.name] for row in rows if row.name in figures) else 0


def known(folder: Path) -> dict[str, dict]:
    file = folder / "performance.json"
    return json.loads(file.read_text()) if file.exists() else {}


def keep(folder: Path, figures: dict[str, dict]) -> None:
    """After each row: a run that is broken off loses nothing."""
    (folder / "performance.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    for name, text in made_of(figures).items():
        (folder / name).write_text(text)


def made_of(figures: dict[str, dict]) -> dict[str, str]:
    """The files beside the figures, by name."""
    steps = {line["store"]: line["steps"] for line in page.lines_of(figures) if line.get("bench") == "growth"}
    picture = {"growth.svg": growth.drawn(steps)} if steps else {}
    return {"performance.md": page.written(figures), **picture}


def measured(row: Row, data: Path | None, *, quick: bool) -> dict:
    """{"at", "seconds", "others", and "line", the bench's last words, or "failed" with the reason}.

    "others" is the share of the machine that was in use just before, when nothing of ours ran.
    """
    others, began = busy_share(), time.monotonic()
    found = {"at": datetime.now(UTC).isoformat(timespec="minutes"), "others": others}
    try:
        found["line"] = last_line(row, row.command(data, quick=quick), QUICK_SECONDS if quick else row.most_seconds)
    except Failed as failure:
        found["failed"] = str(failure)
    return {**found, "seconds": round(time.monotonic() - began)}


def last_line(row: Row, command: list[str], most_seconds: float) -> dict:
    """Raises Failed."""
    if row.postgresql:
        subprocess.run([sys.executable, "tests/support/postgresql.py", "true"], cwd=ROOT, check=False)  # starts the server
    server = os.environ.get("HEARD_TEST_POSTGRESQL", "") if row.postgresql else ""
    log = LOGS / f"{row.name}.log"
    with log.open("w+") as told:
        running = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": server},
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
        try:
            code = running.wait(timeout=most_seconds)
        except subprocess.TimeoutExpired:
            stop(running)
            raise Failed(f"took longer than {most_seconds:,.0f} s")
        except BaseException:
            stop(running)
            raise
    lines = log.read_text(errors="replace").splitlines()
    if code:
        raise Failed(f"ended with {code}: {last_words(lines)}")
    for line in reversed(lines):
        if line.startswith("{"):
            return json.loads(line)
    raise Failed("said no figure")


def last_words(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "no word").replace(f"{ROOT}/", "")


def stop(running: subprocess.Popen) -> None:
    """As Ctrl-C would, for it and all it started; then for good."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(running.pid, number)
            running.wait(timeout=TIME_TO_CLEAR_UP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


if __name__ == "__main__":
    sys.exit(main())
