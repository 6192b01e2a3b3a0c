"""In what order people are served: by need, age and promise. Never by fame, never by how loud or how often someone asks.

Everything is said in one figure, the moment by which an answer is due: it falls behind by itself, so nothing has to be
sorted anew as time passes, and it reads as a sentence.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from heard.routing.rules.business_hours import BusinessHours

# How much of the queue's response target a voice of each urgency has. 3 is safety, money running out, many affected.
SHARE_OF_TARGET = {0: 1.5, 1: 1.0, 2: 0.5, 3: 0.125}
URGENCY_WORDS = {1: "to be answered within the usual time", 2: "needed today", 3: "cannot wait: safety, money, or many affected"}
CANNOT_WAIT = 3


@dataclass(frozen=True)
class Target:
    """In how many seconds a queue answers. With `hours` only those count in which somebody is there, but for emergencies."""

    seconds: int
    hours: BusinessHours | None = None
    emergencies_any_time: bool = True


def due_at(*, started_at: datetime, target: Target, urgency: int) -> datetime:
    """By when a voice that came at `started_at` is to be answered."""
    urgency = min(CANNOT_WAIT, max(0, urgency))
    seconds = target.seconds * SHARE_OF_TARGET[urgency]
    if target.hours is None or (urgency == CANNOT_WAIT and target.emergencies_any_time):
        return started_at + timedelta(seconds=seconds)
    return target.hours.after(started_at, seconds)


def order_reasons(*, urgency: int, queue_name: str, target: Target) -> list[str]:
    """Why a conversation stands where it stands, for the row of the inbox, which adds how long it has been."""
    need = [URGENCY_WORDS[urgency]] if urgency in URGENCY_WORDS else []
    within = f"{queue_name} answers within {_in_words(target.seconds)}"
    return [*need, f"{within} of its hours" if target.hours else within]


def _in_words(seconds: int) -> str:
    if seconds % 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
