"""The list: who stands in it, in what order, and that a page of it is never skipped and never shown twice."""

from dataclasses import replace

import pytest

from heard.routing import inbox
from heard.routing.models import Conversation, Queue
from heard.routing.rules.filters import Filters
from tests.support.wire import delivery, person, said

HELP = "My router is down, can you help me please?"


@pytest.fixture
def speak(wire, arrive):
    """A function: somebody says something on one shared account."""
    account_id = wire("Open line")

    def say(name: str, text: str = HELP, *, minute: float = 0, on: int = account_id, **more) -> None:
        arrive(on, delivery(said(f"{name}-{minute}", person(name), text, minute=minute, **more)))

    return say


def names(page: inbox.Page) -> list[str]:
    return [row.name for row in page.rows]


def test_who_has_waited_longest_stands_first(speak, alice, seen_by):
    speak("Late", minute=9)
    speak("Early", minute=1)
    assert names(inbox.page(seen_by(alice), Filters())) == ["Early", "Late"]


def test_pages_follow_each_other_without_gap_or_double(speak, alice, seen_by):
    for n in range(7):
        speak(f"C{n}", minute=n // 2)  # two at a time are due at the same moment
    viewer, place, met = seen_by(alice), None, []
    for _ in range(4):
        page = inbox.page(viewer, Filters(), after=place, size=2)
        met += names(page)
        place = page.next
    assert met == [f"C{n}" for n in range(7)]
    assert place is None


def test_pages_of_everything_follow_each_other_newest_first(speak, alice, seen_by):
    for n in range(5):
        speak(f"C{n}", minute=n)
    viewer = seen_by(alice)
    first = inbox.page(viewer, Filters(view="everything"), size=3)
    rest = inbox.page(viewer, Filters(view="everything"), after=first.next, size=3)
    assert names(first) + names(rest) == ["C4", "C3", "C2", "C1", "C0"]


@pytest.mark.parametrize(
    ("told", "filters", "expected"),
    [
        ("by what it is about", Filters(kind="sales"), ["Buyer"]),
        ("by who could read it", Filters(reach="public"), ["Buyer"]),
        ("by words that were said", Filters(q="router"), ["Dana"]),
        ("by words nobody said", Filters(q="zebra"), []),
        ("by channel", Filters(channel="wire"), ["Dana", "Buyer"]),
        ("by part of a channel's name, which is no channel", Filters(channel="wir"), []),
    ],
)
def test_the_list_narrows(told, filters, expected, speak, alice, seen_by):
    speak("Dana", minute=1)
    speak("Buyer", "I want to buy your product, what is the price?", minute=2, visibility="public")
    assert sorted(names(inbox.page(seen_by(alice), filters))) == sorted(expected)


LOVES_AND_HATES = "@acme I love the phone and want to buy another one, but your support is terrible, please help me"


@pytest.mark.parametrize(
    ("look", "sentiment"),
    [({}, "mixed"), ({"kind": "sales"}, "positive"), ({"kind": "support"}, "negative"), ({"kind": "marketing"}, "mixed")],
    ids=["nobody's", "sales", "support", "marketing"],
)
def test_each_role_sees_what_is_felt_about_its_own(look, sentiment, speak, alice, seen_by):
    speak("Dana", LOVES_AND_HATES)
    viewer = seen_by(alice)
    Conversation.objects.update(kinds=["marketing", "sales", "support"])
    found = {s: names(inbox.page(viewer, Filters(sentiment=s, **look))) for s in ("negative", "mixed", "positive")}
    assert found == {s: (["Dana"] if s == sentiment else []) for s in found}
    [row] = inbox.page(viewer, Filters(**look)).rows
    assert (row.sentiment, row.cut) == (sentiment, look["kind"] if sentiment != "mixed" else "")


def test_who_looks_at_a_queue_of_one_kind_sees_with_the_eyes_of_its_role(speak, alice, seen_by):
    speak("Dana", LOVES_AND_HATES)
    sells = Queue.objects.get(kinds=["sales"])
    page = inbox.page(seen_by(alice), Filters(queue=sells.pk, sentiment="positive"))
    assert [(row.name, row.sentiment, row.cut) for row in page.rows] == [("Dana", "positive", "sales")]
    assert Filters(queue=sells.pk, role="sales").address == f"queue={sells.pk}"


def test_mine_and_unassigned_divide_the_open_ones(speak, alice, seen_by):
    speak("Dana", minute=1)
    speak("Eve", minute=2)
    Conversation.objects.filter(opener__name="Dana").update(assignee=alice)
    viewer = seen_by(alice)
    assert names(inbox.page(viewer, Filters(view="mine"))) == ["Dana"]
    assert names(inbox.page(viewer, Filters(view="unassigned"))) == ["Eve"]
    assert inbox.view_counts(viewer, Filters()) == {"open": 2, "mine": 1, "unassigned": 1}


def test_what_somebody_was_given_is_seen_by_them_and_by_nobody_else_of_their_team(speak, wire, alice, sales, seen_by):
    """Both ask in the same words: the question is made once, and who asks is given with it."""
    speak("Bid", "Zanzibar router is down, help please!", on=wire("Sales mailbox", team=sales))
    Conversation.objects.update(team=sales, assignee=alice)
    hers = seen_by(alice)
    colleague = replace(hers, member_id=hers.member_id + 1)
    assert hers.standing == colleague.standing
    for _ in range(2):
        assert names(inbox.page(hers, Filters())) == ["Bid"]
        assert [names(inbox.page(viewer, Filters())) for viewer in (colleague, hers.standing)] == [[], []]
        assert [inbox.view_counts(viewer, Filters())["mine"] for viewer in (hers, colleague)] == [1, 0]


def test_a_queue_counts_the_open_conversations_that_stand_in_it(speak, alice, seen_by):
    speak("Dana")
    speak("Dana", "Still down, please help!", minute=1)
    service = Queue.objects.get(name="Service")
    counts = {queue.name: queue.open for queue in inbox.queues(seen_by(alice))}
    assert (counts["Service"], counts["Sales"]) == (1, 0)
    assert names(inbox.page(seen_by(alice), Filters(queue=service.pk))) == ["Dana"]


def test_what_belongs_to_another_team_is_in_no_page_no_count_and_no_search(speak, wire, alice, sales, seen_by):
    """threats.md 18."""
    speak("Bid", "Zanzibar router is down, help please!", on=wire("Sales mailbox", team=sales))
    Conversation.objects.update(team=sales)
    viewer = seen_by(alice)
    assert inbox.page(viewer, Filters()).rows == []
    assert inbox.page(viewer, Filters(q="zanzibar")).rows == []
    assert inbox.rows_of(viewer, Filters(), Conversation.objects.values_list("id", flat=True)) == []
    assert {queue.open for queue in inbox.queues(viewer)} == {0}
    assert inbox.view_counts(viewer, Filters())["open"] == 0


def test_changes_name_rows_that_left_and_voices_that_arrived(speak, alice, browser):
    speak("Dana", minute=1)
    speak("Eve", minute=2)
    dana, eve = Conversation.objects.order_by("id").values_list("id", flat=True)
    Conversation.objects.filter(pk=dana).update(state="quiet")
    answer = browser(alice).get(f"/inbox/changes/?ids={dana},{eve}&shown={dana}").content.decode()
    assert f'<div id="row-{dana}" hx-swap-oob="delete">' in answer
    assert "1 new" in answer
    assert f'data-ids="{eve}"' in answer
