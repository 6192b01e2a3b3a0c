"""The report on fairness, of what really waited."""

from datetime import timedelta

import pytest

from heard.insight.fairness import report, rows_of
from heard.routing.models import Case, Clock, Conversation, Disposition
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db

EACH = 25


@pytest.fixture
def house(wire, arrive):
    """Dana's kind shouts twice in public, and is answered in an hour; Eve's kind wrote once in private, and waits three."""
    line = wire("Open line")
    trouble = "My router is broken, can you help me?"
    for n in range(EACH):
        loud, quiet = person(f"Dana {n}"), person(f"Eve {n}")
        arrive(
            line,
            delivery(said(f"p{n}", loud, trouble, minute=n + 30, visibility="public")),
            delivery(
                said(f"q{n}", loud, "HELLO? It is still broken, help!", minute=n + 50, visibility="public", parent_ref=f"p{n}")
            ),
            delivery(said(f"m{n}", quiet, trouble, minute=n, visibility="private")),
        )
    Case.objects.update(urgency=1)  # they need it alike
    for clock in Clock.objects.select_related("case__conversation"):
        waited = timedelta(hours=1 if clock.case.conversation.is_public else 3, seconds=clock.pk)
        due = clock.started_at + timedelta(hours=4)
        Clock.objects.filter(pk=clock.pk).update(stopped_at=clock.started_at + waited, due_at=due)
    Disposition.objects.filter(outcome="waiting").update(outcome="answered")
    return line


def at(house) -> object:
    return Clock.objects.order_by("-started_at").first().started_at + timedelta(days=1)


def test_t13_the_report_says_how_much_sooner_shouting_was_served(house, ada, seen_by):
    found = report(seen_by(ada), days=7, now=at(house))
    told = {c.one.key: c for c in found.comparisons}
    loud = told["loud"]
    assert (loud.difference.one.base, loud.difference.other.base) == (EACH, EACH)
    assert loud.difference.sooner == pytest.approx(2 * 3600, abs=120)
    assert loud.difference.is_sure
    assert loud.one_in_order.seconds > loud.difference.one.seconds
    assert loud.other_in_order.seconds < loud.difference.other.seconds
    assert told["public"].difference.sooner == loud.difference.sooner


def test_every_number_opens_its_rows(house, ada, seen_by):
    group, rows = rows_of(seen_by(ada), "quiet", days=7, now=at(house))
    assert len(rows) == EACH
    assert all(not wait.is_public for wait in rows)
    assert rows_of(seen_by(ada), "nobody", days=7, now=at(house)) is None


def test_who_sees_no_conversation_learns_nothing_of_it(house, bea, seen_by, care):
    Conversation.objects.update(team=care)
    assert report(seen_by(bea), days=7, now=at(house)).all.base == 0


def test_the_page_says_it_in_words_and_links_its_numbers(house, ada, browser):
    client = browser(ada)
    page = client.get("/fairness/?days=90").content.decode()
    assert "Did everybody wait alike?" in page
    assert "/fairness/loud/?days=90" in page
    rows = client.get("/fairness/loud/?days=90").content.decode()
    assert "Dana" in rows
    assert client.get("/fairness/nobody/").status_code == 404


def test_with_nobody_waiting_it_says_so(ada, browser):
    assert "Nobody waited" in browser(ada).get("/fairness/").content.decode()


def test_it_is_a_constant_number_of_queries(house, ada, seen_by, django_assert_max_num_queries):
    viewer, now = seen_by(ada), at(house)
    with django_assert_max_num_queries(2):
        assert report(viewer, days=90, now=now).all.base == 2 * EACH


def test_an_answer_that_we_hear_of_late_ended_the_wait_when_it_was_said(ada, seen_by, wire, arrive):
    line = wire("Open line")
    arrive(line, delivery(said("q", person("Dana"), "My router is broken, can you help me?")))
    arrive(line, delivery(said("a", person("Acme"), "Try to restart it.", minute=25, direction="outbound", parent_ref="q")))
    [clock] = Clock.objects.all()
    assert clock.stopped_at - clock.started_at == timedelta(minutes=25)
