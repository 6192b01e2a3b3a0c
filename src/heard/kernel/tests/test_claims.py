"""One row, one worker: the count of a conditional UPDATE says who won."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from heard.kernel import claims
from heard.kernel.models import Lease, News

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=1)


def _claim(worker: str, *, now: datetime = NOW, limit: int = 10) -> list[int]:
    return claims.claim(News.objects.filter(heard_at=None), worker=worker, now=now, lease=LEASE, limit=limit)


@pytest.fixture
def three():
    return [News.objects.create(name="n", listener="l", payload={}).pk for _ in range(3)]


def test_a_claimed_row_is_nobody_elses_until_its_lease_runs_out(three):
    assert _claim("ann", limit=2) == three[:2]
    assert _claim("bob") == three[2:]
    assert _claim("cat") == []
    assert _claim("cat", now=NOW + 2 * LEASE) == three


def test_rows_of_a_killed_worker_are_free_at_once(three):
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    host = claims.new_worker_name().rsplit("-", 2)[0]
    _claim(f"{host}-{dead}-aa", limit=1)
    _claim(f"{host}-{os.getpid()}-bb", limit=1)
    assert claims.free_the_dead(News.objects.all()) == 1
    assert _claim("cat") == [three[0], three[2]]


def test_a_duty_has_one_holder_who_can_renew_it():
    assert claims.hold("poll", worker="ann", now=NOW, lease=LEASE)
    assert not claims.hold("poll", worker="bob", now=NOW, lease=LEASE)
    assert claims.hold("poll", worker="ann", now=NOW + LEASE / 2, lease=LEASE)
    assert claims.hold("poll", worker="bob", now=NOW + 3 * LEASE, lease=LEASE)
    claims.release("poll", worker="bob")
    assert not Lease.objects.exists()


def test_what_happens_once_a_lease_happens_once_whoever_asks():
    assert claims.hold_once("sweep", worker="ann", now=NOW, lease=LEASE)
    assert not claims.hold_once("sweep", worker="ann", now=NOW, lease=LEASE)
    assert not claims.hold_once("sweep", worker="bob", now=NOW, lease=LEASE)
    assert claims.hold_once("sweep", worker="bob", now=NOW + 2 * LEASE, lease=LEASE)
