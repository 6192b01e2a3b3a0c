"""The verbs of listening. Each says in its own file what is true afterwards and what it tells."""

from heard.listening.actions.accounts import BadConfig, Disconnected, change, connect, disconnect, switch, test
from heard.listening.actions.consent import CannotNote, note_consent
from heard.listening.actions.monitors import BadPattern, stop_watching, watch_for
from heard.listening.actions.pull import due_for_pull, failed, pull, succeeded, take_in
from heard.listening.actions.quarantine import dismiss, quarantine, replay
from heard.listening.actions.receive import cursor_of, receive, receive_together
from heard.listening.actions.revise_out import revise_out
from heard.listening.actions.write_out import own_identity, write_out

__all__ = [
    "BadConfig",
    "BadPattern",
    "CannotNote",
    "Disconnected",
    "change",
    "connect",
    "cursor_of",
    "disconnect",
    "dismiss",
    "due_for_pull",
    "failed",
    "note_consent",
    "own_identity",
    "pull",
    "quarantine",
    "receive",
    "receive_together",
    "replay",
    "revise_out",
    "stop_watching",
    "succeeded",
    "switch",
    "take_in",
    "test",
    "watch_for",
    "write_out",
]
