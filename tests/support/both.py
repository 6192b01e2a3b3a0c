"""Runs the suite on SQLite and on PostgreSQL at the same time, each with a home and servers of its own: `both.py ARGUMENTS`.

What SQLite's says is shown as it comes, then all of PostgreSQL's. The end is pytest's own last line; where only the first of
the two failed, its summary is shown once more, so that the last line never hides a failure.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTEST = [sys.executable, "-m", "pytest"]
LOOK_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Run:
    """One suite: what is typed, where its state lies, and what is added to the environment."""

    name: str
    command: Sequence[str]
    home: Path
    environment: Mapping[str, str]

    @property
    def log(self) -> Path:
        return self.home / "log"

    def start(self) -> subprocess.Popen:
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            environment = os.environ | {"HEARD_HOME": str(self.home)} | dict(self.environment)
            return subprocess.Popen(self.command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)


def main(arguments: Sequence[str]) -> int:
    home = ROOT / ".cache/test"
    return run(
        Run("SQLite", [*PYTEST, *arguments], home / "sqlite", {"DATABASE_URL": ""}),
        Run("PostgreSQL", [sys.executable, "tests/support/postgresql.py", *PYTEST, *arguments], home / "postgresql", {}),
    )


def run(*runs: Run) -> int:
    """The first exit code that is not 0. All are over when it returns."""
    with ExitStack() as stack:
        begun = []
        for each in runs:
            begun.append((each, stack.enter_context(each.start())))
            stack.callback(begun[-1][1].terminate)
        for each, process in begun:
            print(f"── tests on {each.name}", flush=True)
            follow(each.log, process)
    failed = [(each, process.returncode) for each, process in begun if process.returncode]
    if failed and begun[-1][1].returncode == 0:
        for each, _ in failed:
            print(f"── tests on {each.name} failed\n{summary(each.log.read_text())}", end="", flush=True)
    return failed[0][1] if failed else 0


def follow(log: Path, process: subprocess.Popen) -> None:
    """Shows the log until the process is over and all of it was shown."""
    with log.open("rb") as lines:
        is_over = False
        while True:
            if said := lines.read():
                sys.stdout.buffer.write(said)
                sys.stdout.flush()
            elif is_over:
                return
            else:
                is_over = process.poll() is not None
                time.sleep(0 if is_over else LOOK_EVERY_SECONDS)


def summary(said: str) -> str:
    """From pytest's list of failures to its end; without one, the last lines."""
    lines = said.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if "short test summary info" in line]
    return "".join(lines[starts[-1] :] if starts else lines[-40:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
