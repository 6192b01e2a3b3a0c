"""How many mails an hour one sender may have that no person seems to write, before they open nothing any more (threat 6).

Two machines that answer each other can do so for ever, and one that marks nothing looks like a person. So the reader of a
mailbox counts, by sender and by the hour of arrival: mails whose headers say that a machine wrote them, and mails that say
the same over and over (numbers do not count, for machines number their tickets). What is above the ceiling is kept and
shown as an automatic mail with the reason; it opens no conversation and starts no clock. A person is never near it, and
a contact form, which says in Reply-To who wrote, is not counted.
"""

import hashlib
import re
from datetime import datetime

from heard.listening.channels.contract import JSON
from heard.listening.channels.email.automatic import automatic
from heard.listening.channels.email.headers import addresses, text_of
from heard.listening.channels.email.mime import Unreadable, parse
from heard.listening.channels.email.quotes import newly_written

AUTOMATIC_PER_HOUR = 10
THE_SAME_PER_HOUR = 3
HOUR_SECONDS = 3600
MOST_COUNTED = 500  # mails that are remembered: the newest
_READ = 100_000  # bytes of a mail in which its words are compared
_NUMBERS = re.compile(r"\d+")


class Ceiling:
    """Counts as it is asked; `so_far` goes into the cursor, for the next page."""

    def __init__(self, so_far: JSON | None) -> None:
        self._seen: list[list] = list(
            (so_far or {}).get("mails", [])
        )  # [sender, epoch seconds, looks automatic, words], oldest first

    def so_far(self) -> JSON:
        return {"mails": self._seen[-MOST_COUNTED:]}

    def passed_by(self, raw: bytes, arrived: datetime) -> str:
        """Why this mail is above the ceiling; empty for one below."""
        try:
            root, leaves = parse(raw[:_READ])
        except Unreadable:
            return ""  # it is set aside anyway
        sender = next((address.lower() for _, address in addresses(root.first(b"from"))), "")
        reply_to = {address.lower() for _, address in addresses(root.first(b"reply-to"))} - {sender}
        if not sender or reply_to:
            return ""
        subject = text_of(root.first(b"subject"))
        written = next((leaf.text() for leaf in leaves if leaf.kind in ("text/plain", "text/html")), "")
        reason = automatic(root.fields, sender=sender, subject=subject, is_answer=b"in-reply-to" in root.fields).reason
        return self._counted(_short(sender), arrived.timestamp(), reason, _short(_NUMBERS.sub("0", newly_written(written))))

    def _counted(self, sender: str, at: float, reason: str, words: str) -> str:
        recent = [m for m in self._seen if m[0] == sender and at - HOUR_SECONDS < m[1] <= at]
        self._seen = [m for m in self._seen if m[1] > at - HOUR_SECONDS]
        self._seen.append([sender, int(at), bool(reason), words])
        automatic_before = sum(m[2] for m in recent)
        if reason and automatic_before >= AUTOMATIC_PER_HOUR:
            return f"{automatic_before + 1} mails within an hour from a sender that looks automatic ({reason})"
        same_before = sum(m[3] == words for m in recent)
        if same_before >= THE_SAME_PER_HOUR:
            return f"the same words {same_before + 1} times within an hour"
        return ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
