"""By real mail: several mailboxes, colleagues who answer from their own program, and machines that answer everything."""

import re
from email import message_from_bytes
from pathlib import Path

import pytest

import heard
from heard.engagement import actions
from heard.engagement.models import Reply, Utterance
from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening.models import Interaction
from heard.project import worker
from heard.routing import selectors as routing
from heard.routing.models import Case, Conversation, Disposition

pytestmark = [pytest.mark.server, pytest.mark.django_db]
DORA, ROBOT = "Dora Smith <dora@home.test>", "robot@machines.test"
BROKEN = "My broadband is down since yesterday, please help!"


@pytest.fixture
def connect(mail_server, settings):
    """A function: a connected mailbox, on a server in our own network."""
    settings.ALLOW_PRIVATE_ADDRESSES = True

    def mailbox(address: str, **config) -> int:
        given = mail_server.account(address)
        config = {**given["config"], **config}
        return listening.connect(HEARD, kind="email", name=address, address=address, config=config, secrets=given["secrets"])

    return mailbox


def hear(*mailboxes: int) -> None:
    for mailbox in mailboxes:
        listening.pull(mailbox)
    worker.drain("w")


def answer(viewer, talk, mailbox: int, text: str) -> None:
    given = {"account_id": mailbox, "identity_id": talk.opener_id, "visibility": "private", "request_key": text}
    actions.send_reply(viewer, talk.pk, text=text, **given)
    actions.work_off(worker="w", now=now())


# ── Several mailboxes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_to_two_mailboxes_is_answered_from_the_one_that_is_chosen(mail_server, desk_address, connect, alice, seen_by):
    sales_address = desk_address.replace("desk", "sales")
    desk, sales = connect(desk_address), connect(sales_address)
    asked = f"From: {DORA}\nTo: {desk_address}, {sales_address}\nMessage-ID: <both@home.test>\nSubject: Line\n\n{BROKEN}\n"
    for address in (desk_address, sales_address):
        mail_server.deliver(asked.encode(), to=address)
    hear(desk, sales)
    assert sorted(Interaction.objects.values_list("account_id", flat=True)) == [desk, sales]
    [talk] = routing.visible_conversations(seen_by(alice))

    answer(seen_by(alice), talk, sales, "Sales will call you at two.")
    answer(seen_by(alice), talk, desk, "The desk repairs it today.")
    received = {m["From"]: m for m in mail_server.messages("dora@home.test") if m["In-Reply-To"] == "<both@home.test>"}
    assert set(received) == {f"Alice <{sales_address}>", f"Alice <{desk_address}>"}
    assert "at two" in received[f"Alice <{sales_address}>"].get_body(("plain",)).get_content()

    mail_server.write(
        DORA,
        sales_address,
        "Re: Line",
        "Two is fine, thank you.",
        answering=received[f"Alice <{sales_address}>"]["Message-ID"][1:-1],
    )
    hear(desk, sales)
    thanks = Interaction.objects.get(text="Two is fine, thank you.")
    assert thanks.account_id == sales
    assert thanks.extra["answers"]["proof"] == "recipient"
    assert thanks.pk in set(routing.messages_of(talk.pk))


# ── Colleagues who answer from their own mail program ───────────────────────────────────────────────────────────────


def test_what_a_colleague_sends_by_hand_is_ours_and_ends_the_waiting(mail_server, desk_address, connect, alice, seen_by):
    desk = connect(desk_address, read_sent="yes")
    question = mail_server.write(DORA, desk_address, "Broadband", BROKEN)
    hear(desk)
    assert [d.outcome for d in Disposition.objects.all()] == ["waiting"]
    by_hand = f"From: {desk_address}\r\nTo: {DORA}\r\nMessage-ID: <hand@acme.test>\r\nIn-Reply-To: <{question}>\r\n\r\nWe come at two.\r\n"
    with mail_server.mailbox(desk_address) as owner:
        owner.append("Sent", by_hand.encode(), flags=[b"\\Seen"])
    hear(desk)
    [talk] = routing.visible_conversations(seen_by(alice))
    assert [(m.text, m.direction) for m in Interaction.objects.order_by("id")] == [
        (BROKEN, "inbound"),
        ("We come at two.", "outbound"),
    ]
    assert len(routing.messages_of(talk.pk)) == 2
    assert [d.outcome for d in Disposition.objects.all()] == ["answered"]


def test_what_heard_itself_put_into_the_sent_folder_is_there_once(mail_server, desk_address, connect, alice, seen_by):
    desk = connect(desk_address, read_sent="yes")
    mail_server.write(DORA, desk_address, "Broadband", BROKEN)
    hear(desk)
    [talk] = routing.visible_conversations(seen_by(alice))
    answer(seen_by(alice), talk, desk, "A technician comes.")
    assert len(mail_server.messages(desk_address, "Sent")) == 1
    hear(desk)
    assert Interaction.objects.filter(direction="outbound").count() == 1


# ── Machines that answer everything ─────────────────────────────────────────────────────────────────────────────────


def with_all_headers(sender: str, mail: bytes) -> bytes:
    marks = "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Auto-Response-Suppress: All\nX-Loop: robot\nReturn-Path: <>\n"
    return (marks + with_none(sender, mail).decode()).encode()


def with_none(sender: str, mail: bytes) -> bytes:
    asked = message_from_bytes(mail)
    number = len(mail)
    head = f"From: {ROBOT}\nTo: {sender}\nSubject: Re: {asked['Subject']}\nIn-Reply-To: {asked['Message-ID']}\n"
    return f"{head}Message-ID: <{number}@machines.test>\n\nYour message {number} is important to us.\n".encode()


def with_forged_ones(sender: str, mail: bytes) -> bytes:
    """It says that a person wrote it, and that it is us, answering an id that it made up."""
    made_up = f"<{'0' * 32}.{'a' * 20}@{sender.partition('@')[2]}>"
    head = f"Received: from machines.test; Mon, 16 Nov 2026 09:00:00 +0000\nFrom: {sender}\nTo: {sender}\nSubject: Re: Order\n"
    marks = f"Auto-Submitted: no\nIn-Reply-To: {made_up}\nReferences: {made_up}\nMessage-ID: <f{len(mail)}@machines.test>\n"
    return f"{head}{marks}\nYour refund is approved.\n".encode()


@pytest.mark.parametrize("machine", [with_all_headers, with_none, with_forged_ones])
def test_threat_6_a_machine_that_answers_everything_gets_nothing_that_no_person_sent(
    machine, mail_server, desk_address, connect, alice, seen_by
):
    desk, robot = connect(desk_address), f"{machine.__name__}-{desk_address.partition('@')[0]}@machines.test"
    mail_server.responders[robot] = machine
    mail_server.write(robot, desk_address, "Order", "My order is late, please help!")
    hear(desk)
    talk = routing.visible_conversations(seen_by(alice)).get()
    for n in range(3):
        answer(seen_by(alice), talk, desk, f"We are on it, {n * 'really '}we do.")
        for _ in range(3):
            hear(desk)
            actions.work_off(worker="w", now=now())
    assert len(mail_server.messages(desk_address)) == 4  # the question, and one for each answer
    assert len(mail_server.messages(robot)) == 3
    back = Interaction.objects.filter(direction="inbound").exclude(text__startswith="My order")
    assert back.count() == 3
    reasons = {(m.kind, bool(m.extra.get("auto"))) for m in back}
    marked = {with_all_headers: ("auto_reply", True), with_none: ("message", False), with_forged_ones: ("message", True)}
    assert reasons == {marked[machine]}


def test_threat_6_a_machine_that_marks_nothing_opens_three_conversations_an_hour_and_no_more(mail_server, desk_address, connect):
    desk = connect(desk_address)
    for n in range(20):
        mail_server.write(
            ROBOT, desk_address, f"Ticket {n}: {'abcdefghijklmnopqrst'[n] * 9}", f"Please help! Ticket {n} is late!"
        )
    hear(desk)
    assert Interaction.objects.count() == 20
    assert Conversation.objects.count() <= 3
    assert Interaction.objects.filter(kind="auto_reply").count() == 17
    assert Interaction.objects.filter(extra__auto="the same words 20 times within an hour").count() == 1


def test_threat_6_bounces_of_bounces_open_nothing(mail_server, desk_address, connect):
    desk = connect(desk_address)
    for n in range(20):
        bounce = f"Return-Path: <>\nFrom: MAILER-DAEMON@x{n}.test\nSubject: Undelivered Mail\nMessage-ID: <b{n}@x.test>\n\nPlease help!\n"
        mail_server.deliver(bounce.encode(), to=desk_address, sender="")
    hear(desk)
    assert Interaction.objects.filter(kind="bounce").count() == 20
    assert (Conversation.objects.count(), Case.objects.count()) == (0, 0)


def test_threat_6_only_what_a_member_wrote_ever_goes_out():
    """One place hands words to a channel, one makes what it takes up, and each needs a member's name. Another tells members
    alone, by their own address, that a channel is deaf."""
    source = Path(heard.__file__).parent
    files = [f for f in source.rglob("*.py") if not {"tests", "channels", "conformance", "migrations"} & set(f.parts)]

    def places(pattern: str) -> set[str]:
        return {f.relative_to(source).as_posix() for f in files if re.search(pattern, f.read_text())}

    assert places(r"\badapter\.send\(|_adapter\([^)]*\)\.send\(|adapter_of\([^)]*\)\.send\(") == {
        "engagement/sender.py",
        "listening/trouble.py",
    }
    assert places(r"\bsmtplib\b|django\.core\.mail|\bsend_mail\b") == set()
    assert places(r"\bUtterance\(") - {"engagement/models.py"} == {"engagement/actions/reply.py"}
    assert not Reply._meta.get_field("member").null
    assert not Utterance._meta.get_field("reply").null
