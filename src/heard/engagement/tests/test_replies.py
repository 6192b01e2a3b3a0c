import pytest
from django.core.exceptions import ObjectDoesNotExist

from heard.engagement import actions, selectors
from heard.engagement.models import Reply, Utterance
from heard.governance.permissions import HEARD, NotAllowed
from heard.identity import actions as identity
from heard.kernel.clock import now
from heard.listening import actions as listening


@pytest.fixture
def talk(dana_writes):
    return dana_writes()


def _say(viewer, talk, text="We are on it.", **changes):
    usual = {
        "account_id": talk.account_id,
        "identity_id": talk.identity_id,
        "visibility": "private",
        "request_key": "one-click",
    }
    return actions.send_reply(viewer, talk.conversation_id, text=text, **(usual | changes))


def test_a_reply_goes_out_once_by_the_channel_it_came_in_on(alice, seen_by, talk, testnet):
    _say(seen_by(alice), talk)
    assert actions.work_off(worker="w", now=now()) == 1
    assert testnet.texts() == ["We are on it."]
    assert testnet.taken[0][1].in_reply_to == f"in-{talk.account_id}-dana"
    [said] = selectors.utterances_of(seen_by(alice), talk.conversation_id)
    assert (said.state, said.member) == ("sent", "Alice")
    assert said.interaction_id is not None


def test_a_double_click_is_one_reply(alice, seen_by, talk, testnet):
    assert _say(seen_by(alice), talk) == _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["We are on it."]


def test_a_form_of_one_conversation_is_not_used_in_another(alice, sam, seen_by, talk):
    _say(seen_by(alice), talk)
    with pytest.raises(actions.CannotSend, match="used already"):
        _say(seen_by(sam), talk)


def test_a_viewer_does_not_answer_and_a_stranger_finds_no_conversation(vera, bea, seen_by, talk):
    with pytest.raises(NotAllowed):
        _say(seen_by(vera), talk)
    with pytest.raises(ObjectDoesNotExist):
        _say(seen_by(bea), talk)
    assert not Reply.objects.exists()


def test_threat_49_heard_itself_says_nothing(talk):
    with pytest.raises(NotAllowed):
        _say(HEARD, talk)


def test_a_private_matter_cannot_be_answered_in_public(alice, seen_by, talk):
    with pytest.raises(actions.CannotSend, match="Choose another"):
        _say(seen_by(alice), talk, visibility="public")


def test_a_public_voice_is_answered_in_public_or_in_private(alice, seen_by, dana_writes):
    talk = dana_writes(visibility="public")
    offered = [r.visibility for r in selectors.reachable(seen_by(alice), talk.conversation_id)]
    assert offered == ["public", "private"]


def test_an_account_that_is_off_is_offered_with_the_reason(alice, seen_by, talk):
    listening.switch(HEARD, talk.account_id, on=False)
    [route] = selectors.reachable(seen_by(alice), talk.conversation_id)
    assert (route.may_send, route.why_not) == (False, "a colleague paused this channel")
    with pytest.raises(actions.CannotSend, match="a colleague paused"):
        _say(seen_by(alice), talk)


def test_a_customer_is_reached_over_every_address_we_know(sam, seen_by, talk, dana_writes):
    mail = dana_writes("The same by mail.", kind="forgetful", network="email")
    identity.link(seen_by(sam), talk.identity_id, mail.identity_id, why="she says so")
    routes = selectors.reachable(seen_by(sam), talk.conversation_id)
    assert {r.kind for r in routes if r.may_send} == {"testnet", "forgetful"}


def test_too_long_says_by_how_much(alice, seen_by, dana_writes):
    talk = dana_writes(kind="forgetful", network="email")
    with pytest.raises(actions.CannotSend, match="by 5 characters"):
        _say(seen_by(alice), talk, text="x" * 25)


def test_no_words_are_no_reply(alice, seen_by, talk):
    with pytest.raises(actions.CannotSend, match="no words"):
        _say(seen_by(alice), talk, text="  \n ")


def test_taken_back_before_it_was_sent_it_never_goes_out(alice, seen_by, talk, testnet):
    _say(seen_by(alice), talk, text="x" * 100)
    [first, _] = selectors.utterances_of(seen_by(alice), talk.conversation_id)
    actions.cancel(seen_by(alice), first.id)
    assert actions.work_off(worker="w", now=now()) == 0
    assert testnet.texts() == []
    assert set(Utterance.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_went_out_cannot_be_taken_back(alice, seen_by, talk):
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    with pytest.raises(actions.NotNow, match="sent by now"):
        actions.cancel(seen_by(alice), Utterance.objects.get().pk)


def test_a_stranger_settles_nothing(bea, alice, seen_by, talk):
    _say(seen_by(alice), talk)
    with pytest.raises(ObjectDoesNotExist):
        actions.cancel(seen_by(bea), Utterance.objects.get().pk)
