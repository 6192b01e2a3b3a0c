"""Those that say the same: one row that stands for all of them, and everybody is still there, waits and is answered."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel import clock
from heard.listening.models import Interaction
from heard.routing import actions, groups, inbox
from heard.routing.actions_on_groups import put_together, take_apart
from heard.routing.models import Case, Clock, Conversation, Copy, Disposition, DuplicateGroup, Likeness
from heard.routing.rules.filters import Filters
from heard.routing.unattended import unattended
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db

COMPLAINT = "@acme you have charged all of us twice for November and nobody answers the phone, please refund everybody now!"
COPIES = (
    COMPLAINT,
    COMPLAINT.upper(),
    "So true: you have charged all of us twice for November and nobody answers the phone, please refund everybody now 😡 #acme",
    COMPLAINT.replace("everybody now!", "everybody now! https://t.example/1"),
)
SPAM = "Earn $500 a day from home with crypto trading, click here and join our telegram channel now: http://spam.example/{}"
DAY = 24 * 60  # minutes
OPEN, EVERYTHING = Filters(), Filters(view="everything")


@pytest.fixture
def line(wire):
    return wire("Open line")


@pytest.fixture
def tell(line, arrive):
    """A function: these people say something, all at once, and those that say the same are found."""

    def speak(*told: tuple[str, str], first: int = 0, on: int = 0, minute: float = 0) -> None:
        voices = [said(f"{name}-{first + n}", person(name), text, minute=minute + n) for n, (name, text) in enumerate(told)]
        arrive(on or line, *(delivery(voice) for voice in voices))
        groups.catch_up()

    return speak


def copied(count: int, texts=COPIES) -> list[tuple[str, str]]:
    return [(f"P{n}", texts[n % len(texts)]) for n in range(count)]


def shown(viewer, filters: Filters = OPEN) -> list[tuple[str, int]]:
    return [(row.name, row.same) for row in inbox.page(viewer, filters, size=1000).rows]


def test_a_copied_complaint_of_300_is_one_thing_to_do_and_300_are_counted(tell, alice, seen_by):
    tell(*copied(300))
    viewer = seen_by(alice)
    assert shown(viewer) == [("P0", 299)]
    group = Conversation.objects.get(opener__name="P0").group_id
    assert groups.same(viewer, group) == groups.Same(group, people=300, voices=300, is_apart=False)
    assert Disposition.objects.filter(outcome="waiting").count() == Clock.objects.filter(stopped_at=None).count() == 300
    assert [int(q.open) for q in inbox.queues(viewer) if q.open] == [1]
    assert int(inbox.view_counts(viewer, Filters())["open"]) == 1


def test_each_who_waits_past_their_time_is_unattended_whoever_says_the_same(tell, ada, seen_by):
    tell(*copied(30))
    Clock.objects.update(due_at=clock.now() - timedelta(hours=1))
    found = unattended(seen_by(ada))
    assert (found.overdue_count, len(found.overdue)) == (30, 30)


def test_a_wave_of_500_spam_posts_is_one_row_and_none_is_lost(tell, alice, seen_by):
    tell(*((f"Bot{n}", SPAM.format(n)) for n in range(500)))
    assert shown(seen_by(alice), EVERYTHING) == [("Bot499", 499)]
    assert Interaction.objects.count() == Disposition.objects.filter(outcome="spam").count() == 500
    group = Conversation.objects.first().group_id
    assert len(shown(seen_by(alice), Filters(view="everything", group=group))) == 500


def test_an_answer_to_one_answers_nobody_else(tell, alice, seen_by):
    tell(*copied(5))
    first = Conversation.objects.get(opener__name="P0")
    voice = Disposition.objects.get(case__conversation=first)
    actions.dispose(seen_by(alice), voice.interaction_id, outcome="handled", why="Refunded.")
    assert shown(seen_by(alice)) == [("P1", 3)]
    assert Disposition.objects.filter(outcome="waiting").count() == 4
    assert Case.objects.filter(state="open").exclude(conversation=first).count() == 4


def test_who_says_more_than_the_others_stands_by_themselves_at_once(tell, line, arrive, alice, seen_by):
    tell(*copied(5))
    arrive(line, delivery(said("more", person("P3"), "And my grandmother was charged three times!", minute=9, parent_ref="P3-3")))
    assert sorted(shown(seen_by(alice))) == [("P0", 3), ("P3", 0)]


def test_who_says_it_again_still_says_what_others_say(tell, alice, seen_by):
    tell(*copied(3))
    tell(("P2", COMPLAINT), first=9, minute=5)
    assert shown(seen_by(alice)) == [("P0", 2)]
    assert groups.same(seen_by(alice), DuplicateGroup.objects.get().pk).voices == 4


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("too short to be more than chance", [("Dana", "thanks a lot"), ("Eve", "thanks a lot"), ("Fay", "lol same")]),
        ("short complaints", [("Dana", "My router is down, can you help?"), ("Eve", "My router is down, can you help?")]),
        ("one's own repeats", [("Dana", COMPLAINT), ("Dana", COMPLAINT)]),
        ("one word in common", [("Dana", COMPLAINT), ("Eve", "Please refund me, the router I returned in November was faulty.")]),
    ],
)
def test_what_is_no_copy_stands_by_itself(why, told, tell, alice, seen_by):
    tell(*told)
    assert {same for _, same in shown(seen_by(alice), EVERYTHING)} == {0}
    assert not Conversation.objects.exclude(group=None).exists()


def test_what_was_said_weeks_apart_is_not_one_wave(tell, alice, seen_by):
    tell(("Dana", COMPLAINT))
    tell(("Eve", COMPLAINT), minute=14 * DAY)
    assert shown(seen_by(alice)) == [("Dana", 0), ("Eve", 0)]


def test_a_wave_that_goes_on_for_days_is_one(tell, alice, seen_by):
    for day, name in enumerate(("Dana", "Eve", "Fay", "Gil")):
        tell((name, COPIES[day % 2]), minute=day * DAY)
    assert shown(seen_by(alice)) == [("Dana", 3)]


def test_who_comes_between_two_groups_makes_them_one(tell, alice, seen_by):
    tell(("Dana", COMPLAINT), ("Eve", COMPLAINT))
    tell(("Fay", COMPLAINT), ("Gil", COMPLAINT), first=2, minute=2 * DAY)
    assert DuplicateGroup.objects.count() == 2
    tell(("Hal", COMPLAINT), first=4, minute=DAY)
    assert DuplicateGroup.objects.count() == 1
    assert shown(seen_by(alice)) == [("Dana", 4)]


def test_nobody_stands_behind_somebody_whom_the_viewer_does_not_see(wire, tell, care, sales, alice, bea, ada, seen_by):
    tell(*copied(3), on=wire("Care line", team=care))
    tell(*((f"S{n}", COMPLAINT) for n in range(4)), on=wire("Sales line", team=sales), first=10, minute=10)
    Case.objects.update(queue_id=_queue_of(None))
    assert shown(seen_by(alice)) == [("P0", 2)]
    assert shown(seen_by(bea)) == [("S0", 3)]
    assert shown(seen_by(ada)) == [("P0", 6)]
    group = DuplicateGroup.objects.get().pk
    assert groups.same(seen_by(bea), group).people == 4
    assert groups.same(seen_by(ada), group).people == 7


def _queue_of(team) -> int:
    from heard.routing.models import Queue

    return Queue.objects.create(name="All", team=team).pk


def test_a_filter_hides_nobody_either(tell, alice, seen_by):
    tell(*copied(4))
    viewer = seen_by(alice)
    Conversation.objects.filter(opener__name="P2").update(assignee=alice)
    assert shown(viewer, Filters(view="mine")) == [("P2", 0)]
    assert shown(viewer, Filters(view="unassigned")) == [("P0", 2)]
    assert len(shown(viewer, Filters(view="everything", q="refund"))) == 4


def test_they_are_taken_apart_and_put_together(tell, alice, vera, seen_by):
    tell(*copied(4))
    viewer, group = seen_by(alice), DuplicateGroup.objects.get().pk
    with pytest.raises(NotAllowed):
        take_apart(seen_by(vera), group)
    take_apart(viewer, group)
    take_apart(viewer, group)
    tell(("P9", COMPLAINT), first=9, minute=9)
    assert shown(viewer) == [(f"P{n}", 0) for n in (0, 1, 2, 3, 9)]
    assert groups.same(viewer, group).is_apart
    put_together(viewer, group)
    assert shown(viewer) == [("P0", 4)]
    assert AuditLine.objects.filter(verb="group.take_apart").count() == 2


def test_a_group_of_other_teams_is_not_there(wire, tell, care, bea, seen_by):
    tell(*copied(3), on=wire("Care line", team=care))
    Case.objects.update(queue_id=_queue_of(care))
    group = DuplicateGroup.objects.get().pk
    assert groups.same(seen_by(bea), group) is None
    with pytest.raises(DuplicateGroup.DoesNotExist):
        take_apart(seen_by(bea), group)


def test_the_pages_tell_how_many_say_the_same(tell, alice, browser):
    tell(*copied(4))
    client = browser(alice)
    assert "and 3 more say the same" in client.get(reverse("routing:inbox")).content.decode()
    conversation = Conversation.objects.get(opener__name="P1")
    page = client.get(reverse("routing:conversation", args=[conversation.pk])).content.decode()
    assert "4 people say nearly the same" in page
    apart = client.post(reverse("routing:take_apart", args=[conversation.group_id]), follow=True).content.decode()
    assert "They stand apart." in apart
    assert apart.count('role="listitem"') == 4


MIXED = [
    *((f"A{n}", COPIES[n % 4], n % 3 * DAY + n) for n in range(9)),
    *((f"B{n}", SPAM.format(n), n) for n in range(6)),
    ("Dana", "My phone line has been dead since Monday and your shop in Leeds could not tell me why, what now?", 3),
    ("Eve", "My phone line has been dead since Friday and your shop in Leeds could not tell me why, what now?", 40),
    ("Fay", "Where can I buy the blue one?", 50),
    *((f"C{n}", COMPLAINT, (10 + n) * DAY) for n in range(3)),
]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_they_arrive_makes_no_difference(seed, line, arrive):
    told, dice = (
        [(name, said(f"v-{name}", person(name), text, minute=minute)) for name, text, minute in MIXED],
        random.Random(seed),
    )
    dice.shuffle(told)
    while told:
        take = dice.randint(1, 9)
        some, told = told[:take], told[take:]
        arrive(line, *(delivery(voice) for _, voice in some))
        groups.gather(limit=dice.randint(1, 5))
    groups.catch_up(limit=7)
    assert _together() == {
        frozenset(f"A{n}" for n in range(9)),
        frozenset(f"B{n}" for n in range(6)),
        frozenset({"Dana", "Eve"}),
        frozenset(f"C{n}" for n in range(3)),
    }
    assert Conversation.objects.filter(group=None).count() == 1


def _together() -> set[frozenset[str]]:
    found: dict[int, set[str]] = {}
    for group, name in Conversation.objects.exclude(group=None).values_list("group_id", "opener__name"):
        found.setdefault(group, set()).add(name)
    return {frozenset(names) for names in found.values()}


def test_it_costs_as_many_statements_for_many_as_for_few(line, arrive):
    def cost(names) -> int:
        voices = [said(f"v-{name}", person(name), COPIES[n % 4], minute=n) for n, name in enumerate(names)]
        arrive(line, *(delivery(voice) for voice in voices))
        with CaptureQueriesContext(connection) as made:
            groups.gather()
        return len(made)

    cost(["P1", "P2", "P3"])
    few = cost(["Q1", "Q2", "Q3"])
    assert cost([f"R{n}" for n in range(60)]) <= few <= 40


def test_what_nobody_repeated_is_forgotten_and_a_group_is_not(tell):
    tell(*copied(2), ("Dana", "My phone line has been dead since Monday and your shop in Leeds could not tell me why, what now?"))
    alone = Likeness.objects.filter(group=None).count()
    groups.forget_single(at(2 * DAY))
    assert Likeness.objects.filter(group=None).count() == alone == 1
    groups.forget_single(at(6 * DAY))
    assert not Likeness.objects.filter(group=None).exists()
    assert Copy.objects.count() == 2
