"""Who does it: rows and duties are claimed by a conditional UPDATE with a lease, and the count says who won."""

import os
import socket
import uuid
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q

from heard.kernel.bulk import among
from heard.kernel.models import Lease

_HERE = f"{socket.gethostname()[:24]}-"


def new_worker_name() -> str:
    """A name no other worker ever has: host, process, and a random tail because process ids come round again."""
    return f"{_HERE}{os.getpid()}-{uuid.uuid4().hex[:8]}"


def claim(rows: models.QuerySet, *, worker: str, now: datetime, lease: timedelta, limit: int) -> list[int]:
    """Ids of at most `limit` of `rows` that are now this worker's until `now + lease`, oldest id first.

    The model has `claimed_by` and `lease_until`. A row whose lease ran out may be claimed again: its worker is dead or
    too slow, and finishes nothing, because finishing is conditional on `claimed_by`.
    """
    free = Q(claimed_by="") | Q(lease_until__lt=now)
    with transaction.atomic():
        candidates = rows.filter(free).order_by("id")
        if transaction.get_connection().features.has_select_for_update_skip_locked:
            candidates = candidates.select_for_update(skip_locked=True)
        ids = list(candidates.values_list("id", flat=True)[:limit])
        if not ids:
            return []
        won = rows.model._default_manager.filter(free, id__in=among(ids)).update(
            claimed_by=worker, lease_until=now + lease, attempts=F("attempts") + 1
        )
    if won == len(ids):
        return ids
    return list(
        rows.model._default_manager.filter(id__in=among(ids), claimed_by=worker).order_by("id").values_list("id", flat=True)
    )


def free_the_dead(rows: models.QuerySet) -> int:
    """Let go of what workers of this machine held when they were killed, without waiting for their leases to run out.

    A process id that came round again looks alive; its rows wait for the lease, which is merely slower.
    """
    holders = rows.filter(claimed_by__startswith=_HERE).values_list("claimed_by", flat=True).distinct()
    return rows.filter(claimed_by__in=[name for name in holders if is_dead(name)]).update(claimed_by="", lease_until=None)


def is_dead(worker: str) -> bool:
    """Whether the process of this worker was one of this machine and runs no more; False when nobody here can tell."""
    process_id = worker.removeprefix(_HERE).partition("-")[0]
    if not worker.startswith(_HERE) or not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def hold(name: str, *, worker: str, now: datetime, lease: timedelta) -> bool:
    """Whether this worker has the named duty until `now + lease`. Call again to renew; another takes over when it lapses."""
    until = now + lease
    if Lease.objects.filter(Q(holder=worker) | Q(until__lt=now), name=name).update(holder=worker, until=until):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"holder": worker, "until": until})
    return created


def hold_once(name: str, *, worker: str, now: datetime, lease: timedelta) -> bool:
    """Whether this worker is the one to do the named thing in this stretch of time: once a lease, whoever asks first."""
    if Lease.objects.filter(name=name, until__gt=now).exists():
        return False
    return hold(name, worker=worker, now=now, lease=lease)


def release(name: str, *, worker: str) -> None:
    Lease.objects.filter(name=name, holder=worker).delete()
