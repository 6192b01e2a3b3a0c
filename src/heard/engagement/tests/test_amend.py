"""Words that a network has of us are edited and taken back: once, by whom it may be, and the desk keeps what stood before."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from heard.engagement import actions, selectors
from heard.engagement.actions.amend import CannotAmend
from heard.engagement.models import Amendment, Promise, Utterance
from heard.governance.models import AuditLine, Member
from heard.governance.permissions import NotAllowed
from heard.governance.rules.roles import Role
from heard.kernel.clock import now
from heard.listening import selectors as voices
from heard.listening.channels.contract import Ambiguous, AuthExpired, NotFound, Rejected, Retryable
from heard.routing.models import Disposition
from tests.support.testnet import PulledPlug

SAID = "We call you by Friday."


@pytest.fixture
def told(slate, alice, seen_by, dana_writes):
    """A function: Alice has told Dana something on the slate; returns the talk and the utterance."""

    def tell(text=SAID, *, visibility="private", key="1"):
        talk = dana_writes(kind="slate", visibility=visibility)
        _say(seen_by(alice), talk, text, visibility=visibility, key=key)
        work()
        return talk, Utterance.objects.filter(reply__conversation=talk.conversation_id).order_by("id").last()

    return tell


def _say(viewer, talk, text, *, visibility="private", key="1"):
    actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility=visibility,
        request_key=f"{talk.conversation_id} {key}",
    )


def work(hours=0.0, worker="one"):
    return actions.work_off(worker=worker, now=now() + timedelta(hours=hours))


def said(viewer, talk):
    words = selectors.utterances_of(viewer, talk.conversation_id)
    return selectors.with_amendments(viewer, words, talk.conversation_id)[-1]


def verbs():
    return list(AuditLine.objects.filter(verb__regex=r"^reply\.(edit|take_back)").order_by("id").values_list("verb", flat=True))


def test_an_edit_is_done_at_the_network_and_what_it_said_before_stays_readable(alice, seen_by, slate, told):
    talk, utterance = told()
    actions.edit(seen_by(alice), utterance.pk, text="We call you by Monday.", instead_of=SAID)
    assert said(seen_by(alice), talk).text == SAID  # until the network has it
    work()
    assert slate.asked == [(utterance.external_id, "We call you by Monday.")]
    now_said = said(seen_by(alice), talk)
    assert (now_said.text, [(e.before, e.member) for e in now_said.edits]) == ("We call you by Monday.", [(SAID, "Alice")])
    assert voices.voices(seen_by(alice), [utterance.interaction_id])[utterance.interaction_id].text == "We call you by Monday."
    assert verbs() == ["reply.edit", "reply.edit_done"]
    assert slate.network.texts() == [SAID]  # nothing was said anew


def test_what_is_taken_back_is_gone_there_stays_here_and_its_promise_is_withdrawn(alice, seen_by, slate, told):
    talk, utterance = told()
    assert Promise.objects.get().state == "found"
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    assert slate.changed == {utterance.external_id: None}
    now_said = said(seen_by(alice), talk)
    assert (now_said.text, now_said.gone.member) == (SAID, "Alice")
    assert voices.voices(seen_by(alice), [utterance.interaction_id])[utterance.interaction_id].is_withdrawn
    promise = Promise.objects.get()
    assert (promise.state, promise.settled_by_id, promise.next_at) == ("withdrawn", alice.pk, None)
    assert verbs() == ["reply.take_back", "reply.take_back_done"]


def test_who_had_only_that_answer_waits_again(alice, seen_by, told):
    talk, utterance = told()
    assert Disposition.objects.get(interaction=talk.interaction_id).outcome == "answered"
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    waits = Disposition.objects.get(interaction=talk.interaction_id)
    assert (waits.outcome, waits.why) == ("waiting", "Our answer was taken back: by Alice")


def test_who_has_another_answer_of_ours_waits_not(alice, seen_by, told):
    talk, utterance = told()
    _say(seen_by(alice), talk, "It is the router.", key="2")
    work()
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    assert Disposition.objects.get(interaction=talk.interaction_id).outcome == "answered"


def test_a_promise_stands_when_another_part_holds_it(alice, seen_by, told):
    _, last = told("Sorry about it all. " * 4 + SAID)  # the second part begins with the promise
    first = Utterance.objects.get(reply=last.reply, number=1)
    actions.take_back(seen_by(alice), first.pk)
    work()
    assert Promise.objects.get().state != "withdrawn"
    actions.take_back(seen_by(alice), last.pk)
    work()
    assert Promise.objects.get().state == "withdrawn"


def test_an_edit_leaves_promises_and_finds_those_that_are_new(alice, seen_by, told):
    _, utterance = told()
    actions.edit(seen_by(alice), utterance.pk, text="We call you by Monday.", instead_of=SAID)
    work()
    assert dict(Promise.objects.values_list("words", "state")) == {"by Friday": "found", "by Monday": "found"}


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (("before", Rejected("too old")), "failed"),
        (("before", AuthExpired("token revoked")), "failed"),
        (("before", Retryable("busy", after_seconds=5)), "sending"),
        (("after", Ambiguous("timed out")), "sending"),
        (("after", ZeroDivisionError("theirs")), "sending"),
    ],
)
def test_what_the_network_did_not_do_is_not_claimed(alice, seen_by, slate, told, trouble, state):
    talk, utterance = told()
    slate.plans.append(trouble)
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    assert Amendment.objects.get().state == state
    assert said(seen_by(alice), talk).gone is None
    assert Promise.objects.get().state == "found"


def test_a_process_that_dies_in_the_middle_does_it_again_and_it_is_done_once(alice, seen_by, slate, told):
    talk, utterance = told()
    slate.plans.append(("after", PulledPlug()))
    actions.edit(seen_by(alice), utterance.pk, text="Today.", instead_of=SAID)
    with suppress(PulledPlug):
        work()
    assert work(worker="two") == 0  # not before its lease is over
    work(hours=1, worker="two")
    assert slate.asked == [(utterance.external_id, "Today.")] * 2
    assert [e.before for e in said(seen_by(alice), talk).edits] == [SAID]


def test_what_stays_unclear_is_shown_to_a_person_who_decides(alice, seen_by, slate, told):
    talk, utterance = told()
    slate.plans.extend([("after", Ambiguous("timed out"))] * 20)
    actions.take_back(seen_by(alice), utterance.pk)
    for hour in range(12):
        work(hours=hour)
    assert said(seen_by(alice), talk).unsettled.state == "unknown"
    assert [end.what for end in selectors.loose_ends(seen_by(alice))] == [
        "Alice's taking back at Our slate: unclear whether it was done"
    ]
    actions.confirm_amended(seen_by(alice), utterance.pk)
    assert said(seen_by(alice), talk).gone
    assert selectors.loose_ends(seen_by(alice)) == []


def test_what_failed_is_tried_again_or_left(alice, seen_by, slate, told):
    talk, utterance = told()
    slate.plans.extend([("before", Rejected("not now"))] * 2)
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    actions.amend_again(seen_by(alice), utterance.pk)
    work()
    with pytest.raises(actions.NotNow):
        actions.confirm_amended(seen_by(alice), utterance.pk)
    actions.give_up_amending(seen_by(alice), utterance.pk)
    assert said(seen_by(alice), talk).amended == ()
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    assert said(seen_by(alice), talk).gone


def test_what_is_gone_already_is_taken_back(alice, seen_by, slate, told):
    talk, utterance = told()
    slate.plans.append(("before", NotFound("no such message")))
    actions.take_back(seen_by(alice), utterance.pk)
    work()
    assert said(seen_by(alice), talk).gone


def test_a_second_click_does_nothing(alice, seen_by, slate, told):
    _, utterance = told()
    actions.take_back(seen_by(alice), utterance.pk)
    for _ in range(2):
        with pytest.raises(actions.NotNow):
            actions.take_back(seen_by(alice), utterance.pk)
        work()
    assert len(slate.asked) == 1


def test_an_edit_of_words_that_were_changed_meanwhile_is_refused(alice, seen_by, told):
    _, utterance = told()
    with pytest.raises(actions.NotNow, match="changed meanwhile"):
        actions.edit(seen_by(alice), utterance.pk, text="Soon.", instead_of="Something else.")
    with pytest.raises(CannotAmend, match="already"):
        actions.edit(seen_by(alice), utterance.pk, text=SAID, instead_of=SAID)


def test_edited_words_pass_the_checks_of_a_reply(alice, seen_by, slate, told):
    _, utterance = told("Hello.", visibility="public")
    change = {"instead_of": "Hello."}
    with pytest.raises(actions.Held):
        actions.edit(seen_by(alice), utterance.pk, text="Your card 4111 1111 1111 1111 is fine.", **change)
    with pytest.raises(actions.CannotSend, match="Too long"):
        actions.edit(seen_by(alice), utterance.pk, text="long " * 40, **change)
    with pytest.raises(actions.CannotSend, match="no words"):
        actions.edit(seen_by(alice), utterance.pk, text="  ", **change)
    with pytest.raises(actions.NeedsTime):
        actions.edit(seen_by(alice), utterance.pk, text="We will call you back soon.", **change)
    assert work() == 0
    actions.edit(seen_by(alice), utterance.pk, text="We will call you back soon.", without_time=True, **change)
    assert work() == 1


def test_a_colleagues_words_are_for_their_leads_alone(care, alice, ada, vera, bea, browser, seen_by, told):
    talk, utterance = told()
    carl = Member.objects.create_user("carl@acme.example", "Carl", role=Role.AGENT.value)
    carl.teams.add(care)
    for member, refusal in ((carl, NotAllowed), (vera, NotAllowed), (bea, ObjectDoesNotExist)):
        with pytest.raises(refusal):
            actions.take_back(seen_by(member), utterance.pk)
    assert reverse("engagement:take_back", args=[utterance.pk]) not in _page(browser(carl), talk)
    actions.take_back(seen_by(ada), utterance.pk)
    assert Amendment.objects.get().member_id == ada.pk


def test_who_lost_the_permission_meanwhile_changes_nothing(alice, seen_by, slate, told):
    _, utterance = told()
    actions.take_back(seen_by(alice), utterance.pk)
    alice.role = "viewer"
    alice.save()
    work()
    assert slate.asked == []
    assert Amendment.objects.get().error == "Alice may not answer customers any more."


def test_the_limit_of_the_network_is_said_and_kept(alice, browser, seen_by, told):
    talk, utterance = told()
    assert "Only within 48 hours after it was sent." in _page(browser(alice), talk)
    Utterance.objects.update(sent_at=now() - timedelta(hours=49))
    with pytest.raises(CannotAmend, match="Only within 48 hours"):
        actions.take_back(seen_by(alice), utterance.pk)
    page = _page(browser(alice), talk)
    assert reverse("engagement:edit", args=[utterance.pk]) in page
    assert reverse("engagement:take_back", args=[utterance.pk]) not in page


def test_a_network_that_cannot_has_no_button(alice, browser, seen_by, dana_writes):
    talk = dana_writes(visibility="private")
    _say(seen_by(alice), talk, SAID)
    work()
    utterance = Utterance.objects.get()
    page = _page(browser(alice), talk)
    assert reverse("engagement:edit", args=[utterance.pk]) not in page
    with pytest.raises(CannotAmend):
        actions.edit(seen_by(alice), utterance.pk, text="Soon.", instead_of=SAID)


def test_the_page_edits_holds_and_shows_what_it_said_before(alice, browser, slate, told):
    talk, utterance = told("Hello.", visibility="public")
    client, address = browser(alice), reverse("engagement:edit", args=[utterance.pk])
    form = {"text": "Your card 4111 1111 1111 1111 is fine.", "instead_of": "Hello."}
    held = client.post(address, form)
    assert held.status_code == 200
    assert "card number" in held.content.decode()
    assert client.post(address, form | {"text": "Hello, Dana."}).status_code == 204
    assert "Being edited" in _page(client, talk)
    work()
    assert "it said: Hello." in _page(client, talk)
    assert client.post(reverse("engagement:take_back", args=[utterance.pk])).status_code == 204
    work()
    page = _page(client, talk)
    assert "Taken back by Alice" in page
    assert "Hello, Dana." in page


def _page(client, talk):
    page = client.get(reverse("routing:conversation", args=[talk.conversation_id])).content.decode()
    return page.split("data-story")[1].split('id="composer"')[0]
