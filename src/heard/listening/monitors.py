"""What we listen for everywhere, and where it was found."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from heard.kernel import bulk
from heard.kernel.prepared import prepared
from heard.listening.counts import Place, count_mentions
from heard.listening.models import Mention, Monitor
from heard.listening.rules.matcher import Matcher

_built: tuple[tuple, Matcher] | None = None


def note_mentions(voices: Iterable[tuple[int, str]], places: Sequence[Place]) -> None:
    """Record which monitors the (interaction id, text) pairs match, and count them by place. Three statements for any number."""
    monitors = tuple(_active())
    if not monitors:
        return
    texts = list(voices)
    found = _matcher(monitors).match([text for _, text in texts])
    rows = [(monitors[m][0], interaction_id) for (interaction_id, _), hits in zip(texts, found, strict=True) for m in hits]
    count_mentions((monitors[m][0], place) for place, hits in zip(places, found, strict=True) for m in hits)
    bulk.insert(Mention, ["monitor_id", "interaction_id"], rows)


@prepared
def _active() -> QuerySet:
    return Monitor.objects.filter(is_active=True).order_by("id").values_list("id", "kind", "pattern")


def _matcher(monitors: tuple) -> Matcher:
    """Built anew only when the monitors have changed: by this process or another."""
    global _built
    if _built is None or _built[0] != monitors:
        _built = (monitors, Matcher([(kind, pattern) for _, kind, pattern in monitors]))
    return _built[1]
