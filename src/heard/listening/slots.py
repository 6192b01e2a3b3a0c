"""What later rooms may plug in to listening."""

from collections.abc import Callable

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.registry import Slot

# Narrow what a viewer may see of interactions: a room that closes a conversation to a team closes its messages here, for
# search, timelines, exports and counts at once. Each takes (viewer, interactions) and returns fewer or as many.
narrowings: Slot[Callable[[Viewer, QuerySet], QuerySet]] = Slot("listening.narrowings")
