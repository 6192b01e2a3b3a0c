"""By a real Matrix homeserver: it pushes what customers say, we answer where they asked, and what they change there changes here."""

import pytest

from heard.engagement import actions
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.listening import actions as listening
from heard.listening import selectors as heard
from heard.listening.channels.contract import Account
from heard.listening.channels.matrix.registration import registration
from heard.listening.models import Attachment, ChannelAccount, Interaction
from heard.routing import selectors as routing
from tests.support.house import running_house
from tests.support.servers.synapse import SERVER_NAME, homeserver
from tests.support.servers.waiting import free_port, wait_for

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]

HELP = f"@help:{SERVER_NAME}"
TOKENS = {"as_token": "a-token-for-us-of-some-length", "hs_token": "a-token-for-them-of-some-length"}


@pytest.fixture
def matrix(tmp_path, settings):
    """(homeserver, id of our account there); the whole house runs beside, and knows of the homeserver what a form was told."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    port, home = free_port(), free_port()
    config = {"base_url": f"http://127.0.0.1:{port}"}
    account_id = listening.connect(HEARD, kind="matrix", name="Acme Help", address=HELP, config=config, secrets=TOKENS)
    account = Account(id=account_id, kind="matrix", name="Acme Help", address=HELP)
    file = registration(account, f"http://127.0.0.1:{home}/hooks/{account_id}/", **TOKENS)
    with homeserver(tmp_path, file, port=port) as server, running_house(port=home, HEARD_WEBHOOK_PACE="0"):
        yield server, account_id


def voice(**what) -> Interaction:
    return wait_for(lambda: Interaction.objects.filter(**what).first())


def stands(interaction_id: int) -> str:
    """The words as a colleague reads them now."""
    return heard.voices(HEARD, [interaction_id])[interaction_id].text


def answer(viewer, talk, account_id: int, text: str, *, visibility: str = "private") -> str:
    """Written by a colleague; the house sends it. Returns what the network calls it."""
    actions.send_reply(
        viewer,
        talk.pk,
        text=text,
        account_id=account_id,
        identity_id=talk.opener_id,
        visibility=visibility,
        request_key=text,
    )
    wait_for(lambda: utterances_of(viewer, talk.pk)[-1].state in ("sent", "read"))
    return Interaction.objects.get(text=text).external_id


def test_dana_is_heard_and_answered_in_her_room_and_what_she_changes_there_changes_here(matrix, alice, seen_by):
    server, account_id = matrix
    dana, eve = server.add("dana"), server.add("eve")

    # She invites us and writes at once: said before we came in, and heard all the same.
    room = dana.opens(HELP, eve.user_id)
    eve.joins(room)
    question = dana.says(room, "My broadband is down since yesterday, please help!")
    asked = voice(text__startswith="My broadband")
    assert (asked.visibility, asked.direction, asked.external_id) == ("private", "inbound", f"{room}/{question}")
    [talk] = wait_for(lambda: list(routing.visible_conversations(seen_by(alice))))

    # Answered where she asked, as an answer, once.
    said = answer(seen_by(alice), talk, account_id, "A technician comes at two.\n\nBye <3")
    arrived = dana.hears(room, "A technician comes at two.")
    assert arrived["sender"] == HELP
    assert arrived["content"]["formatted_body"] == "<p>A technician comes at two.</p><p>Bye &lt;3</p>"
    assert arrived["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": question}}
    assert said == f"{room}/{arrived['event_id']}"

    # Read, liked, and thanked for in a thread below our answer: the same conversation, and no second customer.
    dana.has_read(room, arrived["event_id"])
    liked = {"m.relates_to": {"rel_type": "m.annotation", "event_id": arrived["event_id"], "key": "👍"}}
    dana.does(room, "m.reaction", liked)
    dana.says(room, "Thank you!", **{"m.relates_to": {"rel_type": "m.thread", "event_id": arrived["event_id"]}})
    thanks = voice(text="Thank you!")
    assert (thanks.thread_ref, thanks.parent_ref) == (said, said)
    wait_for(lambda: routing.conversation_of(thanks.pk) == talk.pk)
    wait_for(lambda: utterances_of(seen_by(alice), talk.pk)[0].state == "read")
    ours = Interaction.objects.get(external_id=said)
    wait_for(lambda: heard.voices(HEARD, [ours.pk])[ours.pk].reactions == (("👍", 1),))
    assert Interaction.objects.filter(direction="outbound").count() == 1

    # An answer to what was said in a thread stays in the thread.
    answer(seen_by(alice), talk, account_id, "You are welcome.")
    relation = dana.hears(room, "You are welcome.")["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", arrived["event_id"])

    # Dana changes her words. Eve cannot: the homeserver takes her edit, we ask whose words those were.
    eve.says(room, "* x", **edit_of(question, "I want to cancel everything!"))
    dana.says(room, "* x", **edit_of(question, "My broadband is down since Monday."))
    wait_for(lambda: stands(asked.pk) == "My broadband is down since Monday.")
    later = eve.says(room, "I am done.")
    voice(external_id=f"{room}/{later}")
    assert stands(asked.pk) == "My broadband is down since Monday."

    # A picture comes with its words, and is fetched with our token.
    photo = {
        "msgtype": "m.image",
        "body": "The red light",
        "filename": "router.png",
        "url": dana.uploads(b"\x89PNG", "image/png"),
    }
    dana.does(room, "m.room.message", photo)
    shown = wait_for(lambda: Attachment.objects.filter(name="router.png").first())
    assert (shown.alt, shown.url) == ("The red light", photo["url"])

    # What she takes back is gone here.
    dana.redacts(room, question)
    wait_for(lambda: heard.voices(HEARD, [asked.pk])[asked.pk].is_withdrawn)


def edit_of(event: str, words: str) -> dict:
    new = {"msgtype": "m.text", "body": words}
    return {"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event}}


def test_in_a_public_room_we_answer_in_public_or_take_dana_aside(matrix, alice, seen_by):
    server, account_id = matrix
    dana, eve = server.add("dana"), server.add("eve")

    # A crowd that nobody named is not entered; that it was named by its id is heard within a moment.
    crowd = eve.opens(HELP, public=True)
    square = dana.opens(public=True)
    account = ChannelAccount.objects.get(pk=account_id)
    listening.change(
        HEARD, account_id, name=account.name, address=HELP, config={**account.config, "public_rooms": [square]}, secrets={}
    )
    wait_for(lambda: membership(dana, square) == "join")

    dana.says(square, "Nice weather today.")
    question = dana.says(square, "@help my router is dead!", **{"m.mentions": {"user_ids": [HELP]}})
    asked = voice(text__contains="my router is dead")
    assert (asked.visibility, asked.addressed) == ("public", True)
    assert not voice(text="Nice weather today.").addressed
    talk = wait_for(lambda: routing.visible_conversations(seen_by(alice)).filter(pk=routing.conversation_of(asked.pk)).first())

    answer(seen_by(alice), talk, account_id, "Please hold the button for ten seconds.", visibility="public")
    relation = dana.hears(square, "ten seconds")["content"]["m.relates_to"]
    assert relation == {"m.in_reply_to": {"event_id": question}}

    # Private words never go there: a room for two is opened, and what Dana says in it is private.
    answer(seen_by(alice), talk, account_id, "Which address shall we send a new one to?")
    [aside] = wait_for(dana.invitations)
    dana.joins(aside)
    assert dana.hears(aside, "Which address")["sender"] == HELP
    assert not [e for e in dana.sees(square) if "Which address" in e["content"].get("body", "")]
    dana.says(aside, "Ring road 5.")
    told = voice(text="Ring road 5.")
    assert told.visibility == "private"
    wait_for(lambda: routing.conversation_of(told.pk) == talk.pk)

    # The same room the next time.
    answer(seen_by(alice), talk, account_id, "It is on its way.")
    assert dana.hears(aside, "It is on its way.")

    assert membership(eve, crowd) == "invite"
    assert listening.test(HEARD, account_id).ok


def membership(person, room: str) -> str:
    members = person.api("GET", f"/_matrix/client/v3/rooms/{room}/members")["chunk"]
    return next((e["content"]["membership"] for e in members if e["state_key"] == HELP), "")
