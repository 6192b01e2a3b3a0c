"""What later rooms may plug in to the page of a customer."""

from collections.abc import Callable, Sequence

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
