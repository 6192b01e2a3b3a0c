"""How we name what is on Telegram. A message is numbered within its chat, so its id here is CHAT:MESSAGE.

In the chats of a connected business account messages have other numbers than in the bot's own chat with the same person:
there it is CONNECTION/CHAT:MESSAGE, and the thread is CONNECTION/CHAT.
"""

import re

from msgspec import Struct

from heard.listening.channels.contract import NotFound

_MESSAGE = re.compile(r"(?:([\w-]{1,200})/)?(-?\d{1,20}):(\d{1,20})", re.ASCII)
_CHAT = re.compile(r"(?:([\w-]{1,200})/)?(-?\d{1,20})", re.ASCII)


class Place(Struct, frozen=True):
    chat: int
    business: str = ""
    message: int = 0

    @property
    def is_group(self) -> bool:
        return self.chat < 0

    @property
    def thread(self) -> str:
        """The talk with one person. In a group many talk; there only answers hold together."""
        return "" if self.is_group else f"{self.business}/{self.chat}" if self.business else str(self.chat)


def message_ref(chat: int, message: int, business: str = "") -> str:
    return f"{business}/{chat}:{message}" if business else f"{chat}:{message}"


def place_of(ref: str) -> Place | None:
    """Of the id of a message or of a thread; None for anything else."""
    if found := _MESSAGE.fullmatch(ref):
        return Place(chat=int(found[2]), business=found[1] or "", message=int(found[3]))
    if found := _CHAT.fullmatch(ref):
        return Place(chat=int(found[2]), business=found[1] or "")
    return None


def message_of(ref: str) -> Place:
    """Raises NotFound for what is no id of a message."""
    place = place_of(ref)
    if place is None or not place.message:
        raise NotFound(f"{ref[:60]!r} is no message on Telegram")
    return place
