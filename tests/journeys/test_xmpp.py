"""By a real XMPP server: whatever address of our domain Dana writes to, she is heard, answered from there, and can change her mind."""

import pytest

from heard.engagement import actions
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.listening import actions as listening
from heard.listening import selectors as heard
from heard.listening.models import Interaction
from heard.routing import selectors as routing
from tests.support.house import running_house
from tests.support.servers.prosody import DOMAIN, OURS, ROOMS, xmpp_server  # noqa: F401
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]

HELP, SALES = f"help@{OURS}", f"sales@{OURS}"


@pytest.fixture
def xmpp(xmpp_server, settings):
    """(server, id of our account); the whole house runs beside, with nothing but what a form was told."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    given = xmpp_server.account(rooms=f"lounge@{ROOMS}")
    account_id = listening.connect(HEARD, kind="xmpp", name="Acme Care", address=HELP, **given)
    opener = xmpp_server.add()
    opener.enters(f"lounge@{ROOMS}", opener.jid.partition("@")[0])
    with running_house():
        opener.sees(lambda e: e.get("from") == f"lounge@{ROOMS}/Acme Care")
        yield xmpp_server, account_id


def voice(**what) -> Interaction:
    return wait_for(lambda: Interaction.objects.filter(**what).first())


def talk_of(viewer, interaction_id: int):
    return wait_for(lambda: routing.visible_conversations(viewer).filter(pk=routing.conversation_of(interaction_id)).first())


def answer(viewer, talk, account_id: int, text: str, *, visibility: str = "private") -> None:
    """Written by a colleague; the house sends it."""
    actions.send_reply(
        viewer,
        talk.pk,
        text=text,
        account_id=account_id,
        identity_id=talk.opener_id,
        visibility=visibility,
        request_key=text,
    )


def test_dana_is_heard_and_answered_and_what_she_changes_changes_here(xmpp, alice, seen_by):
    server, account_id = xmpp
    dana, eve = server.add(), server.add()

    # She writes to an address that nobody ever made, and is told that it arrived once it is stored.
    question = dana.says(SALES, "My broadband is down since yesterday, please help!", "<request xmlns='urn:xmpp:receipts'/>")
    dana.sees(lambda e: e.find("{urn:xmpp:receipts}received") is not None)
    asked = voice(text__startswith="My broadband")
    assert (asked.visibility, asked.direction) == ("private", "inbound")

    # Answered from there; the answer is known to have arrived, and to have been read.
    talk = talk_of(seen_by(alice), asked.pk)
    answer(seen_by(alice), talk, account_id, "A technician comes at two.")
    came = dana.hears("A technician comes at two.")
    assert came.get("from").startswith(f"{SALES}/")
    assert came.find("{urn:xmpp:reply:0}reply").get("id") == question
    dana.says(came.get("from"), "", f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{came.get('id')}'/>")
    wait_for(lambda: utterances_of(seen_by(alice), talk.pk)[0].state == "read")

    # Her thanks, as an answer to ours, come to the same conversation. Nobody else can change what she said.
    dana.says(came.get("from"), "Thank you!", f"<reply xmlns='urn:xmpp:reply:0' to='{SALES}' id='{came.get('id')}'/>")
    thanks = voice(text="Thank you!")
    wait_for(lambda: routing.conversation_of(thanks.pk) == talk.pk)
    eve.says(SALES, "I cancel.", f"<replace xmlns='urn:xmpp:message-correct:0' id='{question}'/>")
    dana.says(SALES, "Down since Monday.", f"<replace xmlns='urn:xmpp:message-correct:0' id='{question}'/>")
    wait_for(lambda: heard.voices(HEARD, [asked.pk])[asked.pk].text == "Down since Monday.")
    dana.says(SALES, "", f"<retract xmlns='urn:xmpp:message-retract:1' id='{question}'/>")
    wait_for(lambda: heard.voices(HEARD, [asked.pk])[asked.pk].is_withdrawn)

    # Some programs count their messages anew each day: the same id, other words.
    dana.says(HELP, "First day.", id_="1")
    dana.says(HELP, "Second day.", id_="1")
    assert voice(text="First day.").pk != voice(text="Second day.").pk


def test_what_cannot_be_delivered_has_failed_on_the_page(xmpp, alice, seen_by):
    server, account_id = xmpp
    dana = server.add()
    dana.says(HELP, "I will delete my account. My router is still broken!")
    asked = voice(text__startswith="I will delete")
    dana.does("<iq type='set' id='x'><query xmlns='jabber:iq:register'><remove/></query></iq>")
    with pytest.raises(AssertionError, match="was disconnected"):
        dana.sees(lambda e: False)
    talk = talk_of(seen_by(alice), asked.pk)
    answer(seen_by(alice), talk, account_id, "Are you sure?")
    failed = wait_for(lambda: next((u for u in utterances_of(seen_by(alice), talk.pk) if u.state == "failed"), None))
    assert "does not exist" in failed.error


def test_in_a_room_dana_is_answered_to_all_and_in_private(xmpp, alice, seen_by):
    server, account_id = xmpp
    dana, room = server.add(), f"lounge@{ROOMS}"
    dana.enters(room, "Dana")
    dana.says(room, "Acme Care: my router is dead, please help!", kind="groupchat")
    asked = voice(text__contains="my router is dead")
    assert (asked.visibility, asked.addressed) == ("public", True)
    talk = talk_of(seen_by(alice), asked.pk)

    answer(seen_by(alice), talk, account_id, "Please hold the button.", visibility="public")
    assert dana.hears("Dana: Please hold the button.").get("type") == "groupchat"
    wait_for(lambda: utterances_of(seen_by(alice), talk.pk)[0].state == "delivered")

    answer(seen_by(alice), talk, account_id, "Where shall we send a new one?")
    aside = dana.hears("Where shall we send a new one?")
    assert (aside.get("type"), aside.get("from")) == ("chat", f"{room}/Acme Care")
    dana.says(aside.get("from"), "Ring road 5.")
    told = voice(text="Ring road 5.")
    assert told.visibility == "private"
    wait_for(lambda: routing.conversation_of(told.pk) == talk.pk)
    assert f"@{DOMAIN}" not in told.external_id
    assert listening.test(HEARD, account_id).ok
