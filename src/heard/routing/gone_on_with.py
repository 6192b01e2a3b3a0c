"""Which voices somebody at the desk has gone on with: an import that is taken back leaves them where they are."""

from collections.abc import Sequence

from heard.routing.models import Entry
from heard.routing.retell import worked_in


def gone_on_with(interaction_ids: Sequence[int]) -> set[int]:
    """Those of these interactions in whose conversation a person has done anything."""
    places = Entry.objects.filter(interaction_id__in=interaction_ids).values_list("interaction_id", "conversation_id")
    found = dict(places)
    kept = worked_in(found.values())
    return {id_ for id_, conversation_id in found.items() if conversation_id in kept}
