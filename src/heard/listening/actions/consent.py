from datetime import datetime

from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening.models import ConsentWord
from heard.listening.rules.consent import PURPOSES
from heard.listening.selectors import visible_interactions


class CannotNote(Exception):
    """What was said about a use of an address cannot be noted; the text says why. Nothing was changed."""


def note_consent(
    viewer: Viewer,
    identity_id: int,
    *,
    channel_kind: str,
    purpose: str,
    is_given: bool,
    how: str,
    said_at: datetime | None = None,
) -> int:
    """Write down what somebody said we may do over one address of theirs. The newest word counts; the older ones are kept.

    Returns the id of the word. Raises NotAllowed, CannotNote.
    """
    viewer.check("consent.note")
    if purpose not in PURPOSES:
        raise CannotNote(f"{purpose!r} is nothing that we ask for; choose one of {', '.join(PURPOSES)}.")
    if not channel_kind or len(channel_kind) > 40:
        raise CannotNote("Say which channel they spoke about.")
    if not how.strip():
        raise CannotNote("Say how they told us: that is what we would have to show. Nothing was noted.")
    with transaction.atomic():
        if not visible_interactions(viewer).filter(identity_id=identity_id).exists():
            raise CannotNote("You cannot read anything that this address said.")
        moment = now()
        word = ConsentWord.objects.create(
            identity_id=identity_id,
            channel_kind=channel_kind,
            purpose=purpose,
            is_given=is_given,
            said_at=min(said_at or moment, moment),
            how=how.strip()[:200],
            member_id=viewer.member_id,
            noted_at=moment,
        )
        about = {"channel": channel_kind, "purpose": purpose, "is_given": is_given}
        audit.note(viewer, "consent.note", "identity", identity_id, word_id=word.pk, **about)
    return word.pk
