"""How many queries a page costs: no more than is written here, and no more when there is ten times as much to show.

A page that got cheaper lowers its line; one that must cost more raises it, in the same commit, for a reviewer to see.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.wire import delivery, person, said

MOST_QUERIES = {
    "routing:inbox": 11,
    "engagement:promises": 9,
    "routing:conversation": 27,
    "engagement:recap": 30,
    "identity:customers": 11,
    "identity:customer": 27,
    "identity:beside": 21,
    "identity:belongs": 10,
    "identity_settings:imports": 6,
    "identity_settings:sites": 5,
    "listening:channels": 7,
    "listening:channel": 8,
    "routing:unattended": 15,
    "listening:quarantine": 5,
    "listening:monitors": 5,
    "listening:search": 13,
    "governance:company": 4,
    "governance:members": 7,
    "routing:queues": 5,
    "governance:audit": 4,
    "listening:log": 5,
    "understanding:quality": 9,
    "understanding:teach": 22,
    "understanding:versions": 7,
    "topics:topics": 8,
    "topics:topic": 20,
    "topics:proposals": 14,
}

# How far the stream may be read takes two questions more on PostgreSQL (kernel/stream.py), each time it is asked.
MORE_ON_POSTGRESQL = {
    "routing:inbox": 2,
    "routing:conversation": 2,
    "routing:unattended": 2,
    "listening:channel": 2,
    "listening:channels": 2,
    "listening:quarantine": 2,
}


@pytest.fixture
def busy(wire, arrive):
    """A function: `customers` more people each say two things on one account."""
    account_id = wire("Busy line")

    def speak(customers: int, *, first: int) -> None:
        arrive(account_id, *(delivery(*_two_voices(n)) for n in range(first, first + customers)))

    speak.account_id = account_id
    return speak


def _two_voices(n: int) -> list:
    who = person(f"Customer {n}")
    question = said(f"q-{n}", who, "My router is down, can you help me please?", minute=n)
    return [question, said(f"r-{n}", who, "Still waiting.", minute=n + 1, parent_ref=f"q-{n}")]


def _address(page: str, account_id: int) -> str:
    from heard.identity.models import Customer
    from heard.routing.models import Conversation

    known = {
        "routing:conversation": lambda: [Conversation.objects.order_by("id").first().pk],
        "engagement:recap": lambda: [Conversation.objects.order_by("id").first().pk],
        "identity:customer": lambda: [Customer.objects.order_by("id").first().pk],
        "identity:belongs": lambda: [Customer.objects.order_by("id").first().pk],
        "identity:beside": lambda: [Customer.objects.order_by("id").first().pk],
        "listening:channel": lambda: [account_id],
        "topics:topic": lambda: [_topic_of_all()],
    }
    return reverse(page, args=known.get(page, list)()) + ("?q=router" if page == "listening:search" else "")


def _topic_of_all() -> int:
    """A topic under which everything stands that was said."""
    from heard.kernel import clock
    from heard.listening.models import Interaction
    from heard.understanding.models import Topic, VoiceTopic

    topic, _ = Topic.objects.get_or_create(name="Routers", defaults={"made_at": clock.now()})
    fresh = Interaction.objects.exclude(pk__in=VoiceTopic.objects.values("interaction_id"))
    VoiceTopic.objects.bulk_create([VoiceTopic(interaction=voice, topic=topic) for voice in fresh])
    return topic.pk


def _cost(client, address: str) -> int:
    client.get(address)  # what a process does once for all pages is not the page's cost
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(address).status_code == 200
    return len(made)


@pytest.mark.parametrize("page", MOST_QUERIES)
def test_a_page_costs_the_same_for_few_and_for_many(page, ada, browser, busy):
    client = browser(ada)
    busy(3, first=0)
    few = _cost(client, _address(page, busy.account_id))
    busy(20, first=3)
    many = _cost(client, _address(page, busy.account_id))
    assert many <= few
    assert few <= MOST_QUERIES[page] + (MORE_ON_POSTGRESQL.get(page, 0) if connection.vendor == "postgresql" else 0)
