"""The verbs of engagement."""

from heard.engagement.actions.drafts import SavedDraft, save_draft
from heard.engagement.actions.notes import write_note
from heard.engagement.actions.reply import CannotSend, send_reply
from heard.engagement.actions.settle import NotNow, cancel, confirm_sent, retry, send_again
from heard.engagement.sender import work_off

__all__ = [
    "CannotSend",
    "NotNow",
    "SavedDraft",
    "cancel",
    "confirm_sent",
    "retry",
    "save_draft",
    "send_again",
    "send_reply",
    "work_off",
    "write_note",
]
