"""What engagement brings to the timeline of a customer: the notes that colleagues wrote in their conversations."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from heard.engagement.models import InternalNote
from heard.governance.permissions import Viewer
from heard.identity.slots import Happenings
from heard.kernel.prepared import given_ids, prepared
from heard.routing.selectors import conversations_with


class TheirNote(NamedTuple):
    id: int
    conversation_id: int
    member: str
    text: str
    written_at: datetime


def notes_about(viewer: Viewer, identity_ids: RawSQL) -> QuerySet:
    return InternalNote.objects.filter(conversation_id__in=conversations_with(viewer, identity_ids).values("id"))


def told(viewer: Viewer, note_ids: Sequence[int]) -> dict[int, TheirNote]:
    return {row[0]: TheirNote(*row) for row in _notes(ids=note_ids)}


@prepared
def _notes() -> QuerySet:
    notes = InternalNote.objects.filter(id__in=given_ids("ids"))
    return notes.values_list("id", "conversation_id", "member__name", "text", "written_at")


NOTES = Happenings("note", "Notes", "written_at", notes_about, told, "engagement/happened/note.html")
