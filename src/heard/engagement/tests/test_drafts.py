import pytest
from django.core.exceptions import ObjectDoesNotExist

from heard.engagement import actions, selectors
from heard.governance.permissions import NotAllowed


@pytest.fixture
def talk(dana_writes):
    return dana_writes()


def _say(viewer, talk, text, request_key="one-click"):
    return actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key=request_key,
    )


def test_a_draft_survives_a_reload(alice, seen_by, talk):
    saved = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="Dear Da", version=0)
    kept = selectors.draft_of(seen_by(alice), talk.conversation_id)
    assert (kept.text, kept.version) == ("Dear Da", saved.version)


def test_a_save_that_knows_the_newest_version_replaces_it(alice, seen_by, talk):
    first = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="Dear Da", version=0)
    second = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="Hello", version=first.version)
    assert (second.text, second.conflict) == ("Hello", False)


def test_two_windows_keep_both_texts_and_say_so(alice, seen_by, talk):
    actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="From the desk", version=0)
    saved = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="From the phone", version=0)
    assert saved.conflict
    assert "From the desk" in saved.text
    assert "From the phone" in saved.text
    assert selectors.draft_of(seen_by(alice), talk.conversation_id).text == saved.text


def test_threat_62_a_draft_survives_a_new_owner_and_anothers_reply(alice, sam, seen_by, talk):
    actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="Dear Dana, I am", version=0)
    _say(seen_by(sam), talk, "We are on it.")
    assert selectors.draft_of(seen_by(alice), talk.conversation_id).text == "Dear Dana, I am"


def test_a_draft_is_gone_once_its_words_are_sent(alice, seen_by, talk):
    actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="We are on it.", version=0)
    _say(seen_by(alice), talk, "We are on it.")
    assert selectors.draft_of(seen_by(alice), talk.conversation_id).text == ""


def test_a_save_that_comes_after_its_words_were_sent_does_not_bring_them_back(alice, seen_by, talk):
    saved = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="We are", version=0)
    _say(seen_by(alice), talk, "We are on it.")
    late = actions.save_draft(seen_by(alice), talk.conversation_id, mode="reply", text="We are on it", version=saved.version)
    assert late.text == ""
    assert selectors.draft_of(seen_by(alice), talk.conversation_id).text == ""


def test_a_note_in_the_making_is_no_reply_in_the_making(alice, seen_by, talk):
    actions.save_draft(seen_by(alice), talk.conversation_id, mode="note", text="She shouts a lot.", version=0)
    assert selectors.draft_of(seen_by(alice), talk.conversation_id, mode="reply").text == ""
    assert selectors.draft_of(seen_by(alice), talk.conversation_id, mode="note").text == "She shouts a lot."


def test_nobody_keeps_a_draft_where_they_may_not_look(bea, vera, seen_by, talk):
    with pytest.raises(ObjectDoesNotExist):
        actions.save_draft(seen_by(bea), talk.conversation_id, mode="reply", text="Hello", version=0)
    with pytest.raises(NotAllowed):
        actions.save_draft(seen_by(vera), talk.conversation_id, mode="reply", text="Hello", version=0)
