"""A broker of our own: nats-server with JetStream on a free port, its files in a folder that goes with it.

It can be killed and started again on the same port and files, as in life.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.support.servers import require
from tests.support.servers.waiting import free_port, port_is_open, wait_for

HOST = "127.0.0.1"
SERVER = "/usr/sbin/nats-server"


class Broker:
    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"nats://{HOST}:{self.port}"
        self.home = Path(tempfile.mkdtemp(prefix="heard-nats-"))
        self._process: subprocess.Popen | None = None

    def start(self) -> "Broker":
        command = [program(), "-js", "-sd", str(self.home / "files"), "-a", HOST, "-p", str(self.port), "-l", self.home / "log"]
        self._process = subprocess.Popen(command)
        wait_for(lambda: port_is_open(HOST, self.port))
        return self

    @property
    def process_id(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """As a crash does: nothing is put in order first."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)
        shutil.rmtree(self.home, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None


def program() -> str:
    """Where it is; Debian keeps it where only root looks."""
    return shutil.which("nats-server") or (SERVER if os.access(SERVER, os.X_OK) else "")


def start_or_skip() -> Broker:
    """Skips, or fails under CI=true, where there is none."""
    require(program(), "nats-server (tests/support/install_servers.py)")
    return Broker().start()
