"""Files beside a draft: kept when they are chosen, so that they survive a reload, and sent with its words."""

import mimetypes
from collections.abc import Callable

from django.db import transaction

from heard.engagement import selectors
from heard.engagement.actions.author import author_of
from heard.engagement.models import Draft, DraftFile
from heard.engagement.rules import files as rules
from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening.files import keep_file
from heard.listening.rules.file_names import safe_name


class CannotAttach(ValueError):
    """The file was not kept; the text says why. What was there is still there."""


def add_file(viewer: Viewer, conversation_id: int, *, name: str, size_bytes: int, read: Callable[[], bytes]) -> int:
    """Keep a file for the viewer's next reply and return its id. It is read only once it may be. Raises CannotAttach."""
    viewer.check("conversation.reply")
    selectors.check_sees(viewer, conversation_id)
    refusal = rules.why_not(name, size_bytes=size_bytes, others=len(selectors.files_of_draft(viewer, conversation_id)))
    if refusal:
        raise CannotAttach(refusal)
    name = safe_name(name)
    sha256 = keep_file(read())
    with transaction.atomic():
        mine = {"conversation_id": conversation_id, "member_id": author_of(viewer), "mode": "reply"}
        row, _ = Draft.objects.get_or_create(**mine, defaults={"saved_at": now()})
        Draft.objects.select_for_update().get(pk=row.pk)  # two at once are counted one after the other
        if DraftFile.objects.filter(draft=row, removed_at=None).count() >= rules.MOST_FILES:
            raise CannotAttach(rules.why_not(name, size_bytes=size_bytes, others=rules.MOST_FILES))
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kept = DraftFile.objects.create(draft=row, name=name, content_type=content_type, size_bytes=size_bytes, sha256=sha256)
        audit.note(viewer, "reply.add_file", "conversation", conversation_id, file=kept.pk)
    return kept.pk


def remove_file(viewer: Viewer, file_id: int) -> int:
    """It does not go out; `bring_back_file` is the undo until the reply is sent. Returns the id of the conversation."""
    return _set_removed(viewer, file_id, is_removed=True)


def bring_back_file(viewer: Viewer, file_id: int) -> int:
    return _set_removed(viewer, file_id, is_removed=False)


def _set_removed(viewer: Viewer, file_id: int, *, is_removed: bool) -> int:
    viewer.check("conversation.reply")
    with transaction.atomic():
        file = DraftFile.objects.select_related("draft").get(pk=file_id, draft__member_id=author_of(viewer))
        conversation_id = file.draft.conversation_id
        selectors.check_sees(viewer, conversation_id)
        Draft.objects.select_for_update().get(pk=file.draft_id)
        others = DraftFile.objects.filter(draft=file.draft_id, removed_at=None).exclude(pk=file_id).count()
        if not is_removed and others >= rules.MOST_FILES:
            raise CannotAttach(rules.why_not(file.name, size_bytes=file.size_bytes, others=others))
        DraftFile.objects.filter(pk=file_id).update(removed_at=now() if is_removed else None)
        verb = "reply.remove_file" if is_removed else "reply.bring_back_file"
        audit.note(viewer, verb, "conversation", conversation_id, file=file_id)
    return conversation_id
