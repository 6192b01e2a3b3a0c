"""Every query of the pages that people have open all day finds its rows by an index, on both databases.

Statistics are fresh. A page is asked for, and every statement that it made is explained: none goes through a whole table that
grows with what was heard. SQLite chooses freely; PostgreSQL, for which reading a few thousand rows whole is often cheaper,
is told to avoid that, so that what it still reads whole is what no index leads to.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from heard.kernel import clock

MANY = 6000
GROWING = (
    "listening_delivery",
    "listening_identity",
    "listening_interaction",
    "listening_revision",
    "engagement_promise",
    "identity_customer",
    "identity_face",
    "understanding_assessment",
    "routing_case",
    "routing_clock",
    "routing_conversation",
    "routing_disposition",
    "routing_entry",
    "routing_participant",
)
PAGES = {
    "the inbox": ("routing:inbox", ""),
    "everything, newest first": ("routing:inbox", "?view=everything"),
    "who waits for the customer": ("routing:inbox", "?view=waiting"),
    "what is mine": ("routing:inbox", "?view=mine"),
    "a conversation": ("routing:conversation", ""),
    "a customer": ("identity:customer", ""),
    "a customer, until a day": ("identity:customer", "?on=2020-01-01"),
    "a customer, from a voice on": ("identity:stretch", "?after=1262304000000000.voice.1"),
    "the notes about a customer": ("identity:stretch", "?kind=note"),
    "what a customer gave": ("engagement:facts_of_customer", ""),
    "who is called so": ("identity:customers", "?q=Customer 77"),
    "whose order it is": ("identity:customers", "?q=88231"),
    "who was heard last": ("identity:customers", ""),
    "who was heard before them": ("identity:customers", "?before=3000"),
    "who is unattended": ("routing:unattended", ""),
    "what is promised": ("engagement:promises", "?view=all"),
    "what is mine of it": ("engagement:promises", "?view=mine"),
    "what is overdue": ("engagement:promises", "?view=overdue"),
    "what was kept": ("engagement:promises", "?view=kept"),
}


@pytest.fixture
def full(wire, arrive, company):
    """Thousands of conversations of one voice each, a fifth of them open, and one that came in along the real way."""
    from heard.identity import finding
    from heard.routing.models import LookBack
    from tests.support.wire import delivery, person, said

    account_id = wire("Busy line")
    arrive(account_id, delivery(said("first", person("Dana"), "My router is down, can you help me please?")))
    now = clock.now()
    ago = [now - timedelta(minutes=10 * n + 10) for n in range(MANY)]
    voices = _spoken(account_id, ago)
    customers = _known(voices, ago)
    talks = _talks(voices, ago)
    _cases(talks, voices, ago)
    _promises(talks, voices, ago)
    LookBack.objects.create(up_to=voices[-1].pk, seen=voices[-1].pk, at=now)
    finding.catch_up()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    of_customer = dict.fromkeys(
        ("identity:customer", "identity:stretch", "engagement:facts_of_customer"), [customers[MANY // 2].pk]
    )
    return {"routing:conversation": [talks[MANY // 2].pk], **of_customer}


def _many(model: type[Model], build: Callable[[int], dict], **shared: object) -> list:
    return model._default_manager.bulk_create((model(**build(n), **shared) for n in range(MANY)), batch_size=500)


def _spoken(account_id: int, ago: list[datetime]) -> list:
    """Voices, each of somebody else, understood."""
    from heard.listening.models import Delivery, Identity, Interaction
    from heard.understanding.models import Assessment

    deliveries = _many(
        Delivery, lambda n: {"delivery_key": f"d-{n}", "received_at": ago[n]}, account_id=account_id, state="walked"
    )
    identities = _many(
        Identity,
        lambda n: {"external_id": f"i-{n}", "name": f"Customer {n}", "first_seen_at": ago[n], "profile_at": ago[n]},
        network="wire",
    )
    voices = _many(
        Interaction,
        lambda n: {"external_id": f"v-{n}", "identity": identities[n], "delivery": deliveries[n], "occurred_at": ago[n]},
        account_id=account_id, direction="inbound", kind="post", visibility="public", received_at=clock.now(), text="help me please",
    )  # fmt: skip
    _many(
        Assessment, lambda n: {"interaction": voices[n]},
        version=1, language="en", sentiment="neutral", answer_due=True, operational=True, analytical=False, assessed_at=clock.now(),
    )  # fmt: skip
    return voices


def _known(voices: list, ago: list[datetime]) -> list:
    """A customer for each."""
    from heard.identity.models import Customer, Face

    customers = _many(Customer, lambda n: {"created_at": ago[n]})
    _many(Face, lambda n: {"identity": voices[n].identity, "customer": customers[n], "home": customers[n]})
    return customers


def _talks(voices: list, ago: list[datetime]) -> list:
    from heard.routing.models import Conversation, Entry, Participant

    talks = _many(
        Conversation,
        lambda n: {
            "opener": voices[n].identity,
            "state": "open" if n % 5 == 0 else "quiet",
            "due_at": ago[n] if n % 5 == 0 else None,
            "started_at": ago[n],
            "last_at": ago[n],
        },
        language="en", message_count=1, kinds=["support"], channel_kinds=["wire"],
    )  # fmt: skip
    _many(Entry, lambda n: {"conversation": talks[n], "interaction": voices[n], "occurred_at": ago[n]})
    _many(Participant, lambda n: {"conversation": talks[n], "identity": voices[n].identity, "since": ago[n]})
    return talks


def _cases(talks: list, voices: list, ago: list[datetime]) -> None:
    from heard.routing.models import Case, Clock, Disposition

    now, queue_id = clock.now(), Case.objects.values_list("queue_id", flat=True)[0]
    cases = _many(
        Case,
        lambda n: {"conversation": talks[n], "state": "open" if n % 5 == 0 else "resolved", "opened_at": ago[n]},
        kind="support", queue_id=queue_id,
    )  # fmt: skip
    _many(
        Clock,
        lambda n: {"case": cases[n], "started_at": ago[n], "due_at": ago[n], "stopped_at": None if n % 5 == 0 else now},
    )
    _many(Disposition, lambda n: {"interaction": voices[n], "case": cases[n]}, outcome="handled", why="Called.", decided_at=now)


def _promises(talks: list, voices: list, ago: list[datetime]) -> None:
    """One to each, a fiftieth of them still to be kept."""
    from heard.engagement.models import Promise
    from heard.governance.models import Member

    author = Member.objects.create_user("author@acme.example", None, name="Author", role="agent")
    _many(
        Promise,
        lambda n: {
            "conversation": talks[n],
            "to": voices[n].identity,
            "state": "open" if n % 50 == 0 else "kept",
            "due_at": ago[n],
            "first_due_at": ago[n],
            "made_at": ago[n],
            "next_at": ago[n] + timedelta(days=900) if n % 50 == 0 else None,
        },
        author=author, what="It works by Thursday",
    )  # fmt: skip


def test_who_is_to_be_reminded_is_found_by_an_index(full):
    from heard.engagement import pledging

    with CaptureQueriesContext(connection) as made:
        assert pledging.remind(clock.now()) == 0
    [asked] = [query["sql"] for query in made if query["sql"].startswith("SELECT")]
    assert not _read_whole(asked)


@pytest.mark.parametrize("role", ["ada", "alice"])
def test_no_page_goes_through_a_table_that_grows(role, full, browser, request):
    client = browser(request.getfixturevalue(role))
    read_whole = [
        f"{title}: {found}\n    {statement[:600]}"
        for title, (page, asked) in PAGES.items()
        for statement in _statements(client, reverse(page, args=full.get(page, [])) + asked)
        for found in _read_whole(statement)
    ]
    assert not read_whole, "\n".join(read_whole)


def _statements(client, address: str) -> list[str]:
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in made if query["sql"].startswith("SELECT")]


def _read_whole(statement: str) -> list[str]:
    """The steps of its plan that read a growing table from one end to the other."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for way in ("seqscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
            plan = cursor.fetchone()[0]
            return list(_whole_in(json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]))
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        steps = [row[3] for row in cursor.fetchall()]
    is_short = " LIMIT " in statement and not any(step.startswith("USE TEMP B-TREE FOR ORDER BY") for step in steps)
    return [
        step for step in steps if step.startswith("SCAN") and step.split()[1] in GROWING and not (is_short and "INDEX" in step)
    ]


def _whole_in(node: dict, *, is_short: bool = False):
    """Whole reads below a node. In the order of an index, up to a limit, a plain reading is a short one."""
    is_short = is_short or node["Node Type"] == "Limit"
    if node["Node Type"] in ("Sort", "Aggregate", "Hash", "HashAggregate"):
        is_short = False
    if node["Node Type"] in ("Seq Scan", "Parallel Seq Scan") and node["Relation Name"] in GROWING and not is_short:
        yield f"Seq Scan on {node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _whole_in(below, is_short=is_short)
