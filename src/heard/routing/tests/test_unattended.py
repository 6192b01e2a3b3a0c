from datetime import timedelta

import pytest

from heard.kernel import clock
from heard.listening import actions as listening
from heard.routing.models import Clock, Conversation, Disposition, LookBack
from heard.routing.unattended import look_back, unattended
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db
DANA = person("Dana")


@pytest.fixture
def rant(wire, arrive):
    account_id = wire("Open line")
    arrive(account_id, delivery(said("1", DANA, "My broadband is down since yesterday. Please help me!")))
    return account_id


def later(**parts):
    """Time passes: every clock ran out so long ago."""
    Clock.objects.update(due_at=clock.now() - timedelta(**parts))


def sooner():
    Clock.objects.update(due_at=clock.now() + timedelta(hours=1))


def test_who_waits_within_the_promised_time_is_not_unattended(rant, ada, seen_by):
    sooner()
    found = unattended(seen_by(ada))
    assert (found.count, found.can_say_nobody) == (0, True)


def test_a_rant_that_stands_untouched_is_unattended_as_soon_as_its_answer_was_due(rant, ada, seen_by):
    later(minutes=1)
    [case] = unattended(seen_by(ada)).overdue
    assert (case.row.name, case.queue) == ("Dana", "Service")


def test_the_longest_overdue_stands_first(rant, arrive, ada, seen_by):
    arrive(rant, delivery(said("2", person("Eve"), "My phone is broken, please help!", minute=-600)))
    assert Clock.objects.filter(due_at__lt=clock.now()).count() == 2
    assert [case.row.name for case in unattended(seen_by(ada)).overdue] == ["Eve", "Dana"]


def test_a_voice_without_any_disposition_is_never_hidden(rant, ada, seen_by):
    """The invariant broke; the page computes from the rows and says so."""
    Disposition.objects.all().delete()
    Clock.objects.all().delete()
    found = unattended(seen_by(ada))
    assert [voice.text for voice in found.forgotten] == ["My broadband is down since yesterday. Please help me!"]
    assert not found.can_say_nobody


def test_looking_back_moves_on_and_stops_before_the_first_voice_without_an_end(rant, arrive, ada, seen_by):
    arrive(rant, delivery(said("2", person("Eve"), "My phone is broken, please help!")))
    forgotten = Disposition.objects.order_by("-interaction_id").first()
    Disposition.objects.filter(pk=forgotten.pk).delete()
    look_back(clock.now())
    look_back(clock.now())
    assert LookBack.objects.get().up_to == forgotten.interaction_id - 1
    assert [voice.id for voice in unattended(seen_by(ada)).forgotten] == [forgotten.interaction_id]


def test_the_first_look_proves_nothing_of_what_may_still_be_on_its_way(rant):
    look_back(clock.now())
    assert LookBack.objects.get().up_to == 0


def test_an_end_that_was_lost_later_is_found_by_looking_back_from_the_first(rant, ada, seen_by):
    look_back(clock.now())
    look_back(clock.now())
    Disposition.objects.all().delete()
    look_back(clock.now(), anew=True)
    assert len(unattended(seen_by(ada)).forgotten) == 1


def test_a_delivery_that_nobody_walks_is_unattended(wire, ada, seen_by):
    account_id = wire("Open line")
    listening.receive(account_id, [delivery(said("1", DANA, "Hello?"))])  # received at noon long ago, and no worker runs
    [pile] = unattended(seen_by(ada)).stuck
    assert (pile.name, pile.count) == ("Open line", 1)


def test_an_empty_page_is_no_comfort_while_a_channel_is_blind(wire, ada, seen_by, browser):
    """Threat 56 and story T10: never silently empty because an adapter died."""
    wire("Mailbox", state="failing", failures=4, failing_since=clock.now() - timedelta(hours=3), last_error="535 no")
    found = unattended(seen_by(ada))
    assert (found.count, found.can_say_nobody, [a.name for a in found.alarms]) == (0, False, ["Mailbox"])
    page = browser(ada).get("/unattended/").content.decode()
    assert "We are deaf on the channels named above" in page
    assert "535 no" in page


def test_without_any_channel_the_page_says_that_nobody_can_be_heard(ada, browser):
    assert b"Nobody can be heard yet" in browser(ada).get("/unattended/").content


def test_with_open_ears_and_nobody_waiting_it_says_so(rant, ada, browser):
    sooner()
    assert b"Nobody waits past their time" in browser(ada).get("/unattended/").content


def test_what_belongs_to_another_team_is_neither_shown_nor_counted(rant, sales, alice, seen_by):
    """Threat 18: also in counts."""
    later(hours=1)
    Conversation.objects.update(team=sales)
    found = unattended(seen_by(alice))
    assert (found.overdue, found.overdue_count) == ([], 0)


def test_alarms_of_another_teams_channel_stay_with_that_team(wire, sales, alice, bea, seen_by):
    wire("Sales mailbox", team=sales, state="paused", last_error="sign in again")
    assert unattended(seen_by(alice)).alarms == []
    assert [a.name for a in unattended(seen_by(bea)).alarms] == ["Sales mailbox"]


def test_the_page_takes_the_same_queries_for_many(wire, arrive, ada, browser, django_assert_max_num_queries):
    account_id = wire()
    arrive(account_id, *(delivery(said(str(n), person(f"C{n}"), "Please help, it is broken")) for n in range(80)))
    later(hours=1)
    client = browser(ada)
    with django_assert_max_num_queries(20):
        client.get("/unattended/")
