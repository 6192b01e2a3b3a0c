"""A duty in parts, shared out among whoever signed in."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from heard.kernel import claims, crew
from heard.kernel.models import Lease

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=15)


def _sign_in(worker: str, *, seconds: float = 0) -> tuple[set[int], set[int]]:
    return crew.share("sorting", 5, worker=worker, now=NOW + timedelta(seconds=seconds), lease=LEASE)


def test_whoever_is_alone_has_every_part():
    assert _sign_in("ann") == ({0, 1, 2, 3, 4}, set())


def test_a_second_worker_gets_a_part_when_the_first_has_let_go_of_it():
    _sign_in("ann")
    assert _sign_in("bob") == (set(), set())
    assert _sign_in("ann") == ({0, 2, 4}, {1, 3})
    crew.let_go("sorting", 1, worker="ann")
    assert _sign_in("bob") == ({1}, set())
    assert _sign_in("ann") == ({0, 2, 4}, {3})


def test_a_part_that_is_still_in_hand_stays_with_its_worker_however_long_it_takes():
    _sign_in("ann")
    for seconds in range(0, 60, 5):
        _sign_in("ann", seconds=seconds)
        assert _sign_in("bob", seconds=seconds) == (set(), set())


def test_parts_of_whoever_stayed_away_for_a_lease_go_to_the_others():
    _sign_in("ann")
    _sign_in("bob")
    assert _sign_in("bob", seconds=16) == ({0, 1, 2, 3, 4}, set())


def test_parts_of_a_killed_worker_of_this_machine_go_to_the_others_at_once():
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    here = claims.new_worker_name().rsplit("-", 2)[0]
    killed = f"{here}-{dead.stdout.strip()}-aa"
    for name in (f"at work:{killed}", "0", "3"):
        Lease.objects.create(name=f"sorting:{name}", holder=killed, until=NOW + LEASE)
    assert _sign_in(claims.new_worker_name()) == ({0, 1, 2, 3, 4}, set())


def test_whoever_leaves_lets_go_of_everything_at_once_and_of_nothing_else():
    _sign_in("ann")
    Lease.objects.create(name="sweeping:1", holder="ann", until=NOW)
    crew.leave("sorting", worker="ann")
    assert _sign_in("bob") == ({0, 1, 2, 3, 4}, set())
    assert Lease.objects.filter(holder="ann").count() == 1


def test_more_workers_than_parts_leave_some_without():
    for name in "abcdefg":
        _sign_in(name)
    crew.leave("sorting", worker="a")
    shares = [_sign_in(name)[0] for name in "bcdefg"]
    assert sorted(n for share in shares for n in share) == [0, 1, 2, 3, 4]
    assert set() in shares
