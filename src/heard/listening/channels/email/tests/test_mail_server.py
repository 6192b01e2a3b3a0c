"""Against a real Dovecot and a real relay: mail comes in, answers arrive, and every fault leaves us knowing where we stand."""

import ssl
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from heard.listening.channels.contract import Ambiguous, AuthExpired, Author, Outgoing, Rejected, Retryable
from heard.listening.channels.email import incoming
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.tests.post import account_on, context, fixture

pytestmark = pytest.mark.server
adapter = Adapter()


@pytest.fixture
def desk(mail_server, desk_address):
    """Our account on the server."""
    return account_on(mail_server, desk_address)


def customer(address="dana@home.test", name="Dana") -> Author:
    return Author(network="email", external_id=address, name=name)


def part_for(account, *, to="dana@home.test", **more):
    return adapter.render(Outgoing(text="Dear Dana, it is done.", to=customer(to), **more), account)[0]


def texts(page, account) -> list[str]:
    return [adapter.normalise(raw, account)[0].text for raw in page.deliveries]


def on(account, **config):
    return msgspec.structs.replace(account, config={**account.config, **config})


# ── In ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_is_pulled_once_and_stays_unread(mail_server, desk):
    mail_server.write("dana@home.test", desk.address, "Order", "My order is late")
    ctx = context(desk)
    page = adapter.pull(ctx, {})
    assert texts(page, desk) == ["My order is late"]
    assert adapter.pull(ctx, page.cursor).deliveries == []
    assert not any(b"\\Seen" in flags for flags in mail_server.flags(desk.address))


def test_pages_follow_each_other_without_gap_or_double(mail_server, desk):
    for n in range(7):
        mail_server.write("dana@home.test", desk.address, "Order", f"voice {n}")
    ctx, cursor, heard, more = context(desk), {}, [], [True]
    while more[-1]:
        page = adapter.pull(ctx, cursor, limit=3)
        heard += texts(page, desk)
        cursor = page.cursor
        more.append(page.has_more)
    assert heard == [f"voice {n}" for n in range(7)]
    assert more == [True, True, True, False]


def test_a_new_mail_is_pushed_while_we_listen(mail_server, desk):
    pages = adapter.stream(context(desk), {})
    assert next(pages).deliveries == []
    timer = threading.Timer(0.3, mail_server.write, ["dana@home.test", desk.address, "Order", "Hurry up"])
    timer.start()
    heard = next(page for page in pages if page.deliveries)
    assert texts(heard, desk) == ["Hurry up"]
    pages.close()


def test_a_quiet_mailbox_gives_signs_of_life_and_a_stream_stops_when_asked(mail_server, desk, monkeypatch):
    monkeypatch.setattr(incoming, "HEARTBEAT_SECONDS", 0)
    stop = threading.Event()
    pages = adapter.stream(context(desk, stopping=stop.is_set), {})
    assert [next(pages).deliveries for _ in range(3)] == [[], [], []]
    stop.set()
    assert list(pages) == []


def test_idle_is_issued_again_before_servers_hang_up(mail_server, desk, monkeypatch):
    monkeypatch.setattr(incoming, "IDLE_SECONDS", 0)
    pages = adapter.stream(context(desk), {})
    cursors = [next(pages).cursor for _ in range(4)]  # each page is a look of its own, between two IDLEs
    assert [c["uid"] for c in cursors] == [0, 0, 0, 0]
    pages.close()


def test_a_renumbered_mailbox_loses_nothing_and_doubles_nothing(mail_server, desk):
    mail_server.write("dana@home.test", desk.address, "Order", "before")
    ctx = context(desk)
    first = adapter.pull(ctx, {})
    mail_server.write("dana@home.test", desk.address, "Order", "unseen")
    mail_server.renumber(desk.address)
    second = adapter.pull(ctx, first.cursor)
    assert second.cursor["uidvalidity"] != first.cursor["uidvalidity"]
    assert texts(second, desk) == ["before", "unseen"]
    assert second.deliveries[0].key == first.deliveries[0].key  # so it is stored once
    assert adapter.pull(ctx, second.cursor).deliveries == []


def test_a_new_mailbox_is_read_back_some_days_and_older_mail_is_left_alone(mail_server, desk):
    with mail_server.mailbox(desk.address) as owner:
        for days, words in ((90, "long ago"), (5, "last week")):
            owner.append(
                "INBOX", f"From: dana@home.test\r\n\r\n{words}".encode(), msg_time=datetime.now(UTC) - timedelta(days=days)
            )
    ctx = context(desk)
    first = adapter.pull(ctx, {})
    assert texts(first, desk) == ["last week"]
    assert adapter.pull(ctx, first.cursor).deliveries == []
    assert adapter.pull(context(on(desk, first_days="1")), {}).deliveries == []


def test_an_empty_look_does_not_open_the_old_mail(mail_server, desk):
    with mail_server.mailbox(desk.address) as owner:
        owner.append("INBOX", b"From: dana@home.test\r\n\r\nlong ago", msg_time=datetime.now(UTC) - timedelta(days=90))
    ctx = context(desk)
    nothing = adapter.pull(ctx, {})
    mail_server.write("dana@home.test", desk.address, "Order", "today")
    assert texts(adapter.pull(ctx, nothing.cursor), desk) == ["today"]


def test_a_mail_that_comes_twice_is_one_delivery_and_other_words_under_its_id_are_another():
    raw = b"Message-ID: <same@x.example>\r\n\r\nfirst"
    assert incoming.key_of(raw) == incoming.key_of(bytes(raw))
    assert incoming.key_of(raw) != incoming.key_of(raw.replace(b"first", b"second"))


def test_an_oversized_mail_is_not_fetched_whole_and_stops_nobody(mail_server, desk, monkeypatch):
    monkeypatch.setattr(incoming, "MOST_BYTES", 20_000)
    monkeypatch.setattr(incoming, "KEPT_OF_OVERSIZED", 1_000)
    mail_server.write("dana@home.test", desk.address, "Film", "x" * 60 + "\n" + "y" * 70_000)
    mail_server.write("eva@home.test", desk.address, "Order", "Behind the film")
    large, small = adapter.pull(context(desk), {}).deliveries
    assert len(large.body) == 1_000
    with pytest.raises(ValueError, match="still in the mailbox"):
        adapter.normalise(large, desk)
    assert adapter.normalise(small, desk)[0].text == "Behind the film"


def test_awkward_mails_come_through_a_real_server_unchanged(mail_server, desk):
    for name in ("reply_from_gmail.eml", "bounce.eml", "outlook_german.eml"):
        mail_server.deliver(fixture(name), to=desk.address)
    page = adapter.pull(context(desk), {})
    heard = [adapter.normalise(raw, desk)[0] for raw in page.deliveries]
    assert [h.text.partition("\n")[0] for h in heard] == [
        "The October invoice is still wrong: 49,90 € instead of 39,90 €.",
        "I'm sorry to have to inform you that your message could not be delivered.",
        "Ja, bitte. Grüße",
    ]


def test_a_wrong_password_pauses_the_account(mail_server, desk):
    locked_out = msgspec.structs.replace(desk, secrets={"password": "forgotten"})
    with pytest.raises(AuthExpired, match="refused the user name"):
        adapter.pull(context(locked_out), {})
    with pytest.raises(AuthExpired, match="refused the user name"):
        adapter.send(context(locked_out), part_for(desk), idem="u-locked")


def test_a_missing_folder_is_named(mail_server, desk):
    with pytest.raises(Rejected, match="no folder 'Elsewhere'"):
        adapter.pull(context(on(desk, folder="Elsewhere")), {})


def test_a_server_that_is_away_is_asked_again_later(mail_server, desk):
    with pytest.raises(Retryable, match="Nothing listens"):
        adapter.pull(context(on(desk, imap_port=1)), {})


def test_threat_40_a_private_mail_host_is_refused_unless_permitted(mail_server, desk):
    guarded = context(desk, permits=lambda address: False)
    with pytest.raises(Rejected, match="private address"):
        adapter.pull(guarded, {})
    with pytest.raises(Rejected, match="private address"):
        adapter.send(guarded, part_for(desk), idem="u-private")


# ── What colleagues send ────────────────────────────────────────────────────────────────────────────────────────────


def _sent_by_hand(mail_server, desk, text: str, *, message_id: str, days_ago: float = 0) -> None:
    raw = f"From: {desk.address}\r\nTo: dana@home.test\r\nMessage-ID: <{message_id}>\r\nSubject: Re: Order\r\n\r\n{text}\r\n"
    with mail_server.mailbox(desk.address) as owner:
        owner.append("Sent", raw.encode(), flags=[b"\\Seen"], msg_time=datetime.now(UTC) - timedelta(days=days_ago))


def test_the_sent_folder_is_read_only_when_asked_and_has_a_place_of_its_own(mail_server, desk):
    mail_server.write("dana@home.test", desk.address, "Order", "Where is it?")
    _sent_by_hand(mail_server, desk, "It is on its way", message_id="hand-1@acme.test")
    assert texts(adapter.pull(context(desk), {}), desk) == ["Where is it?"]
    reading = on(desk, read_sent="yes")
    page = adapter.pull(context(reading), {})
    heard = [adapter.normalise(raw, reading)[0] for raw in page.deliveries]
    assert [(h.text, h.direction) for h in heard] == [("Where is it?", "inbound"), ("It is on its way", "outbound")]
    assert adapter.pull(context(reading), page.cursor).deliveries == []
    _sent_by_hand(mail_server, desk, "Has it come?", message_id="hand-2@acme.test")
    assert texts(adapter.pull(context(reading), page.cursor), reading) == ["Has it come?"]


def test_our_own_copies_in_the_sent_folder_are_not_heard_again(mail_server, desk):
    reading = on(desk, read_sent="yes")
    ctx = context(reading)
    cursor = adapter.pull(ctx, {}).cursor
    adapter.send(ctx, part_for(reading), idem="u-copy")
    assert len(mail_server.messages(desk.address, "Sent")) == 1
    page = adapter.pull(ctx, cursor)
    assert page.deliveries == []
    assert page.cursor["sent"]["uid"] == 1


def test_pages_of_the_sent_folder_follow_each_other(mail_server, desk):
    mail_server.write("dana@home.test", desk.address, "Order", "Where is it?")
    for n in range(5):
        _sent_by_hand(mail_server, desk, f"answer {n}", message_id=f"hand-{n}@acme.test")
    reading = on(desk, read_sent="yes")
    ctx, cursor, heard, more = context(reading), {}, [], True
    while more:
        page = adapter.pull(ctx, cursor, limit=2)
        heard += texts(page, reading)
        cursor, more = page.cursor, page.has_more
    assert heard == ["Where is it?", *(f"answer {n}" for n in range(5))]


def test_new_mail_is_still_pushed_while_the_sent_folder_is_read_too(mail_server, desk):
    pages = adapter.stream(context(on(desk, read_sent="yes")), {})
    assert next(pages).deliveries == []
    timer = threading.Timer(0.3, mail_server.write, ["dana@home.test", desk.address, "Order", "Hurry up"])
    timer.start()
    assert texts(next(page for page in pages if page.deliveries), desk) == ["Hurry up"]
    pages.close()


def test_the_test_button_says_whether_there_is_a_sent_folder(mail_server, desk):
    assert "Sent is read as well" in adapter.check(context(on(desk, read_sent="yes"))).details["IMAP"]
    missing = on(desk, read_sent="yes", sent_folder="Elsewhere")
    assert "there is no Sent folder to read" in adapter.check(context(missing)).details["IMAP"]
    assert adapter.pull(context(missing), {}).deliveries == []


# ── Proof that somebody answers us ──────────────────────────────────────────────────────────────────────────────────


def _answers(mail_server, desk, ctx, cursor, *, sender: str, answering: str) -> dict:
    mail_server.write(sender, desk.address, "Re: Order", f"Thank you, says {sender}", answering=answering)
    [mail] = adapter.pull(ctx, cursor).deliveries
    return adapter.normalise(mail, desk)[0].extra.get("answers", {})


def test_an_answer_to_our_mail_carries_the_proof_and_a_made_up_one_does_not(mail_server, desk):
    ctx = context(desk)
    cursor = adapter.pull(ctx, {}).cursor
    sent = adapter.send(ctx, part_for(desk), idem="u-proof")
    forged = f"u-proof.{'a' * 20}@{desk.address.partition('@')[2]}"
    for sender, answering, proof in (
        ("dana@home.test", sent.external_id, "recipient"),
        ("eve@evil.test", sent.external_id, "another"),
        ("dana@home.test", forged, "unproven"),
    ):
        assert _answers(mail_server, desk, ctx, cursor, sender=sender, answering=answering)["proof"] == proof
        cursor = adapter.pull(ctx, cursor).cursor
    assert _answers(mail_server, desk, ctx, cursor, sender="dana@home.test", answering="other@home.test") == {}


def test_the_key_is_made_once_and_kept_with_the_other_secrets(mail_server, desk):
    kept: dict[str, str] = {}
    ctx = msgspec.structs.replace(context(desk), keep=kept.update)
    adapter.pull(ctx, {})
    made = dict(kept)
    kept.clear()
    adapter.pull(ctx, {})
    assert len(made["reply_key"]) >= 32
    assert kept == {}


# ── TLS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_nobody_vouches_for_is_refused(mail_server, desk, security):
    port = mail_server.ports["imaps" if security == "tls" else "imap"]
    with pytest.raises(Rejected, match="cannot be trusted"):
        adapter.pull(context(on(desk, imap_host="localhost", imap_port=port, imap_security=security)), {})


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_a_trusted_authority_is_taken(mail_server, desk, security, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.home / "server.crt"))
    port = mail_server.ports["imaps" if security == "tls" else "imap"]
    page = adapter.pull(context(on(desk, imap_host="localhost", imap_port=port, imap_security=security)), {})
    assert page.deliveries == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_answers_leave_by_a_trusted_line_only(mail_server, desk, security, monkeypatch):
    port = mail_server.ports["submissions" if security == "tls" else "submission"]
    encrypted = on(desk, smtp_host="localhost", smtp_port=port, smtp_security=security)
    part = part_for(desk, to=f"{security}@home.test")
    with pytest.raises(Rejected, match="SMTP server localhost.*cannot be trusted"):
        adapter.send(context(encrypted), part, idem=f"u-{security}")
    assert mail_server.messages(f"{security}@home.test") == []
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.home / "server.crt"))
    adapter.send(context(encrypted), part, idem=f"u-{security}")
    assert len(mail_server.messages(f"{security}@home.test")) == 1


def test_a_good_certificate_for_another_name_is_refused(mail_server, desk, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_server.home / "server.crt"))
    assert ssl.get_default_verify_paths().cafile == str(mail_server.home / "server.crt")
    with pytest.raises(Rejected, match="cannot be trusted"):
        adapter.pull(context(on(desk, imap_port=mail_server.ports["imaps"], imap_security="tls")), {})


# ── Out ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_arrives_in_the_customers_mailbox_in_its_thread(mail_server, desk):
    question = mail_server.write("dana@home.test", desk.address, "My order", "It is late")
    part = part_for(desk, subject="My order", in_reply_to=question, from_name="Acme Care")
    sent = adapter.send(context(desk), part, idem=f"u-{desk.address}")
    answer = next(m for m in mail_server.messages("dana@home.test") if m["Message-ID"] == f"<{sent.external_id}>")
    assert answer["In-Reply-To"] == answer["References"] == f"<{question}>"
    assert answer["Subject"] == "Re: My order"
    assert answer["From"] == f"Acme Care <{desk.address}>"
    assert answer["To"] == "Dana <dana@home.test>"
    assert answer["Auto-Submitted"] is None
    assert answer.get_body(("plain",)).get_content().strip() == "Dear Dana, it is done."
    assert [m["Message-ID"] for m in mail_server.messages(desk.address, "Sent")] == [f"<{sent.external_id}>"]


def test_a_line_with_a_dot_and_long_lines_arrive_as_written(mail_server, desk):
    text = ".\n..two\nGrüße " + "x" * 3000
    part = adapter.render(Outgoing(text=text, to=customer("dots@home.test")), desk)[0]
    adapter.send(context(desk), part, idem="u-dots")
    (arrived,) = mail_server.messages("dots@home.test")
    assert arrived.get_body(("plain",)).get_content().rstrip("\n") == text


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 4.3.0 try again later", Retryable), ("452 4.2.2 mailbox full", Retryable), ("554 5.7.1 looks like spam", Rejected)],
)
def test_what_the_other_side_says_decides_what_we_do(mail_server, desk, answer, error):
    mail_server.answers.append(answer)
    with pytest.raises(error, match=answer[:3]):
        adapter.send(context(desk), part_for(desk, to="refuses@home.test"), idem="u-refused")
    assert mail_server.messages("refuses@home.test") == []


def test_an_unknown_recipient_is_for_a_person_to_correct(mail_server, desk):
    with pytest.raises(Rejected, match="recipient gone@refused.test.*550"):
        adapter.send(context(desk), part_for(desk, to="gone@refused.test"), idem="u-gone")


def test_a_line_cut_after_the_words_is_told_as_unclear_not_as_failed(mail_server, desk):
    line = mail_server.cutting_line()
    with pytest.raises(Ambiguous, match="may have gone out"):
        adapter.send(context(on(desk, smtp_port=line.port)), part_for(desk, to="cut@home.test"), idem="u-cut")
    line.close()


def test_an_unclear_mail_is_found_where_the_server_keeps_copies(mail_server, desk):
    mail_server.saves_sent = True
    keeping = on(desk, sent_copies="server")
    line = mail_server.cutting_line()
    part = part_for(desk, to="found@home.test")
    with pytest.raises(Ambiguous):
        adapter.send(context(on(keeping, smtp_port=line.port)), part, idem="u-found")
    line.close()
    arrived = next(m for m in iter(lambda: mail_server.messages(desk.address, "Sent"), None) if m)
    found = adapter.reconcile(context(keeping), part, idem="u-found")
    assert found is not None
    assert f"<{found.external_id}>" == arrived[0]["Message-ID"]


def test_a_mail_that_never_went_out_is_certain_only_where_the_server_keeps_copies(mail_server, desk):
    part = part_for(desk)
    assert adapter.reconcile(context(on(desk, sent_copies="server")), part, idem="u-never") is None
    with pytest.raises(Ambiguous, match="may have gone out"):
        adapter.reconcile(context(desk), part, idem="u-never")


def test_an_answer_that_was_sent_is_found_again(mail_server, desk):
    part = part_for(desk, to="again@home.test")
    sent = adapter.send(context(desk), part, idem="u-again")
    found = adapter.reconcile(context(desk), part, idem="u-again")
    assert found is not None
    assert found.external_id == sent.external_id


def test_a_full_sent_folder_does_not_undo_what_went_out(mail_server, desk):
    assert adapter.send(context(on(desk, sent_folder="No/Such\x7fFolder")), part_for(desk, to="kept@home.test"), idem="u-kept")
    assert len(mail_server.messages("kept@home.test")) == 1


# ── The test button ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_test_button_tries_both_ways(mail_server, desk):
    health = adapter.check(context(desk))
    assert (health.ok, health.message) == (True, "Mail can be read and sent.")
    assert "new mail is pushed" in health.details["IMAP"]


def test_the_test_button_says_which_way_fails_and_why(mail_server, desk):
    health = adapter.check(context(on(desk, smtp_port=1)))
    assert not health.ok
    assert health.message == "Nothing listens at the SMTP server 127.0.0.1:1."
    assert health.details["IMAP"].startswith("signed in")


def test_the_test_button_knows_a_mistyped_encryption(mail_server, desk):
    health = adapter.check(context(on(desk, imap_security="tls")))
    assert "does not speak TLS as expected" in health.details["IMAP"]
