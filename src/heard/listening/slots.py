"""What later rooms may plug in to listening."""

from collections.abc import Callable, Sequence

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.registry import Slot

# Narrow what a viewer may see of interactions: a room that closes a conversation to a team closes its messages here, for
# search, timelines, exports and counts at once. Each takes (viewer, interactions) and returns fewer or as many.
narrowings: Slot[Callable[[Viewer, QuerySet], QuerySet]] = Slot("listening.narrowings")

# Where an interaction can be read in its context: (viewer, interaction ids) -> {interaction id: address of a page}.
addresses: Slot[Callable[[Viewer, Sequence[int]], dict[int, str]]] = Slot("listening.addresses")
