"""Writers take turns on SQLite, and nobody is left out for long."""

import threading
import time

import pytest
from django.db import connection, transaction

from heard.kernel.models import Lease

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL lets many write at once"),
]


def test_who_waits_asks_again_and_again_and_writes_when_the_other_has_finished():
    begun, asked = threading.Event(), []

    def busy() -> None:
        try:
            with transaction.atomic():
                Lease.objects.create(name="busy", holder="a", until="2026-01-01T00:00:00Z")
                begun.set()
                end = time.monotonic() + 15
                while (
                    len(asked) < 10 and time.monotonic() < end
                ):  # SQLite itself would be asked once, and sleep ever longer between two looks
                    time.sleep(0.001)
        finally:
            connection.close()

    def note(execute, sql, params, many, context):
        asked.extend([sql] if sql.startswith("BEGIN") else [])
        return execute(sql, params, many, context)

    other = threading.Thread(target=busy, daemon=True)
    other.start()
    assert begun.wait(60)
    with connection.execute_wrapper(note), transaction.atomic():
        assert Lease.objects.filter(name="busy").exists()  # it is our turn only after the other's commit
    other.join(60)
    assert len(asked) >= 10
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone()[0] == connection.settings_dict["OPTIONS"]["timeout"] * 1000  # as before, for everything else


def test_patience_ends():
    begun, done = threading.Event(), threading.Event()

    def busy() -> None:
        try:
            with transaction.atomic():
                begun.set()
                done.wait(60)
        finally:
            connection.close()

    other = threading.Thread(target=busy)
    other.start()
    begun.wait(60)
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
