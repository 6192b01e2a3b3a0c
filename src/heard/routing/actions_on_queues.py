"""What leads do with queues: make one, and change who takes what and by when."""

from typing import NamedTuple

from django.db import IntegrityError, transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.routing.models import Queue
from heard.routing.rules.triage import WORK_KINDS
from heard.routing.selectors import visible_queues

SHORTEST_TARGET_SECONDS = 5 * 60


class BadQueue(Exception):
    """The queue cannot be like that; the text says why. Nothing was changed."""


class Answers(NamedTuple):
    """By when a queue answers: within so many seconds of its hours; of day and night without any."""

    seconds: int
    hours_id: int | None = None
    emergencies_any_time: bool = True


def make_queue(viewer: Viewer, *, name: str, team_id: int | None, kinds: list[str], target: Answers) -> int:
    viewer.check("queue.manage")
    last = Queue.objects.order_by("-position").values_list("position", flat=True).first() or 0
    return _write(viewer, Queue(position=last + 1), "queue.make", name, team_id, kinds, target)


def change_queue(viewer: Viewer, queue_id: int, *, name: str, team_id: int | None, kinds: list[str], target: Answers) -> None:
    """Counts for cases from now on; clocks that run keep the time they were given. Raises Queue.DoesNotExist."""
    viewer.check("queue.manage")
    queue = visible_queues(viewer).get(pk=queue_id)
    _write(viewer, queue, "queue.change", name, team_id, kinds, target)


def _write(viewer: Viewer, queue: Queue, verb: str, name: str, team_id: int | None, kinds: list[str], target: Answers) -> int:
    _check(queue, name, kinds, target.seconds)
    queue.name, queue.team_id, queue.kinds = name.strip(), team_id, kinds
    queue.response_target_seconds, queue.hours_id, queue.emergencies_any_time = target
    try:
        with transaction.atomic():
            queue.save()
            audit.note(viewer, verb, "queue", queue.pk, name=queue.name, kinds=kinds, team_id=team_id, **target._asdict())
            stream.publish(stream.News("queue", {"id": queue.pk}))
    except IntegrityError:
        raise BadQueue(f"There is a queue called {queue.name} already.") from None
    return queue.pk


def _check(queue: Queue, name: str, kinds: list[str], seconds: int) -> None:
    if not name.strip():
        raise BadQueue("A queue needs a name.")
    if unknown := set(kinds) - set(WORK_KINDS):
        raise BadQueue(f"{', '.join(sorted(unknown))} is no kind of case.")
    if seconds < SHORTEST_TARGET_SECONDS:
        raise BadQueue("Nobody can answer in less than five minutes every time.")
    if kinds and not Queue.objects.exclude(pk=queue.pk).filter(kinds=[]).exists():
        raise BadQueue("One queue has to take the rest. Leave the kinds of this one empty, or make another first.")
