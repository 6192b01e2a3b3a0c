"""A whole house in a process of its own, on the test's store: what a person or a network meets from outside."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from django.db import connection

PATIENCE_SECONDS = 180  # a busy machine starts slowly


def store_address() -> str:
    """DATABASE_URL of the store that this test is using."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running_house(command: str = "up", *, port: int = 0, **environment: str) -> Iterator[str]:
    """`heard COMMAND` until the block ends; gives its address once it answers. `port`: where others were told it would be."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "DATABASE_URL": store_address(),
        "HEARD_LISTEN": f"127.0.0.1:{port}",
        "HEARD_PUBLIC_URL": address,
        "HEARD_ALLOW_PRIVATE_ADDRESSES": "yes",
        "HEARD_KEEPS_PACE": "no",
        "HEARD_LOG": "warning",
        **environment,
    }
    process = subprocess.Popen([sys.executable, "-m", "heard", command], env=os.environ | settings)
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"heard ended with {process.returncode}"
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/accounts/login/")
            return
        time.sleep(0.1)
    raise AssertionError("heard did not answer within three minutes")


@pytest.fixture
def house(transactional_db) -> Iterator[str]:
    """The address of a running house on this test's store."""
    with running_house() as address:
        yield address
