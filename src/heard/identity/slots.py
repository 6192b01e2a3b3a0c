"""What later rooms may plug in to the page of a customer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest

from heard.governance.permissions import Viewer
from heard.kernel.registry import Slot

# A panel beside the timeline: (request, identity ids of the customer that this viewer sees) -> safe HTML, "" for nothing to say.
customer_panels: Slot[Callable[[HttpRequest, Sequence[int]], str]] = Slot("identity.customer_panels")

# What we said to these identities: (viewer, identity ids as the right side of an `__in`) -> a query of interaction ids, permission
# not yet applied. What it asks follows from the viewer alone: the query is made once and asked with other identities.
answers_to: Slot[Callable[[Viewer, RawSQL], QuerySet]] = Slot("identity.answers_to")


@dataclass(frozen=True)
class Happenings:
    """One kind of thing that stands on the timeline of a customer beside what was said: notes, cases, orders, visits.

    `of`: (viewer, identity ids as the right side of an `__in`) -> a query of a model with a whole number as its key, permission
    applied. What it asks follows from the viewer alone. `moment` is the field of that model that says when: never null.
    `tell`: (viewer, keys that `of` gave) -> {key: what `template` draws}, in a constant number of queries. The template, of a
    jinja2 folder, has a macro draw(it).
    """

    name: str  # part of an event's key: lower case, at most 12 letters
    plural: str  # as the filter of the timeline offers it
    moment: str
    of: Callable[[Viewer, RawSQL], QuerySet]
    tell: Callable[[Viewer, Sequence[int]], Mapping[int, Any]]
    template: str


happenings: Slot[Happenings] = Slot("identity.happenings")


@dataclass(frozen=True)
class Change:
    """One thing that is different, or expressly is not, when two customers become one; in words for the person who decides."""

    about: str  # "Conversations"
    words: str
    is_warning: bool = False


# Of these interactions, those in whose conversations a person at the desk has done anything: an import that is taken back leaves them.
worked_with: Slot[Callable[[Sequence[int]], set[int]]] = Slot("identity.worked_with")

# What later rooms say about becoming one: (viewer, identities of the one, of the other) -> changes; only what this viewer may know.
merge_previews: Slot[Callable[[Viewer, Sequence[int], Sequence[int]], Sequence[Change]]] = Slot("identity.merge_previews")
