"""Who is waiting for us without anybody at it; worked out from the invariant and never from a list that could be forgotten.

Every inbound voice has exactly one disposition or stands in a queue with a clock. So the unattended are: voices without a
disposition (our mistake), open cases past their due time, and deliveries that arrived and were not walked. What we cannot
hear at all cannot be counted; channels that are blind are named beside it, so that an empty page is never a false comfort.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from heard.governance.permissions import HEARD, Viewer
from heard.kernel import clock
from heard.kernel.counting import Tally, tallies
from heard.listening import pages as listening
from heard.listening.pages import Alarm
from heard.listening.selectors import Voice, visible_accounts, visible_interactions
from heard.routing import inbox
from heard.routing.inbox import Row
from heard.routing.models import Clock, Disposition, LookBack
from heard.routing.rules.filters import Filters
from heard.routing.selectors import visible_cases, visible_queues
from heard.routing.slots import LooseEnd, loose_ends

EVERYTHING = Filters(view="everything", apart=True)  # each who waits is named
MOST = 200  # rows of each kind on the page
MOST_COUNTED = 999


@dataclass(frozen=True)
class Overdue:
    """A case whose answer was due: which conversation, in which queue, waiting since when."""

    row: Row
    queue: str
    since: datetime
    due_at: datetime


@dataclass(frozen=True)
class Stuck:
    """Deliveries of one channel that arrived and that nobody has walked."""

    account_id: int
    kind: str
    name: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Unattended:
    alarms: list[Alarm]
    has_channels: bool
    overdue: list[Overdue]
    overdue_count: Tally
    forgotten: list[Voice]
    forgotten_count: int
    stuck: list[Stuck]
    loose_ends: list[LooseEnd]

    @property
    def count(self) -> int:
        return self.overdue_count + self.forgotten_count + sum(s.count for s in self.stuck) + len(self.loose_ends)

    @property
    def can_say_nobody(self) -> bool:
        """Only with open ears is an empty list good news."""
        return not self.count and not self.alarms and self.has_channels


def look_back(now: datetime, *, anew: bool = False) -> None:
    """Look once for voices without a disposition and remember how far there are none; `anew` from the very first voice.

    By the timetable: page and people then look only at what came since. A voice and its end are written in one
    transaction, so this finds mistakes of ours only. It stops before the first one, which stays in sight until it is put
    right; and before what was not there at the last look, because ids can become visible out of their order.
    """
    last = LookBack.objects.first() or LookBack()
    if anew:
        last.up_to = 0
    voices = visible_interactions(HEARD)
    first = _forgotten(HEARD, after=last.up_to).filter(id__lte=last.seen).order_by("id").values_list("id", flat=True).first()
    last.up_to = max(last.up_to, first - 1 if first else last.seen)
    last.seen = voices.order_by("-id").values_list("id", flat=True).first() or 0
    last.at = now
    last.save()


def unattended(viewer: Viewer) -> Unattended:
    """What waits, the longest overdue first. A fixed number of queries whatever waits."""
    now = clock.now()
    forgotten = _forgotten(viewer, after=LookBack.objects.values_list("up_to", flat=True).first() or 0)
    overdue = _overdue(viewer, now)
    first = list(forgotten.order_by("id").values_list("id", flat=True)[:MOST])
    return Unattended(
        alarms=listening.channel_alarms(viewer, now),
        has_channels=visible_accounts(viewer).exclude(state="off").exists(),
        overdue=_rows(viewer, list(overdue.select_related("case__queue").order_by("due_at", "id")[:MOST])),
        overdue_count=tallies({"overdue": overdue.values("id")}, most=MOST_COUNTED)["overdue"],
        forgotten=listening.in_order(viewer, first),
        forgotten_count=len(first) if len(first) < MOST else forgotten.count(),  # it reads every voice: once is enough
        stuck=[Stuck(a.pk, a.kind, a.name, count, since) for a, count, since in listening.stuck_deliveries(viewer, now)],
        loose_ends=[end for ends in loose_ends for end in ends(viewer)],
    )


def _forgotten(viewer: Viewer, *, after: int):
    settled = Disposition.objects.filter(interaction_id=OuterRef("pk"))
    return visible_interactions(viewer).filter(~Exists(settled), direction="inbound", id__gt=after)


def _overdue(viewer: Viewer, now: datetime):
    """Running clocks past their time, of conversations and queues that the viewer sees."""
    overdue = Clock.objects.filter(stopped_at=None, due_at__lt=now)
    if viewer.sees_every_team:
        return overdue
    return overdue.filter(Exists(visible_cases(viewer).filter(pk=OuterRef("case_id"), queue__in=visible_queues(viewer))))


def _rows(viewer: Viewer, clocks: list[Clock]) -> list[Overdue]:
    rows = {row.id: row for row in inbox.rows_of(viewer, EVERYTHING, {c.case.conversation_id for c in clocks})}
    return [
        Overdue(rows[c.case.conversation_id], c.case.queue.name, c.started_at, c.due_at)
        for c in clocks
        if c.case.conversation_id in rows
    ]
