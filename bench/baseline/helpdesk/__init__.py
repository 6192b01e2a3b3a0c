"""A comparable desk, really run: django-helpdesk (BSD) from PyPI, in a virtual environment of its own under .cache/.

    from baseline import helpdesk

    with helpdesk.desk(tickets=10_000) as desk:
        with desk.served() as server:                      # gunicorn, two workers
            get(f"http://{server.host}:{server.port}{desk.list_page}", cookie=desk.cookie)
        desk.run("get_email", "--quiet")                   # takes the mails that lie in desk.mailbox

Tickets have three follow-ups of about 66 words each and are written in bulk, not along its own path; three of four are open.
(On PostgreSQL its pages cost the same within noise.) `zanzibar` stands in every thousandth ticket, `router` in every fiftieth,
`modem` in two of five. Outgoing mail goes nowhere. The environment is made on first use (half a minute, once);
`python -m baseline.helpdesk` in bench/ makes it ahead, and `make tools` does.
"""

import json
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server import Server, running

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[2] / ".cache" / "helpdesk"
REQUIREMENTS = HERE / "requirements.txt"


@dataclass(frozen=True)
class Desk:
    """A filled desk and its addresses. `cookie` signs its one agent in. `tickets` are ids, oldest first."""

    folder: Path
    cookie: str
    tickets: int

    @property
    def mailbox(self) -> Path:
        """Where get_email looks: any number of files, each one mail."""
        return self.folder / "mailbox"

    @property
    def list_page(self) -> str:
        """The frame of the list; the browser then asks `list_rows` for its 25 rows."""
        return "/tickets/"

    @property
    def list_rows(self) -> str:
        return self.search("")

    def search(self, words: str) -> str:
        """The rows of the list that hold these words in the ticket; follow-ups it does not look into."""
        query = {"filtering": {"status__in": [1, 2]}, "filtering_null": {}, "sorting": "created", "sortreverse": None}
        asked = b64encode(json.dumps(query | {"search_string": words}).encode()).decode()
        return f"/datatables_ticket_list/{asked}?format=json&draw=1&start=0&length=25&order[0][column]=0&order[0][dir]=desc"

    def ticket(self, number: int) -> str:
        return f"/tickets/{number}/"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "HELPDESK_FOLDER": str(self.folder),
            "PYTHONPATH": str(HERE),
            "DJANGO_SETTINGS_MODULE": "desk_settings",
        }

    def run(self, *command: str) -> str:
        """A management command in a process of its own; what it printed. Raises CalledProcessError."""
        made = subprocess.run(
            [python(), "-m", "django", *command], env=self.environment, cwd=HERE, capture_output=True, text=True, check=False
        )
        if made.returncode:
            sys.stderr.write(made.stderr[-4000:])
            made.check_returncode()
        return made.stdout

    @contextmanager
    def served(self, *, workers: int = 2) -> Iterator[Server]:
        """Its pages by gunicorn. `pid` is of the master; the workers are its children (memory.tree)."""
        command = ["-m", "baseline.helpdesk.serve", str(workers)]
        with running(*command, **self.environment | {"PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parents[1]}"}) as server:
            yield server


def python() -> str:
    """Its own interpreter, made if it is not there yet."""
    made = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        command = [
            str(made),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-r",
            str(REQUIREMENTS),
        ]
        subprocess.run(command, check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return str(made)


@contextmanager
def desk(*, tickets: int, follow_ups: int = 3) -> Iterator[Desk]:
    """A desk on SQLite with so many tickets, gone afterwards. `follow_ups` of each: its search does not look into them."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as name:
        bare = Desk(Path(name), "", tickets)
        bare.mailbox.mkdir()
        bare.run("migrate", "--verbosity", "0")
        bare.run("loaddata", "--verbosity", "0", "emailtemplate.json")
        cookie = bare.run("fill", str(tickets), f"--follow-ups={follow_ups}").strip().splitlines()[-1]
        yield Desk(Path(name), cookie, tickets)
