"""Threat 54: `kill -9` of the web server in the middle of a flood loses no webhook that was answered with 202, and none is there
twice, not even when all of them are sent again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from heard.kernel.secrets import seal
from heard.listening.models import ChannelAccount, Delivery, Payload
from tests.support.house import free_port, store_address

pytestmark = pytest.mark.django_db(transaction=True)

FLOOD = Path(__file__).parents[2] / "bench" / "flood.py"
SECRET = "a shared secret of thirty-two characters"
CALLS = 3000
KILLS = 3


@pytest.fixture
def shop() -> int:
    return ChannelAccount.objects.create(kind="api", name="Shop", sealed_secrets=seal({"signing_secret": SECRET})).pk


def _environment() -> dict[str, str]:
    return os.environ | {"DATABASE_URL": store_address(), "HEARD_LOG": "error"}


@contextmanager
def _web(port: int) -> Iterator[subprocess.Popen]:
    settings = {"HEARD_LISTEN": f"127.0.0.1:{port}", "HEARD_WEBHOOK_PACE": "0"}
    server = subprocess.Popen([sys.executable, "-m", "heard", "web"], env=_environment() | settings, stdout=subprocess.DEVNULL)
    try:
        assert _wait_until(lambda: _answers(port), 60), "the server did not come up"
        yield server
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _flood(port: int, account_id: int, *, first: int) -> subprocess.Popen:
    """CALLS posts from number `first` on, over 32 connections."""
    order = {"host": "127.0.0.1", "port": port, "path": f"/hooks/{account_id}/", "secret": SECRET, "connections": 32}
    flood = subprocess.Popen([sys.executable, FLOOD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    flood.stdin.write(json.dumps(order | {"calls": CALLS, "first": first, "tell_kept": True}))
    flood.stdin.close()
    return flood


def _acknowledged(flood: subprocess.Popen) -> list[str]:
    """Keys of the calls that were answered with 202."""
    with flood.stdout:
        told = json.loads(flood.stdout.read())
    assert flood.wait(timeout=60) == 0
    return told["kept"]


def _wait_until(is_true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.01)
    return False


def _stored() -> Counter[str]:
    return Counter(Delivery.objects.values_list("delivery_key", flat=True))


def test_a_web_server_killed_in_a_flood_has_kept_all_that_it_acknowledged(shop):
    port = free_port()
    killed_with_calls_in_hand = 0
    for round_ in range(KILLS):
        enough = Delivery.objects.count() + 150 * (round_ + 1)
        with _web(port) as server:
            flood = _flood(port, shop, first=round_ * 1_000_000)
            assert _wait_until(lambda: Delivery.objects.count() >= enough, 60), "nothing came"  # noqa: B023
            server.send_signal(signal.SIGKILL)
            acknowledged = _acknowledged(flood)
        stored = _stored()
        assert set(stored.values()) == {1}
        assert not set(acknowledged) - set(stored)
        killed_with_calls_in_hand += 0 < len(acknowledged) < CALLS
    assert killed_with_calls_in_hand >= 1, "no server died with calls in hand, so this proved nothing"

    with _web(port):
        again = [_acknowledged(_flood(port, shop, first=round_ * 1_000_000)) for round_ in range(KILLS)]
    assert [len(keys) for keys in again] == [CALLS] * KILLS
    assert _stored() == Counter(key for keys in again for key in keys)
    assert Payload.objects.count() == CALLS * KILLS
