"""How long people waited for us, for whoever asks whether all waited alike. Every read takes the viewer."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.prepared import given_ids, prepared
from heard.routing.models import Clock, Entry
from heard.routing.selectors import visible_cases


class Wait(NamedTuple):
    """From the oldest voice that waited in a conversation until nobody did. `ended_at` is None for who still waits."""

    conversation_id: int
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime
    queue_id: int
    urgency: int
    is_public: bool
    language: str
    name: str
    followers: int | None  # None: nobody told us


def newest_waits(viewer: Viewer, most: int) -> list[Wait]:
    """The newest `most` clocks, newest first; of a conversation with several cases since the same moment the one due first."""
    clocks = Clock.objects.order_by("-id")
    if not viewer.sees_every_team:
        clocks = clocks.filter(case__in=visible_cases(viewer))
    rows = clocks.values_list(
        "case__conversation_id",
        "started_at",
        "stopped_at",
        "due_at",
        "case__queue_id",
        "case__urgency",
        "case__conversation__is_public",
        "case__conversation__language",
        "case__conversation__opener__name",
        "case__conversation__opener__followers",
    )[:most]
    found: dict[tuple[int, datetime], Wait] = {}
    for row in rows:
        wait = Wait(*row)
        key = (wait.conversation_id, wait.started_at)
        if key not in found or wait.due_at < found[key].due_at:
            found[key] = wait
    return list(found.values())


def said_in_public(conversation_ids: Iterable[int]) -> dict[int, list[datetime]]:
    """{conversation: when its customers said something that everybody could read}, for callers that have asked for permission."""
    found: dict[int, list[datetime]] = {}
    for conversation_id, at in _said_in_public(ids=set(conversation_ids)):
        found.setdefault(conversation_id, []).append(at)
    return found


@prepared
def _said_in_public() -> QuerySet:
    said = Entry.objects.filter(
        conversation_id__in=given_ids("ids"), interaction__direction="inbound", interaction__visibility="public"
    )
    return said.values_list("conversation_id", "occurred_at")
