"""Threats 1 to 3: an id of ours cannot be made up, and says for whom the mail was."""

from email.message import EmailMessage
from email.policy import SMTP

import msgspec
import pytest

from heard.listening.channels.contract import Author, Outgoing
from heard.listening.channels.email import compose, seals
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.tests.post import RECEIVED_AT, SUPPORT, events, mail

KEY, IDEM = "the key of this account", "6f9619ff8b86d011b42d00c04fc964ff"
DANA = "dana@home.example"
ID = f"{seals.sealed(KEY, IDEM, DANA)}@acme.example"


def proof(message_id: str, *, author: str = DANA, key: str = KEY) -> str:
    found = seals.answered(key, [message_id], author=author, domain="acme.example")
    return found.proof if found else ""


def test_who_got_our_mail_proves_it_by_answering():
    assert proof(ID) == "recipient"
    assert proof(ID.upper().replace(IDEM.upper(), IDEM), author="DANA@home.example") == "recipient"


def test_somebody_else_who_has_our_mail_is_told_from_whom_we_wrote_to():
    assert proof(ID, author="eve@evil.example") == "another"


def _turned(text: str, at: int) -> str:
    return text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :]


@pytest.mark.parametrize("place", range(len(IDEM) + 1 + 20))
def test_an_id_with_one_letter_changed_proves_nothing_more(place):
    """In the uuid or in our seal it is no id of ours any more; in the recipient's seal it is nobody's."""
    if ID[place] == ".":
        return
    weaker = "another" if place > len(IDEM) + 10 else "unproven"
    assert proof(_turned(ID, place)) == weaker


def test_a_seal_cannot_be_carried_to_another_conversation_or_account():
    other = ID.replace(IDEM, "0" * 32)
    assert proof(other) == "unproven"
    assert proof(ID, key="another account's key") == "unproven"
    assert proof(ID, key="") == "unproven"


@pytest.mark.parametrize("strange", [f"{IDEM}@acme.example", "hello@acme.example", ID.replace("acme", "home"), "", "x" * 400])
def test_ids_of_others_and_from_before_there_were_seals_are_no_matter_of_ours(strange):
    assert proof(strange) == ""


def test_the_strongest_of_several_references_counts():
    forged = f"{IDEM}.{'a' * 20}@acme.example"
    for refers_to in ([forged, ID], [ID, forged]):
        assert seals.answered(KEY, refers_to, author=DANA, domain="acme.example") == ("recipient", ID)


def test_every_attempt_has_the_same_id_and_every_recipient_another():
    account = msgspec.structs.replace(SUPPORT, secrets={seals.KEY: KEY})
    assert compose.message_id(account, IDEM, to=DANA) == compose.message_id(account, IDEM, to="Dana@Home.example") == ID
    assert compose.message_id(account, IDEM, to="eve@evil.example") != ID
    assert compose.message_id(SUPPORT, IDEM, to=DANA) == f"{IDEM}@acme.example"


def test_what_the_reader_of_the_mailbox_proved_is_told_with_the_voice():
    [voice] = events(mail(), answers=f"recipient {ID}")
    assert voice.extra["answers"] == {"id": ID, "proof": "recipient"}
    assert "answers" not in events(mail())[0].extra


def test_ids_longer_than_a_line_stay_readable_to_other_mail_programs():
    """Python's own folding writes them as encoded words; Outlook's ids are that long."""
    long_id = f"{'A' * 60}@AM6PR04MB1234.eurprd04.prod.outlook.com"
    to = Author(network="email", external_id=DANA)
    asked = Outgoing(text="Hello", to=to, in_reply_to=long_id, references=("first@home.example", long_id))
    written = compose.mail_of(Adapter().render(asked, SUPPORT)[0], SUPPORT, idem=IDEM, now=RECEIVED_AT).as_bytes()
    assert f"\r\nMessage-ID: <{IDEM}@acme.example>\r\n".encode() in written
    assert f"In-Reply-To: <{long_id}>\r\n".encode() in written
    assert f"References: <first@home.example>\r\n <{long_id}>\r\n".encode() in written


def test_ids_that_others_wrote_as_encoded_words_are_read():
    answer = EmailMessage(policy=SMTP)
    answer["From"], answer["In-Reply-To"] = DANA, f"<{'a' * 80}@home.example>"
    answer.set_content("Thank you")
    assert b"=?utf-8?" in answer.as_bytes()
    assert events(answer.as_bytes())[0].parent_ref == f"{'a' * 80}@home.example"
