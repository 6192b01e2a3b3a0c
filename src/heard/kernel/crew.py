"""Sharing out a duty that has numbered parts, among as many workers as happen to be there."""

from datetime import datetime, timedelta

from django.db import transaction

from heard.kernel import claims
from heard.kernel.models import Lease


def share(duty: str, parts: int, *, worker: str, now: datetime, lease: timedelta) -> tuple[set[int], set[int]]:
    """Signs in for the duty until `now + lease`. Returns (parts that are this worker's until then, parts it is to let go).

    Everybody who signed in gets as many, give or take one. A part is nobody else's before its holder let go of it
    (`let_go`), died or stayed away for a lease, so a worker finishes what it has in hand of one that it is to let go.
    """
    with transaction.atomic():
        claims.hold(_desk(duty, worker), worker=worker, now=now, lease=lease)
        there = sorted(_there(duty, now))
        mine = set(range(there.index(worker), parts, len(there)))
        held = {n for n in sorted(mine) if claims.hold(_part(duty, n), worker=worker, now=now, lease=lease)}
        names = {_part(duty, n): n for n in range(parts)}
        over = Lease.objects.filter(name__in=names, holder=worker).exclude(name__in=[_part(duty, n) for n in mine])
        over.update(until=now + lease)
        return held, {names[name] for name in over.values_list("name", flat=True)}


def _there(duty: str, now: datetime) -> list[str]:
    """Whoever signed in and has not stayed away since. What killed workers of this machine held is free at once."""
    desks = Lease.objects.filter(name__startswith=_desk(duty, ""))
    desks.filter(until__lt=now).delete()
    names = list(desks.values_list("holder", flat=True))
    if dead := [name for name in names if claims.is_dead(name)]:
        Lease.objects.filter(name__startswith=f"{duty}:", holder__in=dead).delete()
    return [name for name in names if name not in dead]


def let_go(duty: str, part: int, *, worker: str) -> None:
    claims.release(_part(duty, part), worker=worker)


def leave(duty: str, *, worker: str) -> None:
    """Sign out, and let go of every part."""
    Lease.objects.filter(holder=worker, name__startswith=f"{duty}:").delete()


def _desk(duty: str, worker: str) -> str:
    return f"{duty}:at work:{worker}"


def _part(duty: str, n: int) -> str:
    return f"{duty}:{n}"
