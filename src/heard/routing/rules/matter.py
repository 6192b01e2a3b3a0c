"""Is it the same matter? A voice goes on with its customer's conversation, whatever channel it comes by, unless it is plainly
about something else."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

STILL_WARM = timedelta(days=14)
_PREFIX = re.compile(
    r"^\s*((re|fw|fwd|aw|wg|antw|sv|vs|tr|rv|res|ref|enc)\s*(\[\d+\])?\s*:\s*|\[[^\]]{1,40}\]\s*)+", re.IGNORECASE
)


class Matter(NamedTuple):
    """What a voice or a conversation is about, as far as one can see from outside."""

    kinds: frozenset[str]
    subject: str  # bare; empty on channels that have none
    at: datetime


def bare_subject(subject: str) -> str:
    """Without Re:, AW:, list tags and spacing, lower case: two mails of one thread have the same."""
    return " ".join(_PREFIX.sub("", subject).lower().split())


def same_matter(conversation: Matter, voice: Matter) -> bool:
    """Whether a voice of the same customer goes on with a conversation that it does not refer to."""
    if abs(voice.at - conversation.at) > STILL_WARM:
        return False
    if conversation.subject and voice.subject:
        return conversation.subject == voice.subject
    ours, theirs = conversation.kinds - {"praise"}, voice.kinds - {"praise"}
    return not ours or not theirs or bool(ours & theirs)
