"""What comes late is told in its place, and what a person has worked in stays as that person knows it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heard.governance.permissions import viewer_of
from heard.listening.channels.contract import Withdrawn
from heard.routing import actions
from heard.routing.models import Case, Conversation, Disposition, Entry
from heard.routing.rules.admission import FORWARDED, OUTSIDE, PRETENDED
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

dana, eve = person("Dana"), person("Eve")
HELP = "Please help me, my {} has been broken since Monday."


def _talks() -> list[list[str]]:
    """External ids of what stands in each conversation, the oldest conversation first."""
    return [
        list(Entry.objects.filter(conversation=c).order_by("occurred_at").values_list("interaction__external_id", flat=True))
        for c in Conversation.objects.order_by("started_at", "id")
    ]


def test_what_was_said_first_opens_the_conversation_though_it_comes_last(wire, arrive):
    account = wire()
    arrive(account, delivery(said("2", dana, "Any news about my broken router? Please help!", minute=5)))
    address = Conversation.objects.get().pk
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0, subject="Router")))
    talk = Conversation.objects.get()
    assert (talk.pk, talk.subject, talk.started_at) == (address, "Router", at(0))
    assert _talks() == [["1", "2"]]
    assert Case.objects.get().opened_at == at(0)


def test_two_matters_part_once_we_hear_what_was_said_between_them(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0)))
    arrive(account, delivery(said("3", dana, HELP.format("bill"), minute=9, subject="Bill")))
    assert _talks() == [["1", "3"]]
    arrive(account, delivery(said("2", dana, HELP.format("phone"), minute=5, subject="Phone")))
    assert _talks() == [["1", "2"], ["3"]]
    assert Disposition.objects.get(interaction__external_id="3").case.conversation.subject == "Bill"


def test_a_conversation_that_a_colleague_has_taken_stays_whole(wire, arrive, ada):
    account = wire()
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0)))
    arrive(account, delivery(said("3", dana, HELP.format("bill"), minute=9, subject="Bill")))
    actions.assign(viewer_of(ada), Conversation.objects.get().pk, member_id=ada.pk)
    arrive(account, delivery(said("2", dana, HELP.format("phone"), minute=5, subject="Phone")))
    assert ["1", "3"] in _talks()
    assert Conversation.objects.get(subject="Bill").assignee_id == ada.pk


def test_an_end_that_a_colleague_recorded_stays(wire, arrive, ada):
    account = wire()
    arrive(account, delivery(said("2", dana, HELP.format("router"), minute=5)))
    waiting = Disposition.objects.get()
    actions.dispose(viewer_of(ada), waiting.interaction_id, outcome="handled", why="Called her.")
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0)))
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.why) == ("handled", "Called her.")


def test_nothing_is_to_be_done_where_all_was_taken_back(wire, arrive):
    account = wire()
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0)))
    assert Case.objects.count() == 1
    arrive(account, delivery(Withdrawn(target="1", occurred_at=at(1))))
    assert not Case.objects.exists()
    assert (Conversation.objects.get().state, Disposition.objects.get().outcome) == ("quiet", "withdrawn")


def test_our_answer_ends_only_the_wait_of_whom_it_answers(wire, arrive):
    """Under one post many ask; an answer to somebody we did not hear is no answer to the first of them."""
    account = wire()
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0, thread_ref="post")))
    answer = said("3", person("Acme"), "Try to restart it.", minute=3, direction="outbound", parent_ref="2", thread_ref="post")
    arrive(account, delivery(answer))
    assert Disposition.objects.get().outcome == "waiting"
    arrive(account, delivery(said("2", eve, HELP.format("phone"), minute=2, thread_ref="post")))
    assert sorted(Disposition.objects.values_list("interaction__external_id", "outcome")) == [("1", "waiting"), ("2", "answered")]
    assert ["2", "3"] in _talks()


def test_many_late_voices_cost_as_many_queries_as_few(wire, arrive):
    account = wire()

    def statements_for(first: int, people: int) -> int:
        who = [person(f"Customer {n}") for n in range(first, first + people)]
        arrive(account, *(delivery(said(f"{w.name} 2", w, HELP.format("router"), minute=5)) for w in who))
        with CaptureQueriesContext(connection) as made:
            arrive(account, *(delivery(said(f"{w.name} 1", w, HELP.format("router"), minute=0)) for w in who))
        assert Conversation.objects.count() == first + people
        return len(made)

    statements_for(0, 1)
    few = statements_for(1, 2)
    assert statements_for(3, 20) <= few


# ── Who may enter ───────────────────────────────────────────────────────────────────────────────────────────────────

OURS = "abc.seal@acme.example"


@pytest.fixture
def waiting_for_dana(wire, arrive) -> int:
    """Dana asked, and we answered under an id of ours; the account."""
    account = wire()
    arrive(account, delivery(said("1", dana, HELP.format("router"), minute=0)))
    arrive(
        account,
        delivery(said(OURS, person("Acme"), "Which one?", minute=1, direction="outbound", parent_ref="1", recipients=(dana,))),
    )
    return account


def _answer(who, proof: str, **more):
    answers = {"id": OURS, "proof": proof, **more}
    return delivery(said("2", who, "It is the blue one, please help!", minute=2, parent_ref=OURS, extra={"answers": answers}))


@pytest.mark.parametrize(
    ("who", "proof", "talks", "why"),
    [
        (dana, {"proof": "recipient"}, [["1", OURS, "2"]], ""),
        (eve, {"proof": "recipient"}, [["1", OURS, "2"]], ""),  # her address is the one we wrote to
        (eve, {"proof": "another", "verified": True}, [["1", OURS, "2"]], FORWARDED),
        (eve, {"proof": "another"}, [["1", OURS], ["2"]], OUTSIDE),
        (eve, {"proof": "unproven", "verified": True}, [["1", OURS], ["2"]], ""),
        (eve, {"proof": "unproven"}, [["1", OURS], ["2"]], PRETENDED),
        (dana, {"proof": "unproven", "verified": True}, [["1", OURS, "2"]], ""),
        (dana, {"proof": "unproven"}, [["1", OURS], ["2"]], PRETENDED),  # whoever that is, not under her name
    ],
)
def test_a_mail_enters_by_its_seal_and_not_by_what_it_quotes(waiting_for_dana, arrive, who, proof, talks, why):
    arrive(waiting_for_dana, _answer(who, **proof))
    assert _talks() == talks
    assert Entry.objects.get(interaction__external_id="2").why == why


def test_a_colleague_who_was_let_in_goes_on_elsewhere_with_what_is_hers(waiting_for_dana, arrive):
    arrive(waiting_for_dana, _answer(eve, "another", verified=True))
    arrive(waiting_for_dana, delivery(said("3", eve, HELP.format("phone"), minute=3)))
    assert _talks() == [["1", OURS, "2"], ["3"]]


def test_the_reason_is_shown_with_the_message(waiting_for_dana, arrive, alice, browser):
    arrive(waiting_for_dana, _answer(eve, "another", verified=True))
    page = browser(alice).get(f"/conversations/{Conversation.objects.get().pk}/").content.decode()
    assert FORWARDED in page


def test_who_was_let_in_stays_when_people_are_told_apart(waiting_for_dana, arrive):
    from heard.listening.models import Identity
    from heard.routing.parting import part

    arrive(waiting_for_dana, _answer(eve, "another", verified=True))
    part(Identity.objects.values_list("id", flat=True))
    assert _talks() == [["1", OURS, "2"]]
