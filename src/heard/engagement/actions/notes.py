from django.db import transaction

from heard.engagement import selectors
from heard.engagement.actions.author import author_of
from heard.engagement.actions.drafts import clear_draft
from heard.engagement.models import InternalNote
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now


class EmptyWords(ValueError):
    """There is nothing to write down; the draft was kept."""


def write_note(viewer: Viewer, conversation_id: int, *, text: str) -> int:
    """Write a note for colleagues. It is in no table that a sender reads, so it cannot leave. Returns its id."""
    viewer.check("conversation.note")
    conversation = selectors.access(viewer, conversation_id)
    text = text.replace("\0", "").strip()
    if not text:
        raise EmptyWords("A note needs words.")
    with transaction.atomic():
        note = InternalNote.objects.create(
            conversation_id=conversation_id, member_id=author_of(viewer), text=text, written_at=now()
        )
        clear_draft(viewer, conversation_id, "note")
        audit.note(viewer, "conversation.note", "conversation", conversation_id, note=note.pk)
        stream.publish(stream.News("conversation", {"id": conversation_id}, conversation.team_id))
    return note.pk
