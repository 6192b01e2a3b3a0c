"""Writers take turns on SQLite, and nobody is left out for long."""

import threading
import time

import pytest
from django.db import connection, transaction

from heard.kernel.models import Lease
from heard.kernel.sqlite.base import ASK_AGAIN_SECONDS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL lets many write at once"),
]


def test_who_waits_writes_soon_after_the_other_has_finished(django_db_blocker):
    begun, finished_at = threading.Event(), []

    def busy() -> None:
        try:
            with transaction.atomic():
                Lease.objects.create(name="busy", holder="a", until="2026-01-01T00:00:00Z")
                begun.set()
                time.sleep(0.3)
            finished_at.append(time.monotonic())
        finally:
            connection.close()

    other = threading.Thread(target=busy)
    other.start()
    begun.wait(10)
    with transaction.atomic():
        mine_at = time.monotonic()
        assert Lease.objects.filter(name="busy").exists()
    other.join()
    assert finished_at and mine_at >= finished_at[0] - 0.05  # not before, and the wait was one of milliseconds
    assert ASK_AGAIN_SECONDS < 0.01


def test_patience_ends(django_db_blocker):
    begun, done = threading.Event(), threading.Event()

    def busy() -> None:
        try:
            with transaction.atomic():
                begun.set()
                done.wait(10)
        finally:
            connection.close()

    other = threading.Thread(target=busy)
    other.start()
    begun.wait(10)
    patience = connection.settings_dict["OPTIONS"]["timeout"]
    connection.settings_dict["OPTIONS"]["timeout"] = 0.1
    try:
        with pytest.raises(Exception, match="locked"), transaction.atomic():
            pass
    finally:
        connection.settings_dict["OPTIONS"]["timeout"] = patience
        done.set()
        other.join()
    with transaction.atomic():  # and the connection is as good as before
        Lease.objects.create(name="mine", holder="b", until="2026-01-01T00:00:00Z")
