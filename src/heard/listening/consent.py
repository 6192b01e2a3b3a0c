"""Who asked us, in the words that a network has for it, not to write to them any more.

What they said is the evidence and the state at once: of all that an identity said about it, the newest counts, in whatever
order it came. It holds for every account of ours of that kind, and moves with nobody: identities that are joined keep each
their own.
"""

from collections.abc import Collection
from datetime import datetime

from heard.listening.models import Interaction

WITHDRAWN, GIVEN = "withdrawn", "given"  # contract.Said.extra["consent"]


def silenced(identity_ids: Collection[int], *, kinds: Collection[str]) -> set[tuple[int, str]]:
    """(identity, kind of channel) to which nothing more may be written. One query, and none where no kind is named."""
    if not identity_ids or not kinds:
        return set()
    told = Interaction.objects.filter(
        identity_id__in=identity_ids,
        direction="inbound",
        account__kind__in=kinds,
        extra__consent__in=[WITHDRAWN, GIVEN],
    )
    newest: dict[tuple[int, str], tuple[datetime, bool]] = {}
    for identity_id, kind, consent, at in told.values_list("identity_id", "account__kind", "extra__consent", "occurred_at"):
        word = (at, consent == WITHDRAWN)  # of one moment, the refusal counts
        newest[identity_id, kind] = max(newest.get((identity_id, kind), word), word)
    return {who for who, (_, is_withdrawn) in newest.items() if is_withdrawn}
