"""What a customer is worth to a house so far: how lately, how often and for how much they bought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

# An order in one of these states was never one.
NO_SALE = frozenset({"cancelled", "canceled", "voided", "void", "failed", "draft", "abandoned", "expired"})


class Part(NamedTuple):
    """What one identity bought in one currency; `total` is less what was given back."""

    currency: str
    orders: int
    total: Decimal
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Worth:
    """Of a person, over all their identities. `money`: {currency: sum}, the largest first."""

    recency_days: int
    frequency: int
    money: dict[str, Decimal]
    since: datetime


def worth(parts: Iterable[Part], *, now: datetime) -> Worth | None:
    """None for somebody who never bought. The order of `parts` does not matter, so joining and parting people is exact."""
    found = [p for p in parts if p.orders > 0]
    if not found:
        return None
    money: dict[str, Decimal] = {}
    for part in found:
        money[part.currency] = money.get(part.currency, Decimal(0)) + part.total
    return Worth(
        recency_days=max(0, (now - max(p.last_at for p in found)).days),
        frequency=sum(p.orders for p in found),
        money=dict(sorted(money.items(), key=lambda pair: (-pair[1], pair[0]))),
        since=min(p.first_at for p in found),
    )
