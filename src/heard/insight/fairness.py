"""The report on fairness: who waited how long, against whom, and what it would take to serve all in one order."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language_info

from heard.governance.permissions import Viewer
from heard.insight.rules.fairness import FEWEST, Difference, Typical, Waited, difference, in_one_order, typical
from heard.routing.waits import Wait, newest_waits, said_in_public

MOST = 4000  # of the newest waits; more would not change what is found, and take seconds
MOST_ROWS = 200
MOST_LANGUAGES = 5
PERIODS = (7, 30, 90)  # days
MANY_FOLLOWERS, SOME_FOLLOWERS = 10_000, 500
Belongs = Callable[[Wait], bool]


@dataclass(frozen=True)
class Group:
    """Who belongs to a side of a comparison. `key` names it in an address."""

    key: str
    name: str
    belongs: Belongs


@dataclass(frozen=True)
class Compared:
    """One group against another: as they waited, and as they would have in one order."""

    one: Group
    other: Group
    difference: Difference
    one_in_order: Typical
    other_in_order: Typical


@dataclass(frozen=True)
class Report:
    since: datetime
    all: Typical
    is_cut: bool  # there were more waits than are looked at
    comparisons: list[Compared]


def report(viewer: Viewer, *, days: int, now: datetime) -> Report:
    """Of the waits that began in the last so many days, as far as the viewer sees them. A constant number of queries."""
    waits, is_cut = _waits(viewer, days, now)
    moment = now.timestamp()
    told = [_waited(wait) for wait in waits]
    fair = in_one_order(told, moment)
    comparisons = []
    for one, other in _pairs(waits, now):
        mine, yours = _places(waits, one), _places(waits, other)
        if not mine or not yours:
            continue
        found = difference([told[n] for n in mine], [told[n] for n in yours], moment)
        in_order = [typical([fair[n] for n in places], moment) for places in (mine, yours)]
        comparisons.append(Compared(one, other, found, *in_order))
    return Report(now - timedelta(days=days), typical(told, moment), is_cut, comparisons)


def rows_of(viewer: Viewer, key: str, *, days: int, now: datetime) -> tuple[Group, list[Wait]] | None:
    """The waits behind a number of the report, the longest first; None for a group that there is not."""
    waits, _ = _waits(viewer, days, now)
    groups = {group.key: group for pair in _pairs(waits, now) for group in pair}
    if key not in groups:
        return None
    theirs = [wait for wait in waits if groups[key].belongs(wait)]
    return groups[key], sorted(theirs, key=lambda w: (w.ended_at or now) - w.started_at, reverse=True)[:MOST_ROWS]


def _waits(viewer: Viewer, days: int, now: datetime) -> tuple[list[Wait], bool]:
    found = newest_waits(viewer, MOST + 1)
    since = now - timedelta(days=days)
    return [wait for wait in found[:MOST] if wait.started_at >= since], len(found) > MOST and found[-1].started_at >= since


def _waited(wait: Wait) -> Waited:
    ended = wait.ended_at.timestamp() if wait.ended_at else None
    started = wait.started_at.timestamp()
    # What was heard late may have been answered on its network before: nobody waits less than not at all.
    ended = None if ended is None else max(started, ended)
    return Waited(started, ended, wait.due_at.timestamp(), wait.queue_id, (wait.queue_id, wait.urgency))


def _pairs(waits: Sequence[Wait], now: datetime) -> Iterable[tuple[Group, Group]]:
    yield Group("public", "In public", lambda w: w.is_public), Group("private", "In private", lambda w: not w.is_public)
    loud = _loud(waits, now)
    yield (
        Group("loud", "Said it twice or more in public", lambda w: _key(w) in loud),
        Group("quiet", "Said it once, or in private", lambda w: _key(w) not in loud),
    )
    yield (
        Group("famous", f"{MANY_FOLLOWERS:,} followers or more", lambda w: (w.followers or 0) >= MANY_FOLLOWERS),
        Group("few", f"Fewer than {SOME_FOLLOWERS}", lambda w: w.followers is not None and w.followers < SOME_FOLLOWERS),
    )
    spoken = [language for language, base in Counter(w.language for w in waits).most_common(MOST_LANGUAGES) if base >= FEWEST]
    for language in spoken[1:]:
        yield _speaks(language), _speaks(spoken[0])


def _speaks(language: str) -> Group:
    return Group(f"language-{language or 'unknown'}", _language_name(language), lambda w: w.language == language)


def _language_name(language: str) -> str:
    with suppress(KeyError):
        return str(get_language_info(language)["name"])
    return language or "A language that was not told"


def _loud(waits: Sequence[Wait], now: datetime) -> set[tuple[int, datetime]]:
    """Those who spoke in public at least twice while they waited."""
    said = {id_: sorted(moments) for id_, moments in said_in_public({w.conversation_id for w in waits if w.is_public}).items()}
    loud = set()
    for wait in waits:
        moments = said.get(wait.conversation_id, [])
        if bisect_right(moments, wait.ended_at or now) - bisect_left(moments, wait.started_at) >= 2:
            loud.add(_key(wait))
    return loud


def _key(wait: Wait) -> tuple[int, datetime]:
    return wait.conversation_id, wait.started_at


def _places(waits: Sequence[Wait], group: Group) -> list[int]:
    return [n for n, wait in enumerate(waits) if group.belongs(wait)]
