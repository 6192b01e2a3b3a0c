"""The write-ahead log of SQLite stays short, whoever reads; on PostgreSQL there is none."""

import sqlite3

import pytest
from django.db import connection

from heard.kernel.checkpoint import Checkpoint, length_of_log
from heard.kernel.models import StreamEvent

pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 64 * 1024


@pytest.fixture
def somebody_reads():
    """A reader in the middle of a long question, on a connection of its own."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has a log that waits for readers")
    reader = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM kernel_streamevent").fetchone()
    yield reader
    reader.close()


def _write_much() -> None:
    StreamEvent.objects.bulk_create(StreamEvent(topic="t", payload={"text": "x" * 2000}) for _ in range(100))


def test_a_log_that_became_too_long_is_started_anew():
    _write_much()
    too_long = length_of_log() > LIMIT
    assert Checkpoint(LIMIT).keep_short() is too_long
    assert length_of_log() == 0


def test_a_short_log_is_left_alone():
    _write_much()
    before = length_of_log()
    assert Checkpoint(before + 1).keep_short() is False
    assert length_of_log() == before


def test_nobody_waits_long_for_a_long_reader_and_writing_goes_on(somebody_reads):
    _write_much()
    checkpoint = Checkpoint(LIMIT)
    assert checkpoint.keep_short() is False
    _write_much()
    assert StreamEvent.objects.count() == 200


def test_when_the_long_reader_is_done_the_log_becomes_short_again(somebody_reads):
    _write_much()
    checkpoint = Checkpoint(LIMIT)
    checkpoint.keep_short()
    somebody_reads.execute("COMMIT")
    _write_much()
    assert checkpoint.keep_short() is True
    assert length_of_log() == 0
    assert StreamEvent.objects.count() == 200


def test_after_a_try_in_vain_it_is_not_tried_with_every_batch(somebody_reads):
    _write_much()
    checkpoint = Checkpoint(LIMIT)
    checkpoint.keep_short()
    somebody_reads.execute("COMMIT")
    assert checkpoint.keep_short() is False, "the log has not grown since"


def test_the_patience_of_other_statements_is_as_before(somebody_reads):
    _write_much()
    Checkpoint(LIMIT).keep_short()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (20_000,)
