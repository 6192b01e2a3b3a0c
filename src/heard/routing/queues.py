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
    by_kind: dict[str, Queue]
    rest: Queue

    @classmethod
    def read(cls) -> "Queues":
        """One query. A house without any queue gets the first ones, so that a voice always has a place to wait."""
        queues = list(Queue.objects.order_by("position", "id")) or make_first_queues()
        by_kind: dict[str, Queue] = {}
        for queue in queues:
            for kind in queue.kinds:
                by_kind.setdefault(kind, queue)
        return cls(by_kind, next((q for q in queues if not q.kinds), queues[-1]))

    def queue_for(self, kind: str) -> Queue:
        return self.by_kind.get(kind, self.rest)


def make_first_queues() -> list[Queue]:
    """The queues of a new house. May be repeated."""
    for position, (name, kinds, seconds) in enumerate(FIRST_QUEUES):
        Queue.objects.get_or_create(
            name=name, defaults={"kinds": kinds, "response_target_seconds": seconds, "position": position}
        )
    return list(Queue.objects.order_by("position", "id"))
