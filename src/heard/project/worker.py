"""The worker: claims waiting deliveries and walks them; a batch that fails is halved until the poison is alone."""

import gc
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import OperationalError, close_old_connections

from heard.kernel import bulk, claims
from heard.kernel.clock import now
from heard.listening import deliveries as post
from heard.listening.actions import quarantine
from heard.listening.deliveries import Waiting
from heard.listening.tick_off import LostClaim
from heard.project.journey import walk
from heard.understanding.assess import get_ready
from heard.understanding.learning import versions

log = logging.getLogger(__name__)

BATCH = 1000  # deliveries; one live message is a batch of one
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5  # a delivery whose workers keep dying is poison too
LOOK_EVERY_SECONDS = 0.25  # when nothing woke us


def drain(worker: str | None = None, *, limit: int = BATCH) -> int:
    """Walk everything that waits now. Returns how many deliveries were walked or put into quarantine."""
    worker = worker or claims.new_worker_name()
    done = 0
    while count := walk_some(worker, limit=limit):
        done += count
    return done


def walk_some(worker: str, *, limit: int = BATCH) -> int:
    """Claim and walk one batch. Returns its size, 0 when nothing waits."""
    claimed = post.claim_waiting(worker=worker, now=now(), lease=LEASE, limit=limit)
    batch = [d for d in claimed if d.attempts <= MOST_ATTEMPTS]
    for worn_out in (d for d in claimed if d.attempts > MOST_ATTEMPTS):
        quarantine(
            worn_out, worker=worker, reason=f"Given up after {MOST_ATTEMPTS} attempts: its workers died or ran out of time."
        )
    if batch:
        walk_or_halve(batch, worker=worker)
    return len(claimed)


def walk_or_halve(batch: Sequence[Waiting], *, worker: str) -> None:
    """One failing delivery must not hold up the others: the half without it goes through, it ends alone, with its reason.

    Raises OperationalError when the store is busy or away: nothing of the batch, or not all of it, was walked.
    """
    try:
        with _no_collection():
            walk(batch, worker=worker)
    except LostClaim:
        log.warning("a batch of %d took longer than its lease; another worker has it", len(batch))
    except OperationalError:
        post.give_back(
            [d.id for d in batch if d.id is not None], worker=worker
        )  # the store is busy or away: not the fault of any delivery
        raise
    except Exception as error:
        if len(batch) == 1:
            log.warning("delivery %s goes to quarantine: %s", batch[0].delivery_key, error)
            quarantine(batch[0], worker=worker, reason=f"{type(error).__name__}: {error}")
            return
        middle = len(batch) // 2
        walk_or_halve(batch[:middle], worker=worker)
        walk_or_halve(batch[middle:], worker=worker)


def get_ready_to_walk() -> None:
    """Once in each thread that walks, before its first batch: so that the first voice waits no longer than the others."""
    versions.settle()
    get_ready()
    bulk.expect_much()


@contextmanager
def _no_collection() -> Iterator[None]:
    """A walk makes many small things and no cycles: looking for cycles meanwhile finds nothing and takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def work(
    stopping: Callable[[], bool],
    duty: Callable[[str], int],
    *,
    rest: Callable[[float], None],
    look_every_seconds: float = LOOK_EVERY_SECONDS,
) -> None:
    """Do the duty again and again until `stopping`. It gets the worker's name and says how much it did; after nothing we rest."""
    worker = claims.new_worker_name()
    post.free_the_dead()
    while not stopping():
        try:
            close_old_connections()
            busy = duty(worker)
        except OperationalError as error:
            log.warning("the store does not answer: %s", error)
            time.sleep(1)
            continue
        except Exception:
            log.exception("a worker met what nobody foresaw; it goes on")
            time.sleep(1)
            continue
        if not busy:
            rest(look_every_seconds)
