"""What was learnt of topics, as this process has it in memory. A look at one number tells whether another learnt more since."""

from threading import Lock
from typing import NamedTuple

from django.db.models import QuerySet

from heard.kernel.prepared import prepared
from heard.understanding.rules.topics import Sorter
from heard.understanding.topics.models import Topic, TopicModel


class InUse(NamedTuple):
    """`model_id` 0: nothing was learnt yet. `names` of the topics that `sorter` knows."""

    model_id: int
    sorter: Sorter | None
    names: dict[int, str]


NOTHING = InUse(0, None, {})
_now = NOTHING
_one_at_a_time = Lock()


def now() -> InUse:
    """What was there at the last `refresh`; asks no row."""
    return _now


def refresh() -> InUse:
    """What is there now. One query by the key, and two more when there is news."""
    global _now
    newest = newest_id()
    if newest != _now.model_id:
        with _one_at_a_time:
            if newest != _now.model_id:
                _now = _read(newest)
    return _now


def newest_id() -> int:
    found = _newest()
    return found[0][0] if found else 0


@prepared
def _newest() -> QuerySet:
    return TopicModel.objects.order_by("-id").values_list("id")[:1]


def _read(model_id: int) -> InUse:
    head = TopicModel.objects.filter(pk=model_id).values_list("head", flat=True).first()
    if head is None:
        return NOTHING
    sorter = Sorter.from_bytes(bytes(head))
    names = dict(Topic.objects.filter(pk__in=sorter.topics).values_list("pk", "name"))
    return InUse(model_id, sorter if names else None, names)
