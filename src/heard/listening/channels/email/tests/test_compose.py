"""Our answers go out as mails that any program threads and shows well."""

import pytest

from heard.listening.channels.contract import Author, File, Outgoing, Rejected
from heard.listening.channels.email import compose
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.tests.post import RECEIVED_AT, SUPPORT, said

DANA = Author(network="email", external_id="dana@home.example", name="Dana O'Briáin")


def written(**given):
    message = Outgoing(**{"text": "Dear Dana,\n\nit is done.", "to": DANA, **given})
    (part,) = Adapter().render(message, SUPPORT)
    return compose.mail_of(part, SUPPORT, idem="utterance-7", now=RECEIVED_AT)


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("My order", "Re: My order"),
        ("Re: My order", "Re: My order"),
        ("RE: AW: Re[2]: My order", "Re: My order"),
        ("Regarding my order", "Re: Regarding my order"),
        ("", "Re: your message"),
    ],
)
def test_an_answer_says_re_once(subject, sent):
    assert written(subject=subject, in_reply_to="q@home.example")["Subject"] == sent


def test_a_first_word_of_ours_has_its_own_subject():
    mail = written(subject="Your contract")
    assert mail["Subject"] == "Your contract"
    assert mail["In-Reply-To"] is None


def test_an_answer_stands_in_its_thread():
    mail = written(in_reply_to="q2@home.example", references=("q1@home.example", "a1@acme.example"))
    assert mail["In-Reply-To"] == "<q2@home.example>"
    assert mail["References"] == "<q1@home.example> <a1@acme.example> <q2@home.example>"


def test_names_we_made_up_for_mails_do_not_leave_the_house():
    mail = written(in_reply_to="q2@home.example#0123456789abcdef", references=("sha256:abc",))
    assert mail["In-Reply-To"] == "<q2@home.example>"
    assert mail["References"] == "<q2@home.example>"


def test_an_endless_thread_keeps_its_first_and_newest_mails():
    mail = written(in_reply_to="last@x.example", references=tuple(f"r{n}@x.example" for n in range(100)))
    ids = mail["References"].split()
    assert (len(ids), ids[0], ids[-1]) == (30, "<r0@x.example>", "<last@x.example>")


def test_every_attempt_has_the_same_message_id():
    assert written()["Message-ID"] == written(text="other")["Message-ID"] == "<utterance-7@acme.example>"


def test_the_same_words_as_plain_text_and_as_html():
    mail = written(text="Grüße & <Dank>\nhttps://acme.example/a?b=1&c=2.\n\nBye")
    assert mail.get_body(("plain",)).get_content() == "Grüße & <Dank>\nhttps://acme.example/a?b=1&c=2.\n\nBye\n"
    link = '<a href="https://acme.example/a?b=1&amp;c=2">https://acme.example/a?b=1&amp;c=2</a>'
    assert mail.get_body(("html",)).get_content() == f"<p>Grüße &amp; &lt;Dank&gt;<br>\n{link}.</p>\n<p>Bye</p>\n"


def test_a_file_goes_along():
    mail = written(attachments=(File(name="Rechnung für Oktober.pdf", content_type="application/pdf", data=b"%PDF"),))
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "Rechnung für Oktober.pdf",
        "application/pdf",
        b"%PDF",
    )


def test_a_file_that_was_never_fetched_stops_the_mail():
    with pytest.raises(Rejected, match="was not fetched"):
        written(attachments=(File(name="x.pdf", url="https://acme.example/x.pdf"),))


def test_what_we_write_we_can_read():
    mail = written(text="Grüße\n" + "long " * 400, subject="Größe €", in_reply_to="q@home.example", from_name="Acme, Care")
    heard = said(mail.as_bytes())
    assert (heard.direction, heard.external_id) == ("outbound", "utterance-7@acme.example")
    assert heard.text == ("Grüße\n" + "long " * 400).strip()
    assert heard.subject == "Re: Größe €"
    assert heard.author.name == "Acme, Care"
    assert [(r.external_id, r.name) for r in heard.recipients] == [("dana@home.example", "Dana O'Briáin")]
