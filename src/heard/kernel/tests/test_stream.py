"""Live pages miss nothing: events come in commit order, without gaps, from any position."""

import threading

import pytest
from django.db import connection, transaction

from heard.kernel import stream
from heard.kernel.models import StreamEvent
from heard.kernel.stream import News

pytestmark = pytest.mark.django_db(transaction=True)


def _topics(position: int = 0) -> list[str]:
    return [e.topic for e in stream.since(position)]


def test_a_page_gets_what_happened_after_it_was_rendered():
    stream.publish(News("before", {}))
    position = stream.head()
    stream.publish(News("after", {"id": 7}, team_id=3))

    [event] = stream.since(position)
    assert (event.topic, event.payload, event.team_id) == ("after", {"id": 7}, 3)
    assert stream.since(event.position) == []


def test_nothing_is_told_of_a_verb_that_was_rolled_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        stream.publish(News("never", {}))
        raise RuntimeError
    assert _topics() == []


def test_a_slow_transaction_is_never_overtaken():
    """On PostgreSQL the slow one has the lower id and commits later; a reader that went ahead would lose it for good."""
    published, may_commit, seen = threading.Event(), threading.Event(), []

    def slow():
        try:
            with transaction.atomic():
                stream.publish(News("slow", {}))
                published.set()
                may_commit.wait(60)
        finally:
            connection.close()

    def quick():
        try:
            stream.publish(News("quick", {}))
        finally:
            connection.close()

    first = threading.Thread(target=slow)
    first.start()
    assert published.wait(60)
    position = 0
    second = threading.Thread(target=quick)
    second.start()
    for event in stream.since(position):
        seen.append(event.topic)
        position = event.position
    may_commit.set()
    first.join()
    second.join()
    seen += _topics(position)

    assert sorted(seen) == ["quick", "slow"]


def test_a_page_that_was_away_too_long_is_told_to_load_anew():
    stream.publish(News("old", {}))
    old = stream.head()
    stream.publish(News("new", {}), News("newer", {}), News("newest", {}))
    StreamEvent.objects.filter(topic__in=["old", "new", "newer"]).delete()

    assert stream.is_too_old(old)
    assert not stream.is_too_old(stream.head())
