"""What people do with conversations and cases: success and refusal from one set-up."""

from datetime import timedelta

import pytest

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed, viewer_of
from heard.identity.actions import link
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.kernel.models import StreamEvent
from heard.listening.models import Identity, Interaction
from heard.listening.selectors import search, visible_interactions
from heard.routing import actions, story
from heard.routing.actions import CannotDo
from heard.routing.models import Case, Clock, Conversation, Disposition, Queue
from heard.routing.selectors import visible_conversations
from heard.understanding.actions import correct
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

dana = person("Dana")


@pytest.fixture
def trouble(wire, arrive):
    """Dana's broadband is down: one conversation, one support case, one clock."""
    arrive(wire(), delivery(said("1", dana, "My broadband is down, please help me.")))
    return Conversation.objects.get()


def _waits() -> bool:
    return Disposition.objects.filter(outcome="waiting").exists()


def test_a_conversation_is_given_to_a_colleague_and_taken_back(trouble, alice, sam):
    actions.assign(viewer_of(sam), trouble.pk, member_id=alice.pk)
    assert Conversation.objects.get().assignee == alice
    actions.assign(viewer_of(sam), trouble.pk, member_id=None)
    assert Conversation.objects.get().assignee is None
    assert AuditLine.objects.filter(verb="conversation.assign").count() == 2
    assert StreamEvent.objects.filter(topic="conversation").count() == 3


def test_nobody_gives_work_to_somebody_who_cannot_answer(trouble, vera, sam):
    with pytest.raises(CannotDo, match="cannot answer"):
        actions.assign(viewer_of(sam), trouble.pk, member_id=vera.pk)
    with pytest.raises(NotAllowed):
        actions.assign(viewer_of(vera), trouble.pk, member_id=None)


def test_an_end_recorded_by_hand_has_a_reason_and_stops_the_clock(trouble, alice):
    voice = Disposition.objects.get()
    with pytest.raises(CannotDo, match="why"):
        actions.dispose(viewer_of(alice), voice.interaction_id, outcome="handled", why=" ")
    with pytest.raises(CannotDo, match="waiting"):
        actions.dispose(viewer_of(alice), voice.interaction_id, outcome="waiting", why="because")
    assert _waits()

    actions.dispose(viewer_of(alice), voice.interaction_id, outcome="handled", why="Rang her; it works again.")
    assert not _waits()
    assert not Clock.objects.filter(stopped_at=None).exists()
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.due_at, conversation.waiting_since) == ("quiet", None, None)
    assert Disposition.objects.get().member == alice


def test_resolving_a_case_ends_what_waits_in_it(trouble, alice):
    actions.resolve_case(viewer_of(alice), Case.objects.get().pk, why="Exchanged the router.")
    assert Case.objects.get().state == "resolved"
    assert Disposition.objects.get().why == "Exchanged the router."
    assert Conversation.objects.get().state == "quiet"


def test_a_second_kind_of_case_can_be_opened_beside_the_first(trouble, alice):
    first = actions.open_case(viewer_of(alice), trouble.pk, kind="sales")
    assert actions.open_case(viewer_of(alice), trouble.pk, kind="sales") == first
    assert sorted(Case.objects.values_list("kind", flat=True)) == ["sales", "support"]
    assert Clock.objects.filter(stopped_at=None).count() == 2
    with pytest.raises(CannotDo, match="no kind of case"):
        actions.open_case(viewer_of(alice), trouble.pk, kind="gossip")


def test_a_case_moved_to_another_queue_keeps_counting_from_when_the_customer_came(trouble, alice):
    slow = Queue.objects.create(name="Back office", kinds=["never"], response_target_seconds=48 * 3600)
    before = Clock.objects.get()
    actions.move_case(viewer_of(alice), Case.objects.get().pk, queue_id=slow.pk)
    after = Clock.objects.get()
    assert after.started_at == before.started_at
    assert after.due_at > before.due_at


def test_a_conversation_in_which_somebody_waits_cannot_be_put_to_rest(trouble, alice):
    with pytest.raises(CannotDo, match="waits"):
        actions.set_quiet(viewer_of(alice), trouble.pk)
    assert Conversation.objects.get().state == "open"


def test_a_new_message_while_a_case_is_open_waits_in_that_case(trouble, arrive, wire):
    account = Disposition.objects.get().interaction.account_id
    arrive(account, delivery(said("2", dana, "Are you still looking into it?", minute=30)))
    assert Case.objects.count() == 1
    assert Disposition.objects.filter(outcome="waiting", case=Case.objects.get()).count() == 2
    assert Clock.objects.count() == 1


def test_a_correction_moves_the_voice_to_where_it_belongs(trouble, alice):
    voice = Disposition.objects.get().interaction_id
    correct(viewer_of(alice), voice, field="kinds", value=["sales"])
    outbox.pass_on(worker="w", now=now())
    assert Disposition.objects.get().case.kind == "sales"
    assert Case.objects.get(kind="support").state == "resolved"


def test_a_conversation_of_another_team_cannot_be_seen_or_touched(trouble, alice, bea, care):
    """Threat 18, with the identifiers known."""
    Conversation.objects.update(team=care)
    Queue.objects.update(team=care)
    stranger = viewer_of(bea)
    assert not visible_conversations(stranger).exists()
    assert visible_conversations(viewer_of(alice)).exists()
    voice = Disposition.objects.get().interaction_id
    for attempt in (
        lambda: actions.assign(stranger, trouble.pk, member_id=None),
        lambda: actions.open_case(stranger, trouble.pk, kind="sales"),
        lambda: actions.resolve_case(stranger, Case.objects.get().pk),
        lambda: actions.set_quiet(stranger, trouble.pk),
    ):
        with pytest.raises(Conversation.DoesNotExist):
            attempt()
    with pytest.raises(Interaction.DoesNotExist):
        actions.dispose(stranger, voice, outcome="handled", why="mine")
    assert not visible_interactions(stranger).exists()
    assert search(stranger, "broadband") == []
    assert search(viewer_of(alice), "broadband") == [voice]


def test_faces_that_a_colleague_linked_go_on_with_one_conversation(wire, arrive, alice):
    first, second = wire("First"), wire("Second")
    elsewhere = person("dana_tweets", network="other")
    arrive(first, delivery(said("1", dana, "My parcel did not arrive, please help.")))
    arrive(second, delivery(said("2", elsewhere, "I want to know my contract end, please.", minute=1)))
    before = Conversation.objects.count()
    ids = list(Identity.objects.order_by("id").values_list("id", flat=True))
    link(viewer_of(alice), *ids)
    arrive(second, delivery(said("3", elsewhere, "My parcel is still missing, please help!", minute=90)))
    assert Conversation.objects.count() == before


def test_what_comes_in_on_a_teams_own_channel_is_read_by_that_team_alone(wire, arrive, alice, bea, sam, sales):
    """Threat 18: subject and preview stand on the conversation, not only in its messages."""
    arrive(
        wire("Sales mail", team=sales), delivery(said("1", dana, "My contract is wrong, please help.", subject="Secret terms"))
    )
    assert not visible_conversations(viewer_of(alice)).exists()
    assert visible_conversations(viewer_of(bea)).exists()
    assert search(viewer_of(alice), "contract") == []
    assert len(search(viewer_of(bea), "contract")) == 1


def test_a_teams_own_channel_never_leads_into_a_conversation_that_everybody_reads(wire, arrive, alice, sales):
    arrive(wire("Open"), delivery(said("1", dana, "My broadband is down, please help.")))
    arrive(wire("Sales mail", team=sales), delivery(said("2", dana, "My broadband is down, and confidential things.", minute=5)))
    assert Conversation.objects.count() == 2
    assert visible_conversations(viewer_of(alice)).count() == 1


def test_a_case_given_to_a_team_opens_the_whole_conversation_to_it(wire, arrive, alice, sam, sales, care):
    arrive(wire("Sales mail", team=sales), delivery(said("1", dana, "My contract is wrong, please help.")))
    ours = Queue.objects.create(name="Care", team=care, kinds=["community"])
    actions.open_case(viewer_of(sam), Conversation.objects.get().pk, kind="community", queue_id=ours.pk)
    assert visible_conversations(viewer_of(alice)).exists()
    assert len(search(viewer_of(alice), "contract")) == 1


def test_a_team_with_a_queue_of_its_own_keeps_its_work(wire, arrive, sales):
    Queue.objects.create(name="Service", kinds=["support"], position=1)
    theirs = Queue.objects.create(name="Sales service", kinds=["support"], team=sales, position=2)
    arrive(wire("Sales mail", team=sales), delivery(said("1", dana, "My parcel did not arrive, please help.")))
    arrive(wire("Open"), delivery(said("2", person("Eve"), "My broadband is down, please help.")))
    assert Case.objects.get(conversation__opener__name="Dana").queue == theirs
    assert Case.objects.get(conversation__opener__name="Eve").queue.name == "Service"


def test_a_face_that_only_another_team_met_is_not_shown_beside_a_conversation(wire, arrive, alice, sam, sales):
    open_line, sales_mail = wire("Open"), wire("Sales mail", team=sales)
    secret = person("dana_private", network="other")
    arrive(open_line, delivery(said("1", dana, "My parcel did not arrive, please help.")))
    arrive(sales_mail, delivery(said("2", secret, "About my contract, please help.", minute=5)))
    ids = list(Identity.objects.order_by("id").values_list("id", flat=True))
    link(viewer_of(sam), *ids)
    conversation_id = Conversation.objects.get(opener_id=ids[0]).pk

    def person_as_seen_by(member):
        viewer = viewer_of(member)
        talk = story.talk(viewer, conversation_id)
        return story.person(talk, story.look_at(viewer, talk))

    assert [face.id for face in person_as_seen_by(alice).faces] == ids[:1]
    assert person_as_seen_by(alice).reasons == []
    assert [face.id for face in person_as_seen_by(sam).faces] == ids
    assert [reason.kind for reason in person_as_seen_by(sam).reasons] == ["said_same"]


def test_a_case_that_was_done_long_ago_ended_its_wait_then(ada, seen_by, dana_writes):
    talk = dana_writes()
    case = Case.objects.get(conversation_id=talk.conversation_id)
    then = now() - timedelta(days=3)
    actions.resolve_case(seen_by(ada), case.pk, at=then)
    case.refresh_from_db()
    assert (case.resolved_at, Clock.objects.get(case=case).stopped_at) == (then, then)
