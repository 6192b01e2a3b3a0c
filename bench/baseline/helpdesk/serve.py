"""Started by `Desk.served` as any server of a measurement is, with its address in HEARD_LISTEN; becomes gunicorn."""

import os
import sys

from baseline.helpdesk import HERE, python

if __name__ == "__main__":
    os.chdir(HERE)
    arguments = [
        "--bind",
        os.environ["HEARD_LISTEN"],
        "--workers",
        sys.argv[1],
        "--timeout",
        "120",
        "--log-level",
        "warning",
        "desk_wsgi:application",
    ]
    os.execv(python(), [python(), "-m", "gunicorn", *arguments])
