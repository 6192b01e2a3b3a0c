"""Which topics stand, and which were merged into them. The table is small: it is read whole."""

from collections.abc import Mapping
from typing import NamedTuple

from heard.understanding.topics.models import Topic


class Family(NamedTuple):
    """A topic that stands, with the ids of itself and of all that count as it."""

    topic: Topic
    ids: tuple[int, ...]
    merged: tuple[Topic, ...]  # those that were merged right into it


def families() -> dict[int, Family]:
    """{id of a topic that was not merged away: its family}, ended ones too, by name. One query."""
    topics = {topic.pk: topic for topic in Topic.objects.order_by("name", "pk")}
    into = {id_: topic.into_id for id_, topic in topics.items()}
    ids: dict[int, list[int]] = {}
    for id_ in topics:
        ids.setdefault(root_of(id_, into), []).append(id_)
    return {
        id_: Family(topic, tuple(ids[id_]), tuple(t for t in topics.values() if t.into_id == id_))
        for id_, topic in topics.items()
        if topic.into_id is None
    }


def roots(known: Mapping[int, Family]) -> dict[int, int]:
    """{topic: the one as which it counts}."""
    return {id_: root for root, family in known.items() for id_ in family.ids}


def root_of(topic_id: int, into: Mapping[int, int | None]) -> int:
    while (next_id := into[topic_id]) is not None:
        topic_id = next_id
    return topic_id
