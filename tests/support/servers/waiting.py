"""Waiting for a real server: ask again until it is so, and say what was waited for when it never is."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(answer: Callable[[], T], *, seconds: float = 60, every: float = 0.05) -> T:
    """The first answer that is not empty. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while True:
        found = answer()
        if found:
            return found
        if time.monotonic() > until:
            raise TimeoutError(f"{answer.__qualname__} was still {found!r} after {seconds:g} s")
        time.sleep(every)


def port_is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def port_is_free(host: str, port: int) -> bool:
    """A server that was just stopped may hold its port for a second."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
