"""Our own words, changed or taken back at the network by us: what every other page reads, before the network's echo comes."""

import hashlib
from datetime import datetime

from django.db import transaction

from heard.kernel.clock import now
from heard.listening.models import Interaction, Revision
from heard.listening.revise import words


def revise_out(interaction_id: int, *, text: str | None, occurred_at: datetime) -> None:
    """These words stand now of an outbound interaction, or none (`text` None). May be repeated.

    The echo of a deletion is this very row. The echo of an edit carries the network's version, which ranks above ours.
    """
    voice = Interaction.objects.only("account_id", "external_id", "subject").get(pk=interaction_id, direction="outbound")
    digest = "" if text is None else hashlib.sha256(f"{voice.subject}\0{text}\0{occurred_at}".encode()).hexdigest()[:16]
    with transaction.atomic():
        Revision.objects.get_or_create(
            account_id=voice.account_id,
            target=voice.external_id,
            withdrawn=text is None,
            version="",
            digest=digest,
            defaults={
                "occurred_at": occurred_at,
                "received_at": now(),
                "subject": "" if text is None else voice.subject,
                "text": text or "",
            },
        )
        if text is None:
            words.remove([interaction_id])
        else:
            words.add([(interaction_id, f"{voice.subject} {text}", voice.account_id)])
