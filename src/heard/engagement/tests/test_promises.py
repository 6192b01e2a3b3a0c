"""The ledger: what a reply promises counts once it has left, comes back in time, and ends with somebody's word."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist

from heard.engagement import actions, pledging, promises
from heard.engagement.models import Promise
from heard.engagement.pledging import Promising
from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.routing.models import Conversation

PROMISE = "Your line works again within two days."


@pytest.fixture
def talk(dana_writes):
    return dana_writes()


def say(viewer, talk, text=PROMISE, *, key="one-click", **said):
    return actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key=key,
        promising=Promising(**said),
    )


def confirmed(text=PROMISE):
    return [found.key for found in pledging.found_in(text, language="en")]


def leaves():
    actions.work_off(worker="w", now=now())


@pytest.fixture
def open_promise(alice, seen_by, talk, testnet):
    say(seen_by(alice), talk, confirms=confirmed())
    leaves()
    return Promise.objects.get()


def test_t5_c_a_reply_with_a_time_becomes_a_promise_when_it_has_left(alice, seen_by, talk, testnet):
    say(seen_by(alice), talk, confirms=confirmed())
    assert Promise.objects.get().state == "unsent"
    assert promises.of_conversation(talk.conversation_id) == []
    leaves()
    [row] = promises.of_conversation(talk.conversation_id)
    assert (row.state, row.words, row.what, row.customer, row.owner) == ("open", "within two days", PROMISE[:-1], "Dana", "Alice")
    assert timedelta(hours=46) < row.due_at - now() < timedelta(hours=50)


def test_what_nobody_confirmed_stays_to_be_confirmed(alice, seen_by, talk, testnet):
    say(seen_by(alice), talk)
    leaves()
    promise = Promise.objects.get()
    assert promise.state == "found"
    actions.confirm_promise(seen_by(alice), promise.pk)
    assert Promise.objects.get().state == "open"
    actions.take_back_promise(seen_by(alice), promise.pk)
    assert Promise.objects.get().state == "found"


def test_what_its_author_says_is_none_is_none(alice, seen_by, talk, testnet):
    say(seen_by(alice), talk, denies=confirmed())
    leaves()
    assert not Promise.objects.exists()


def test_a_reply_that_is_taken_back_makes_no_promise(alice, seen_by, talk, testnet):
    from heard.engagement.models import Utterance

    say(seen_by(alice), talk, confirms=confirmed())
    actions.cancel(seen_by(alice), Utterance.objects.get().pk)
    assert Promise.objects.get().state == "withdrawn"
    leaves()
    assert pledging.remind(now() + timedelta(days=9)) == 0


def test_a_reply_that_fails_makes_no_promise_until_it_leaves(alice, seen_by, talk, testnet):
    from heard.engagement.models import Utterance
    from heard.listening.models import ChannelAccount

    say(seen_by(alice), talk, confirms=confirmed())
    ChannelAccount.objects.filter(pk=talk.account_id).update(state="off")
    leaves()
    assert Utterance.objects.get().state == "failed"
    assert promises.of_conversation(talk.conversation_id) == []
    ChannelAccount.objects.filter(pk=talk.account_id).update(state="live")
    actions.retry(seen_by(alice), Utterance.objects.get().pk)
    leaves()
    assert [row.state for row in promises.of_conversation(talk.conversation_id)] == ["open"]


def test_k2_no_delay_leaves_without_a_time_unless_its_author_says_so(alice, seen_by, talk, testnet):
    with pytest.raises(actions.NeedsTime, match="looking into"):
        say(seen_by(alice), talk, "We're looking into it.")
    say(seen_by(alice), talk, "We're looking into it.", without_time=True)
    assert AuditLine.objects.get(verb="reply.without_time").detail["places"] == 1
    say(seen_by(alice), talk, "We're looking into it and call you by tomorrow at noon. We will.", key="two")


def test_a_promise_is_reminded_of_once_before_it_is_due_and_once_when_it_is(open_promise, talk):
    row = Conversation.objects.get(pk=talk.conversation_id)
    assert (row.state, row.due_at) == ("waiting", open_promise.due_at)
    assert "promised by" in row.order_reasons[-1]
    assert pledging.remind(open_promise.due_at - timedelta(hours=20)) == 0
    soon = open_promise.due_at - timedelta(minutes=50)
    assert [pledging.remind(soon), pledging.remind(soon)] == [1, 0]
    assert Conversation.objects.get(pk=talk.conversation_id).state == "open"
    due = open_promise.due_at + timedelta(seconds=1)
    assert [pledging.remind(due), pledging.remind(due + timedelta(days=3))] == [1, 0]
    assert "ask for the news" in Conversation.objects.get(pk=talk.conversation_id).order_reasons[-1]
    assert list(AuditLine.objects.filter(verb__startswith="promise.").order_by("id").values_list("verb", flat=True)) == [
        "promise.remind",
        "promise.ask",
    ]


@pytest.mark.parametrize(
    ("verb", "state"),
    [(actions.keep_promise, "kept"), (actions.break_promise, "broken"), (actions.withdraw_promise, "withdrawn")],
)
def test_a_promise_ends_with_a_word_and_the_undo_brings_it_back(verb, state, alice, seen_by, open_promise, talk):
    pledging.remind(open_promise.due_at)
    verb(seen_by(alice), open_promise.pk)
    verb(seen_by(alice), open_promise.pk)
    assert Promise.objects.get().state == state
    assert Conversation.objects.get(pk=talk.conversation_id).state == "waiting"
    assert pledging.remind(open_promise.due_at + timedelta(days=1)) == 0
    actions.take_back_promise(seen_by(alice), open_promise.pk)
    assert Promise.objects.get().state == "open"
    assert Conversation.objects.get(pk=talk.conversation_id).state == "open"


def test_what_is_taken_back_before_it_was_due_is_still_reminded_of(alice, seen_by, open_promise):
    actions.keep_promise(seen_by(alice), open_promise.pk)
    actions.take_back_promise(seen_by(alice), open_promise.pk)
    assert pledging.remind(open_promise.due_at) == 1


def test_what_ended_another_way_does_not_end_again(alice, seen_by, open_promise):
    actions.keep_promise(seen_by(alice), open_promise.pk)
    with pytest.raises(actions.CannotPromise, match="kept by now"):
        actions.break_promise(seen_by(alice), open_promise.pk)


def test_a_promise_that_moves_keeps_what_was_promised_first(alice, seen_by, open_promise):
    pledging.remind(open_promise.due_at)
    later = now() + timedelta(days=5)
    actions.move_promise(seen_by(alice), open_promise.pk, due_at=later)
    moved = Promise.objects.get()
    assert (moved.due_at, moved.first_due_at, moved.asked_at) == (later, open_promise.due_at, None)
    assert pledging.remind(later) == 1
    with pytest.raises(actions.CannotPromise):
        actions.move_promise(seen_by(alice), open_promise.pk, due_at=now() - timedelta(hours=1))


def test_what_was_promised_by_phone_is_noted_by_hand(alice, seen_by, talk):
    due = now() + timedelta(days=1)
    promise_id = actions.note_promise(seen_by(alice), talk.conversation_id, what="Call her about the credit", due_at=due)
    [row] = promises.of_conversation(talk.conversation_id)
    assert (row.id, row.state, row.customer, row.due_at) == (promise_id, "open", "Dana", due)
    with pytest.raises(actions.CannotPromise):
        actions.note_promise(seen_by(alice), talk.conversation_id, what=" ", due_at=due)
    actions.take_back_promise(seen_by(alice), promise_id)
    assert Promise.objects.get().state == "withdrawn"


def test_a_promise_passes_on_with_its_conversation(alice, sam, seen_by, open_promise, talk):
    from heard.routing import actions as routing

    assert promises.counts(seen_by(alice))["mine"] == 1
    routing.assign(seen_by(alice), talk.conversation_id, member_id=sam.pk)
    assert promises.counts(seen_by(alice))["mine"] == 0
    assert [row.owner for row in promises.page(seen_by(sam), "mine").rows] == ["Sam"]


def test_a_stranger_finds_no_promise_and_a_viewer_changes_none(bea, vera, seen_by, open_promise):
    assert promises.page(seen_by(bea), "all").rows == []
    with pytest.raises(ObjectDoesNotExist):
        actions.keep_promise(seen_by(bea), open_promise.pk)
    assert len(promises.page(seen_by(vera), "all").rows) == 1
    with pytest.raises(NotAllowed):
        actions.keep_promise(seen_by(vera), open_promise.pk)
    assert Promise.objects.get().state == "open"


def test_numbers_are_the_rows_they_open(alice, seen_by, talk):
    for days in range(1, 4):
        actions.note_promise(seen_by(alice), talk.conversation_id, what=f"n {days}", due_at=now() + timedelta(days=days))
    actions.keep_promise(seen_by(alice), Promise.objects.get(what="n 3").pk)
    Promise.objects.filter(what="n 1").update(due_at=now() - timedelta(hours=1))
    counts = promises.counts(seen_by(alice))
    assert counts == {"mine": 2, "all": 2, "due": 1, "overdue": 1, "confirm": 0, "kept": 1, "broken": 0}
    for view, count in counts.items():
        assert len(promises.page(seen_by(alice), view).rows) == count


@pytest.mark.parametrize(("view", "first"), [("all", "p 0"), ("kept", "p 69")])
def test_the_page_goes_on_where_it_ended(view, first, alice, seen_by, talk):
    state = "open" if view == "all" else "kept"
    at = datetime(2030, 1, 1, tzinfo=UTC)
    Promise.objects.bulk_create(
        Promise(
            conversation_id=talk.conversation_id,
            to_id=talk.identity_id,
            author=alice,
            what=f"p {n}",
            due_at=at + timedelta(hours=n // 2),
            first_due_at=at,
            state=state,
            made_at=at,
        )
        for n in range(70)
    )
    one = promises.page(seen_by(alice), view)
    two = promises.page(seen_by(alice), view, after=one.next)
    assert one.rows[0].what == first
    assert [len(one.rows), len(two.rows), two.next] == [60, 10, ""]
    assert len({row.id for row in [*one.rows, *two.rows]}) == 70


def test_who_is_done_with_it_is_told_that_a_due_promise_keeps_it_in_the_list(alice, seen_by, open_promise, talk, browser):
    pledging.remind(open_promise.due_at)
    done = browser(alice).post(
        f"/conversations/{talk.conversation_id}/done/", {"outcome": "handled"}, headers={"HX-Request": "true"}
    )
    assert "until somebody says what became of the promise" in done.headers["HX-Trigger"]
    actions.keep_promise(seen_by(alice), open_promise.pk)
    done = browser(alice).post(
        f"/conversations/{talk.conversation_id}/done/", {"outcome": "handled"}, headers={"HX-Request": "true"}
    )
    assert "It left the list" in done.headers["HX-Trigger"]
