from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from heard.engagement import selectors
from heard.engagement.actions.author import author_of
from heard.engagement.models import Draft, DraftFile, Reply
from heard.engagement.rules.drafts import merged
from heard.governance.permissions import Viewer
from heard.kernel.clock import now

LONGEST_ALT = 1500  # Mastodon's limit, the least of those who have one
MODES = {"reply": "conversation.reply", "note": "conversation.note"}


@dataclass(frozen=True)
class SavedDraft:
    """`version` is what the next save must bring. After a conflict `text` holds both texts and the page shows it."""

    version: int
    text: str
    conflict: bool = False


def save_draft(
    viewer: Viewer,
    conversation_id: int,
    *,
    mode: str,
    text: str,
    version: int,
    account_id: int | None = None,
    alts: Mapping[int, str] = {},
) -> SavedDraft:
    """Keep what the viewer has typed so far. `version` is the one the page last saw; 0 when it saw none.

    A save that knew of the newest version replaces it. One that did not loses nothing: both texts are kept and it says so.
    `alts` describes files of the draft, {file: what it shows}, for who cannot see them.
    """
    viewer.check(MODES[mode])
    text = text.replace("\0", "")  # PostgreSQL keeps none
    selectors.access(viewer, conversation_id)
    with transaction.atomic():
        row, _ = Draft.objects.get_or_create(
            conversation_id=conversation_id, member_id=author_of(viewer), mode=mode, defaults={"saved_at": now()}
        )
        kept = Draft.objects.select_for_update().get(pk=row.pk)
        for file_id, alt in alts.items():
            DraftFile.objects.filter(pk=file_id, draft=kept).exclude(alt=alt).update(alt=alt.replace("\0", "")[:LONGEST_ALT])
        if version != kept.version and _is_echo_of_what_was_said(kept, text):
            return SavedDraft(kept.version, kept.text)
        both = text if version == kept.version else merged(kept.text, text)
        Draft.objects.filter(pk=kept.pk).update(text=both, account_id=account_id, version=kept.version + 1, saved_at=now())
    return SavedDraft(kept.version + 1, both, conflict=both != text)


def clear_draft(viewer: Viewer, conversation_id: int, mode: str) -> None:
    """Empty it and count its version up, so that a save still on its way does not bring it back."""
    draft = (
        Draft.objects.select_for_update().filter(conversation_id=conversation_id, member_id=author_of(viewer), mode=mode).first()
    )
    if draft is not None:
        Draft.objects.filter(pk=draft.pk).update(text="", version=draft.version + 1, saved_at=now())
        DraftFile.objects.filter(draft=draft).delete()


def _is_echo_of_what_was_said(kept: Draft, text: str) -> bool:
    """Typing saves itself with a delay: a save may come in after its words were sent."""
    if kept.text:
        return False
    newest = Reply.objects.filter(conversation_id=kept.conversation_id, member_id=kept.member_id).order_by("-id").first()
    return newest is not None and newest.text.startswith(text.strip())
