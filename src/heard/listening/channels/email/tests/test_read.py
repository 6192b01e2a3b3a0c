"""Any mail of the world becomes what its author said."""

from datetime import UTC, datetime

import msgspec
import pytest

from heard.listening.channels.contract import StatusChanged
from heard.listening.channels.email.tests.post import RECEIVED_AT, SUPPORT, events, fixture, mail, said


def test_a_customers_reply_is_heard_whole():
    voice = said(fixture("reply_from_gmail.eml"))
    assert voice.external_id == "reply-2@home.example"
    assert (voice.parent_ref, voice.thread_ref) == ("answer-1@acme.example", "question-1@home.example")
    assert voice.references == ("question-1@home.example", "answer-1@acme.example")
    assert voice.author.external_id == "dana@home.example"
    assert voice.author.handle == "Dana@Home.example"
    assert voice.author.name == "Dana O'Briáin"
    assert voice.author.verified
    assert voice.subject == "Re: Rechnung für Oktober €"
    assert voice.text == "The October invoice is still wrong: 49,90 € instead of 39,90 €.\n\nDana"
    assert "> We have corrected it." in voice.full_text
    assert "gmail_quote" in voice.html
    assert voice.occurred_at == datetime(2026, 11, 16, 8, 12, tzinfo=UTC)
    assert [r.external_id for r in voice.recipients] == [
        "support@acme.example",
        "care@acme.example",
        "ben@home.example",
        "eva@home.example",
    ]
    assert (voice.kind, voice.direction, voice.visibility) == ("message", "inbound", "private")


def test_attachments_keep_name_type_and_bytes():
    invoice, logo = said(fixture("reply_from_gmail.eml")).attachments
    assert (invoice.name, invoice.content_type, invoice.data) == ("Rechnung für Oktober.pdf", "application/pdf", b"%PDF-1.4\n")
    assert (logo.name, logo.content_id, logo.data) == ("logo.png", "logo@home", b"\x89PNG\r\n\x1a\n")


def test_outlook_in_german_with_a_clock_in_2099():
    voice = said(fixture("outlook_german.eml"))
    assert voice.text == "Ja, bitte. Grüße"
    assert "Bitte bestätigen Sie." not in voice.text
    assert voice.author.name == "Müller, Ján"
    assert voice.occurred_at == RECEIVED_AT
    assert voice.recipients == ()


def test_words_without_any_header_are_heard():
    voice = said(fixture("nothing_but_words.eml"))
    assert voice.text == "Hello, I have no headers at all. My order is late!"
    assert voice.external_id.startswith("sha256:")
    assert voice.author.external_id.startswith("unknown-")
    assert voice.author.external_id.endswith("@invalid")


def test_two_unknown_authors_are_two_people():
    assert said("\nmy order").author != said("\nmy refund").author


def test_a_mail_that_could_not_be_delivered_fails_our_utterance():
    bounce, status = events(fixture("bounce.eml"))
    assert bounce.kind == "bounce"
    assert bounce.text.startswith("I'm sorry to have to inform you")
    assert bounce.extra["report"] == {
        "action": "failed",
        "target": "utterance-77@acme.example",
        "recipient": "gone@elsewhere.example",
        "code": "5.1.1",
        "reason": "550 5.1.1 <gone@elsewhere.example>: Recipient address rejected: User unknown",
    }
    assert isinstance(status, StatusChanged)
    assert (status.target, status.status) == ("utterance-77@acme.example", "failed")
    assert "User unknown" in status.reason


def test_a_delay_is_told_but_nothing_has_failed_yet():
    delayed = (
        fixture("bounce.eml").replace(b"Action: failed", b"Action: delayed").replace(b"Action: delivered", b"Action: delayed")
    )
    assert [e.extra["report"]["action"] for e in events(delayed)] == ["delayed"]


def test_old_servers_bounce_in_prose():
    text = "Hi. This is qmail. I couldn't deliver your mail: 5.1.1 no such user.\n\nMessage-ID: <utterance-9@acme.example>\n"
    raw = mail(text, return_path="<>", **{"from": "MAILER-DAEMON@old.example", "subject": "failure notice"})
    bounce, status = events(raw)
    assert bounce.kind == "bounce"
    assert (status.target, status.status) == ("utterance-9@acme.example", "failed")


def test_a_read_receipt_says_our_answer_was_read():
    raw = (
        "From: eva@home.example\nSubject: Read: Re: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\n"
        "Original-Message-ID: <utterance-5@acme.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n"
    )
    receipt, status = events(raw)
    assert receipt.kind == "auto_reply"
    assert (status.target, status.status) == ("utterance-5@acme.example", "read")


def test_a_vacation_notice_is_no_voice_of_a_person():
    away = said(fixture("away.eml"))
    assert away.kind == "auto_reply"
    assert away.extra["auto"] == "Auto-Submitted: auto-replied"
    assert away.parent_ref == "utterance-78@acme.example"


@pytest.mark.parametrize(
    ("headers", "kind", "reason"),
    [
        ({"precedence": "auto_reply"}, "auto_reply", "Precedence: auto_reply"),
        ({"x_autoreply": "yes"}, "auto_reply", "X-Autoreply"),
        ({"subject": "Out of office", "in_reply_to": "<a@b.c>"}, "auto_reply", "its subject is that of an automatic reply"),
        ({"auto_submitted": "auto-generated"}, "message", "Auto-Submitted: auto-generated"),
        ({"return_path": "<>"}, "message", "it came without a return address"),
        ({"precedence": "bulk"}, "message", "Precedence: bulk"),
        ({"list_id": "News <news.acme.example>"}, "message", "sent to a mailing list"),
        ({"from": "no-reply@shop.example"}, "message", "no-reply is no person"),
        ({"x_loop": "acme"}, "message", "X-Loop"),
        ({"auto_submitted": "no"}, "message", ""),
        ({"subject": "Out of office hours of your branch?"}, "message", ""),
    ],
)
def test_what_no_person_wrote_is_recognised_with_its_reason(headers, kind, reason):
    voice = said(mail(**headers))
    assert (voice.kind, voice.extra.get("auto", "")) == (kind, reason)


def test_list_mail_names_its_list():
    assert said(mail(list_id="Developers <dev.lists.example>")).extra["list_id"] == "dev.lists.example"


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("Mon, 16 Nov 2026 09:12:00 +0100", 2026),
        ("16 Nov 26 09:12 GMT", 2026),
        ("Thu, 1 Jan 1970 00:00:00 +0000", 2026),
        ("tomorrow at noon", 2026),
        ("Mon, 16 Nov 2099 09:12:00 +0100", 2026),
        ("Mon, 31 Feb 2026 99:99:99 +9999", 2026),
        ("Fri, 16 Nov 2001 09:12:00 -0000", 2001),
    ],
)
def test_a_date_is_believed_only_if_it_can_be_true(date, year):
    assert said(mail(date=date)).occurred_at.year == year


def test_an_old_archive_has_its_own_future():
    raw = mail(received="from a by b; Mon, 2 Sep 2002 10:00:00 +0000", date="Mon, 2 Sep 2019 10:00:00 +0000")
    assert said(raw).occurred_at == datetime(2002, 9, 2, 10, 0, tzinfo=UTC)


def test_a_mail_without_message_id_keeps_one_id_forever():
    assert said(mail("same")).external_id == said(mail("same")).external_id
    assert said(mail("same")).external_id != said(mail("other")).external_id


@pytest.mark.parametrize("message_id", ["<>", "<a>", "< >", "two words", "<" + "x" * 900 + "@y>"])
def test_a_message_id_that_cannot_serve_is_replaced(message_id):
    assert said(mail(message_id=message_id)).external_id.startswith("sha256:")


def test_words_around_a_picture_stay_together():
    raw = (
        "From: dana@home.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nLook:\n"
        "--b\nContent-Type: image/png\nContent-Disposition: inline\n\nx\n--b\nContent-Type: text/plain\n\nIs it broken?\n--b--\n"
    )
    voice = said(raw)
    assert voice.text == "Look:\n\nIs it broken?"
    assert [f.content_type for f in voice.attachments] == ["image/png"]


def test_a_text_file_is_a_file_and_no_words():
    raw = (
        "From: dana@home.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the log.\n"
        "--b\nContent-Type: text/plain; name=error.log\n\nstack trace\n--b--\n"
    )
    voice = said(raw)
    assert voice.text == "See the log."
    assert [(f.name, f.data) for f in voice.attachments] == [("error.log", b"stack trace")]


def test_a_forwarded_mail_and_a_winmail_dat_are_kept_as_files():
    raw = (
        "From: dana@home.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nFor you.\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: Offer 12\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--c--\n"
        "--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+Ig==\n--b--\n"
    )
    forwarded, tnef = said(raw).attachments
    assert (forwarded.name, forwarded.content_type) == ("Offer 12.eml", "message/rfc822")
    assert b"inner" in (forwarded.data or b"")
    assert (tnef.name, tnef.data) == ("winmail.dat", b"x\x9f>\x22")


def test_html_alone_is_read_as_text():
    html = "<html><head><style>p{}</style></head><body><p>Hello <b>you</b>,</p><p>my&nbsp;order<br>is late</p></body></html>"
    voice = said(f"From: dana@home.example\nContent-Type: text/html; charset=utf-8\n\n{html}")
    assert voice.text == "Hello you,\n\nmy order\nis late"
    assert voice.html == html


def test_a_plain_part_that_only_apologises_gives_way_to_the_html():
    raw = (
        "From: dana@home.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nYour client cannot show HTML.\n"
        f"--b\nContent-Type: text/html\n\n<p>{'My washing machine leaks since Monday. ' * 6}</p>\n--b--\n"
    )
    assert said(raw).text.startswith("My washing machine leaks")


def test_flowed_lines_are_joined_again():
    raw = "From: dana@home.example\nContent-Type: text/plain; format=flowed\n\nThis is one \nsentence.\n\n> old \n> words\n"
    assert said(raw).full_text == "This is one sentence.\n\n> old words"


def test_headers_and_words_without_a_line_between_lose_nothing():
    assert said("From: dana@home.example\nSubject: x\nmy order is late\n").text == "my order is late"


def test_html_that_names_its_letters_itself_is_read():
    html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"></head><p>Привет</p></html>'
    assert said(b"From: a@b.example\nContent-Type: text/html\n\n" + html.encode("koi8-r")).text == "Привет"


def test_mail_from_our_other_addresses_is_ours():
    ours = msgspec.structs.replace(SUPPORT, config={"aliases": "care@acme.example, sales@acme.example"})
    assert said(mail(**{"from": "sales@acme.example"}), ours).direction == "outbound"
