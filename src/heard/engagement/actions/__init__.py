"""The verbs of engagement."""

from heard.engagement.actions.amend import CannotAmend, amend_again, confirm_amended, edit, give_up_amending, take_back
from heard.engagement.actions.drafts import SavedDraft, save_draft
from heard.engagement.actions.files import CannotAttach, add_file, bring_back_file, remove_file
from heard.engagement.actions.hide import CannotHide, hide
from heard.engagement.actions.notes import write_note
from heard.engagement.actions.promises import (
    CannotPromise,
    break_promise,
    confirm_promise,
    keep_promise,
    move_promise,
    note_promise,
    take_back_promise,
    withdraw_promise,
)
from heard.engagement.actions.reply import Held, NeedsTime, send_reply
from heard.engagement.actions.settle import NotNow, cancel, confirm_sent, retry, send_again
from heard.engagement.sender import work_off
from heard.engagement.wording import Approved, CannotSend

__all__ = [
    "Approved",
    "CannotAmend",
    "CannotAttach",
    "CannotHide",
    "CannotPromise",
    "CannotSend",
    "Held",
    "NeedsTime",
    "NotNow",
    "SavedDraft",
    "add_file",
    "amend_again",
    "break_promise",
    "bring_back_file",
    "cancel",
    "confirm_amended",
    "confirm_promise",
    "confirm_sent",
    "edit",
    "give_up_amending",
    "hide",
    "keep_promise",
    "move_promise",
    "note_promise",
    "remove_file",
    "retry",
    "save_draft",
    "send_again",
    "send_reply",
    "take_back",
    "take_back_promise",
    "withdraw_promise",
    "work_off",
    "write_note",
]
