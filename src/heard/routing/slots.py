"""What later rooms may plug in to the conversation page. docs/decisions/ says why the page lives in routing.

Routing is earlier than engagement, so it cannot ask for replies, notes and the composer; engagement brings them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from msgspec import Struct

from heard.governance.permissions import Viewer
from heard.identity.selectors import Known
from heard.kernel.registry import Slot
from heard.listening.selectors import Voice


class Beat(Struct, frozen=True):
    """One thing that happened in a conversation, as its story draws it.

    `template`, of a jinja2 folder, has a macro `draw(it, key)`, which gets `thing` and `key`.
    """

    at: datetime
    key: str  # unique in the page and stable, so that a live update changes this beat and no other
    template: str
    thing: Any
    channel: str = ""  # where the customer spoke; empty for anything that was not them
    covers: int | None = None  # interaction that this beat tells more of; the story does not tell it twice


class Mark(Struct, frozen=True):
    """What a later room knows of a message, shown under it, and what may be done about it by one click: a POST to `address`.

    The act has two names: one turns it on, `back` turns it off again.
    """

    icon: str
    words: str = ""  # what is so; empty: nothing
    is_on: bool = False
    act: str = ""  # empty: the viewer may do nothing
    back: str = ""
    address: str = ""


@dataclass(frozen=True)
class Opened:
    """A conversation that somebody looks at, who sees it: that was asked, and nobody need ask again."""

    conversation_id: int
    faces: Sequence[Known]  # of those who take part, with what else the viewer may know them by
    newest: Any = None  # story.Spoken: the customer's newest words, where the story was read anyway


@dataclass(frozen=True)
class LooseEnd:
    """Something of a conversation that only a person can settle, and that no clock would bring back."""

    conversation_id: int
    what: str
    why: str
    since: datetime


# What a later room knows to be stuck, oldest first; the unattended page shows it.
loose_ends: Slot[Callable[[Viewer], list[LooseEnd]]] = Slot("routing.loose_ends")

# What a later room adds to the story: every Beat of a conversation since a moment, in any order. The page has asked already
# whether the viewer sees the conversation.
beats: Slot[Callable[[Viewer, int, datetime], list[Beat]]] = Slot("routing.beats")

# What a later room knows of messages that the viewer sees: (interaction, Mark). Asked for each page, so no query without need.
marks: Slot[Callable[[Viewer, Sequence[Voice]], Iterable[tuple[int, Mark]]]] = Slot("routing.marks")

# What stands above the story (a recap) in the conversation that was opened, "" for nothing; like the two below, drawn by its room.
heads: Slot[Callable[[HttpRequest, Opened], SafeString]] = Slot("routing.heads")

# What stands below the story (the composer) and beside it (promises, facts, articles), each drawn by its room.
composers: Slot[Callable[[HttpRequest, Opened], SafeString]] = Slot("routing.composers")
panels: Slot[Callable[[HttpRequest, Opened], SafeString]] = Slot("routing.panels")

# Whom words of ours went to, as far as a later room knows: interactions -> {interaction: identity}.
addressees: Slot[Callable[[Sequence[int]], Mapping[int, int]]] = Slot("routing.addressees")


@dataclass(frozen=True)
class Pledge:
    """What is to be done in a conversation by a moment, though nobody waits for an answer. `is_up`: it is work by now."""

    due_at: datetime
    is_up: bool
    why: str  # for the row of the inbox


# What a later room knows to be promised in these conversations, of each the next: {conversation: Pledge}. Asked in every walk.
pledges: Slot[Callable[[Sequence[int]], Mapping[int, Pledge]]] = Slot("routing.pledges")

# Which of these conversations a person has written something in. They are left as that person knows them, whatever comes late.
worked_in: Slot[Callable[[Iterable[int]], set[int]]] = Slot("routing.worked_in")
