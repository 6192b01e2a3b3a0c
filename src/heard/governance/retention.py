"""How long each kind of data is kept: rules that an administrator set, a preview of what would go, and their doing by the clock.

Nothing is removed without a rule. What is under a legal hold stays. Each batch is a transaction of its own, and where a round
got to is written with it, so that a killed worker goes on there.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from heard.governance import audit
from heard.governance.holds import held
from heard.governance.models import AuditLine, RetentionRule
from heard.governance.permissions import HEARD, Viewer
from heard.governance.rules.retention import lasting, offered
from heard.kernel import clock
from heard.kernel.bulk import one_writer
from heard.kernel.counting import Tally
from heard.kernel.registry import Slot

log = logging.getLogger(__name__)
AT_ONCE = 100  # rows of a kind in one transaction
MOST_COUNTED = 9_999
EXAMPLES = 5
BREATH_SECONDS = 0.02


class Example(NamedTuple):
    at: datetime
    words: str
    address: str = ""  # of a page that shows it


@dataclass(frozen=True)
class Old:
    """What a rule would remove: older than `before`, ids above `after`, not of identities that are `held`."""

    before: datetime
    held: frozenset[int]
    after: int = 0


@dataclass(frozen=True)
class Kind:
    """`find`: ids of at most so many, ascending. `remove`: those are gone, in the caller's transaction; how many rows.
    `show`: examples for these ids, oldest first."""

    key: str
    name: str
    about: str
    find: Callable[[Old, int], Sequence[int]]
    remove: Callable[[Sequence[int]], int]
    show: Callable[[Sequence[int]], Sequence[Example]]
    at_once: int = AT_ONCE


kinds: Slot[Kind] = Slot("governance.retention")


@dataclass(frozen=True)
class Preview:
    """What would go if nothing older than `days` were kept. `oldest` None: nothing."""

    kind: Kind
    days: int
    count: Tally
    examples: Sequence[Example]

    @property
    def oldest(self) -> datetime | None:
        return self.examples[0].at if self.examples else None


@dataclass(frozen=True)
class Line:
    """A kind with its rule. `days` None: kept for ever. `removed` counts rows since the rule was first set."""

    kind: Kind
    days: int | None
    kept_for: str
    set_by: str
    removed: int
    last_run_at: datetime | None

    @property
    def choices(self) -> list[tuple[str, str]]:
        return offered(self.days)


def lines(viewer: Viewer) -> list[Line]:
    viewer.check("company.manage")
    rules = {rule.kind: rule for rule in RetentionRule.objects.select_related("member")}
    return [_line(kind, rules.get(kind.key)) for kind in reversed(list(kinds))]  # the latest room holds what is the most


def _line(kind: Kind, rule: RetentionRule | None) -> Line:
    if rule is None:
        return Line(kind, None, "for ever", "", 0, None)
    return Line(kind, rule.days, lasting(rule.days), rule.member.name, rule.removed, rule.last_run_at)


def preview(viewer: Viewer, key: str, *, days: int) -> Preview:
    """Nothing is removed by looking. Raises KeyError for a kind that there is not."""
    viewer.check("company.manage")
    kind = kinds[key]
    ids = kind.find(Old(clock.now() - timedelta(days=days), held()), MOST_COUNTED + 1)
    return Preview(kind, days, Tally(len(ids), most=MOST_COUNTED), kind.show(ids[:EXAMPLES]))


def work_off(*, now: datetime, seconds: float = 20.0) -> int:
    """Remove what the rules say, for so long; the next call goes on there. Returns how many rows went. Not inside a transaction."""
    end, removed = time.monotonic() + seconds, 0
    for rule in RetentionRule.objects.filter(kind__in=kinds.names()).order_by("last_run_at", "id"):
        removed += _follow(rule, kinds[rule.kind], now, end)
        if time.monotonic() >= end:
            break
    return removed


def _follow(rule: RetentionRule, kind: Kind, now: datetime, end: float) -> int:
    removed, after = 0, rule.after
    while True:
        with one_writer():
            standing = RetentionRule.objects.filter(pk=rule.pk, days=rule.days)
            ids = kind.find(Old(now - timedelta(days=rule.days), held(), after), kind.at_once) if standing.exists() else []
            gone = kind.remove(ids) if ids else 0
            after = ids[-1] if ids else 0  # a new round begins at the first
            removed += gone
            counted = RetentionRule.objects.filter(pk=rule.pk).values_list("removed", flat=True).first() or 0
            standing.update(after=after, removed=counted + gone, last_run_at=now)
        if not ids or time.monotonic() >= end:
            break
        time.sleep(BREATH_SECONDS)
    if removed:
        audit.note(HEARD, "retention.remove", "company", None, kind=kind.key, rows=removed, days=rule.days)
        log.info("retention: of %s %s rows went, being older than %s", kind.name.lower(), removed, lasting(rule.days))
    return removed


# ── The audit itself ────────────────────────────────────────────────────────────────────────────────────────────────


def _old_lines(old: Old, limit: int) -> Sequence[int]:
    lines = AuditLine.objects.filter(at__lt=old.before, id__gt=old.after).exclude(verb__in=NEEDED)
    return list(lines.order_by("id").values_list("id", flat=True)[:limit])


def _remove_lines(ids: Sequence[int]) -> int:
    return AuditLine.objects.filter(id__in=ids).delete()[0]


def _show_lines(ids: Sequence[int]) -> Sequence[Example]:
    lines = AuditLine.objects.filter(id__in=ids).select_related("member").order_by("id")
    return [Example(line.at, f"{line.member.name if line.member else 'Heard'}: {line.verb}") for line in lines]


NEEDED = ("demo.build",)  # says what a demo world consists of, as long as it is here
AUDIT = Kind(
    key="audit",
    name="Audit lines",
    about="Who of your colleagues did what, when. Receipts of erasures are kept apart, and for ever.",
    find=_old_lines,
    remove=_remove_lines,
    show=_show_lines,
)
kinds.plug(AUDIT.key, AUDIT)
