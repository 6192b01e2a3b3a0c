"""Which reactions stand."""

from collections.abc import Iterable
from datetime import datetime

WHATEVER_IT_WAS = ""  # see contract.Reacted


def standing(told: Iterable[tuple[str, bool, int, datetime]]) -> dict[str, int]:
    """How often each reaction stands; `told`: (reaction, active, who, when), the newest of each (reaction, who), in any order."""
    rows = list(told)
    ended = {who: at for reaction, _, who, at in rows if reaction == WHATEVER_IT_WAS}
    counts: dict[str, int] = {}
    for reaction, active, who, at in rows:
        if reaction != WHATEVER_IT_WAS and active and not (who in ended and ended[who] >= at):
            counts[reaction] = counts.get(reaction, 0) + 1
    return counts
