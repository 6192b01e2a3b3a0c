"""The product's own server in a process of its own, on the store of the measurement."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    pid: int


@contextmanager
def running(*command: str, **environment: str) -> Iterator[Server]:
    """`command` (default: `heard web`) until the block ends; it finds its address in HEARD_LISTEN and the store as we do."""
    host, port = "127.0.0.1", free_port()
    address = {"HEARD_LISTEN": f"{host}:{port}", "HEARD_PUBLIC_URL": f"http://{host}:{port}"}
    process = subprocess.Popen(
        [sys.executable, *(command or ("-m", "heard", "web"))],
        env=os.environ | address | environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours to pass on
    )
    try:
        wait_for(host, port, process)
        yield Server(host, port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(host: str, port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not answer in time")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
