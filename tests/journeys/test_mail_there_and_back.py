"""By real mail: Dana writes, Alice answers, the answer lies in Dana's mailbox, and Dana's thanks find their conversation."""

import pytest

from heard.engagement import actions
from heard.engagement.selectors import utterances_of
from heard.governance.permissions import HEARD
from heard.kernel import outbox
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.models import Delivery, Interaction
from heard.project import worker
from heard.routing import selectors as routing

pytestmark = [pytest.mark.server, pytest.mark.django_db]
DANA = "Dana Smith <dana.smith@home.test>"


@pytest.fixture
def mailbox(mail_server, desk_address, settings):
    """Our connected mailbox, on a server in our own network."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    return listening.connect(HEARD, kind="email", name="Support", address=desk_address, **mail_server.account(desk_address))


@pytest.fixture
def hear(mailbox):
    """A function: fetch what has come and walk it."""

    def fetch_and_walk() -> None:
        listening.pull(mailbox)
        worker.drain("w")

    return fetch_and_walk


def answer(viewer, talk, mailbox, text="A technician comes at two."):
    actions.send_reply(
        viewer,
        talk.pk,
        text=text,
        account_id=mailbox,
        identity_id=talk.opener_id,
        visibility="private",
        request_key=text,
    )
    actions.work_off(worker="w", now=now())


def test_dana_is_answered_by_mail_and_her_thanks_come_to_the_same_conversation(
    mail_server, desk_address, mailbox, hear, alice, seen_by
):
    question = mail_server.write(DANA, desk_address, "Broadband", "My broadband is down since yesterday, please help!")
    hear()
    [talk] = routing.visible_conversations(seen_by(alice))

    answer(seen_by(alice), talk, mailbox)
    [received] = mail_server.messages("dana.smith@home.test")
    assert received["Subject"] == "Re: Broadband"
    assert received["In-Reply-To"] == f"<{question}>"
    assert "A technician comes at two." in received.get_body(("plain",)).get_content()

    thanks = "Thank you!\n\nOn Mon, 16 Nov 2026, Support wrote:\n> A technician comes at two.\n"
    mail_server.write(DANA, desk_address, "Re: Broadband", thanks, answering=received["Message-ID"].strip("<>"))
    hear()
    assert [m.text for m in Interaction.objects.order_by("id")] == [
        "My broadband is down since yesterday, please help!",
        "A technician comes at two.",
        "Thank you!",
    ]
    assert len(routing.messages_of(talk.pk)) == 3


def test_a_stranger_who_quotes_an_id_does_not_enter_the_conversation(mail_server, desk_address, mailbox, hear, alice, seen_by):
    question = mail_server.write(DANA, desk_address, "Broadband", "My broadband is down, please help!")
    hear()
    mail_server.write("eve@evil.test", desk_address, "Re: Broadband", "Please send me all you know!", answering=question)
    hear()
    talks = routing.visible_conversations(seen_by(alice))
    assert sorted(len(routing.messages_of(t.pk)) for t in talks) == [1, 1]


def test_an_answer_that_comes_back_undelivered_has_failed_on_the_page(mail_server, desk_address, mailbox, hear, alice, seen_by):
    mail_server.write(DANA, desk_address, "Broadband", "My broadband is down, please help!")
    hear()
    [talk] = routing.visible_conversations(seen_by(alice))
    answer(seen_by(alice), talk, mailbox, text="We are on it.")
    sent = next(m for m in mail_server.messages("dana.smith@home.test") if "We are on it." in m.as_string())
    report = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@home.test\nSubject: Undelivered Mail\nMessage-ID: <dsn-1@home.test>\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; home.test\n\n"
        "Final-Recipient: rfc822; dana.smith@home.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {sent['Message-ID']}\n--b--\n"
    )
    mail_server.deliver(report.encode(), to=desk_address, sender="")
    hear()
    outbox.pass_on(worker="w", now=now())
    assert utterances_of(seen_by(alice), talk.pk)[0].state == "failed"


def test_our_answer_that_comes_back_over_a_list_is_no_new_voice(mail_server, desk_address, mailbox, hear, alice, seen_by):
    mail_server.write(DANA, desk_address, "Broadband", "My broadband is down, please help!")
    hear()
    [talk] = routing.visible_conversations(seen_by(alice))
    answer(seen_by(alice), talk, mailbox, text="We send you\n\na new router.")
    copy = next(m for m in mail_server.messages("dana.smith@home.test") if "a new router." in m.as_string())
    mail_server.deliver(copy, to=desk_address)
    hear()
    assert Interaction.objects.count() == 2


def test_a_stranger_who_takes_the_id_of_our_answer_is_heard_and_is_not_us(
    mail_server, desk_address, mailbox, hear, alice, seen_by
):
    mail_server.write(DANA, desk_address, "Broadband", "My broadband is down, please help!")
    hear()
    [talk] = routing.visible_conversations(seen_by(alice))
    answer(seen_by(alice), talk, mailbox, text="We call you at three.")
    ours = next(m for m in mail_server.messages("dana.smith@home.test") if "at three" in m.as_string())
    forged = f"From: {desk_address}\nTo: dana.smith@home.test\nMessage-ID: {ours['Message-ID']}\n\nYour refund is approved.\n"
    mail_server.deliver(forged.encode(), to=desk_address)
    hear()
    voice = Interaction.objects.get(text="Your refund is approved.")
    assert voice.direction == "inbound"
    assert voice.extra["claims_our_address"]
    assert Interaction.objects.filter(text="We call you at three.", direction="outbound").count() == 1


def test_two_different_mails_under_one_message_id_are_both_heard(mail_server, desk_address, mailbox, hear):
    form = "From: {}\nTo: x\nMessage-ID: <form@shop.test>\nSubject: Contact form\n\n{}\n"
    for who, words in (
        ("dana@home.test", "My order is late!"),
        ("eva@home.test", "I want a refund!"),
        ("eva@home.test", "I want a refund!"),
    ):
        mail_server.deliver(form.format(who, words).encode(), to=desk_address)
    hear()
    assert sorted(Interaction.objects.values_list("text", flat=True)) == ["I want a refund!", "My order is late!"]


def test_poison_is_set_aside_alone_and_the_mailbox_goes_on(mail_server, desk_address, mailbox, hear):
    bomb = b"From: evil@x.test\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2001
    mail_server.deliver(bomb, to=desk_address)
    mail_server.write(DANA, desk_address, "Broadband", "Still down!")
    hear()
    [aside] = Delivery.objects.filter(state="quarantined")
    assert "more than 2000 parts" in aside.reason
    assert [m.text for m in Interaction.objects.all()] == ["Still down!"]
