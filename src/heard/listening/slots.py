"""What later rooms may plug in to listening."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db.models import Exists

from heard.governance.permissions import Viewer
from heard.kernel.registry import Slot


class Enclosure(NamedTuple):
    """Two conditions on an interaction (as OuterRef "pk"): whether a later room holds it, and whether the viewer may see it there.

    `lent` tells the interactions that it opens to the viewer although it keeps them for another team: a search looks at these
    besides what was heard on the channels of the viewer's teams. None: too many to tell.
    """

    held: Exists
    open_to_viewer: Exists
    lent: Callable[[], list[int] | None]


# A room that gathers interactions decides who sees those it holds: a conversation is read whole or not at all, by search,
# timeline, export and count alike. What no room holds belongs to the team of its channel.
enclosures: Slot[Callable[[Viewer], Enclosure]] = Slot("listening.enclosures")

# Where an interaction can be read in its context: (viewer, interaction ids) -> {interaction id: address of a page}.
addresses: Slot[Callable[[Viewer, Sequence[int]], dict[int, str]]] = Slot("listening.addresses")
