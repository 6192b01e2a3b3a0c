"""How often this house, with all its processes, may call somebody: one row for each name, and rules/allowance.py."""

from datetime import datetime

from django.db import transaction

from heard.kernel.models import Allowance as Row
from heard.kernel.rules import allowance as rules


def wait_seconds(name: str, *, per_minute: int, now: datetime, keeps_back: bool = False) -> float:
    """0 when one call may be made, and is counted; else how long to wait. `keeps_back` leaves some to what cannot wait."""
    with transaction.atomic():
        row, known = _known(name, per_minute, now)
        left, wait = rules.asked(known, per_minute=per_minute, now=now, keeps_back=keeps_back)
        _keep(row, left)
    return wait


def spend(name: str, calls: int, *, per_minute: int, now: datetime) -> None:
    """Count calls that were made besides."""
    if calls <= 0:
        return
    with transaction.atomic():
        row, known = _known(name, per_minute, now)
        _keep(row, rules.spent(rules.filled(known, per_minute=per_minute, now=now), calls))


def close(name: str, *, until: datetime, per_minute: int, now: datetime) -> None:
    """Nobody may call before. A later end that is known already stands."""
    with transaction.atomic():
        row, known = _known(name, per_minute, now)
        _keep(row, known._replace(closed_until=max(until, known.closed_until or until)))


def _known(name: str, per_minute: int, now: datetime) -> tuple[Row, rules.Allowance]:
    full = rules.fresh(per_minute, now=now)
    row, _ = Row.objects.select_for_update().get_or_create(name=name, defaults={"left": full.left, "counted_at": now})
    return row, rules.Allowance(row.left, row.counted_at, row.closed_until)


def _keep(row: Row, now: rules.Allowance) -> None:
    Row.objects.filter(pk=row.pk).update(**now._asdict())
