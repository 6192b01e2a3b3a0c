"""What later rooms may plug in to the conversation page. docs/decisions/ says why the page lives in routing.

Routing is earlier than engagement, so it cannot ask for replies, notes and the composer; engagement brings them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from heard.governance.permissions import Viewer
from heard.kernel.registry import Slot


@dataclass(frozen=True)
class Beat:
    """One thing that happened in a conversation, as its story draws it: `template`, of a jinja2 folder, gets `thing` as `it`."""

    at: datetime
    key: str  # unique in the page and stable, so that a live update changes this beat and no other
    template: str
    thing: Any
    channel: str = ""  # where the customer spoke; empty for anything that was not them
    covers: int | None = None  # interaction that this beat tells more of; the story does not tell it twice


@dataclass(frozen=True)
class LooseEnd:
    """Something of a conversation that only a person can settle, and that no clock would bring back."""

    conversation_id: int
    what: str
    why: str
    since: datetime


# What a later room knows to be stuck, oldest first; the unattended page shows it.
loose_ends: Slot[Callable[[Viewer], list[LooseEnd]]] = Slot("routing.loose_ends")

# What a later room adds to the story: every Beat of a conversation since a moment, in any order.
beats: Slot[Callable[[Viewer, int, datetime], list[Beat]]] = Slot("routing.beats")

# What stands below the story (the composer) and beside it (promises, facts, articles), each drawn by its room.
composers: Slot[Callable[[HttpRequest, int], SafeString]] = Slot("routing.composers")
panels: Slot[Callable[[HttpRequest, int], SafeString]] = Slot("routing.panels")
