"""Which queue takes which kind of case."""

from dataclasses import dataclass

from heard.routing.models import Queue

# What a new house starts with: name, kinds it takes, response target in seconds. The one without kinds takes the rest.
FIRST_QUEUES: tuple[tuple[str, list[str], int], ...] = (
    ("Urgent", ["risk"], 1 * 3600),
    ("Service", ["support"], 4 * 3600),
    ("Sales", ["sales"], 4 * 3600),
    ("Community", ["community"], 24 * 3600),
    ("Product and marketing", ["product", "marketing"], 48 * 3600),
    ("Everything else", [], 8 * 3600),
)


@dataclass(frozen=True)
class Queues:
    """The queues of the house, in their order."""

    all: tuple[Queue, ...]

    @classmethod
    def read(cls) -> "Queues":
        """One query. A house without any queue gets the first ones, so that a voice always has a place to wait."""
        queues = list(Queue.objects.select_related("hours").order_by("position", "id")) or make_first_queues()
        return cls(tuple(queues))

    def queue_for(self, kind: str, *, team_id: int | None) -> Queue:
        """What came in on a team's own channel stays with that team while it has a queue that fits, or an open one does."""
        return min(self.all, key=lambda queue: _distance(queue, kind, team_id))


def _distance(queue: Queue, kind: str, team_id: int | None) -> tuple:
    """How far a queue is from fitting, nearest least: not another team's, for this kind, else for the rest, then in order."""
    of_another_team = team_id is not None and queue.team_id not in (team_id, None)
    fit = 0 if kind in queue.kinds else 1 if not queue.kinds else 2
    return (of_another_team, fit, queue.team_id != team_id, queue.position, queue.pk)


def make_first_queues() -> list[Queue]:
    """The queues of a new house. May be repeated."""
    for position, (name, kinds, seconds) in enumerate(FIRST_QUEUES):
        Queue.objects.get_or_create(
            name=name, defaults={"kinds": kinds, "response_target_seconds": seconds, "position": position}
        )
    return list(Queue.objects.order_by("position", "id"))
