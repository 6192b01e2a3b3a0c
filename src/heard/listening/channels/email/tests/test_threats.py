"""Attacks and accidents by mail, one test each; the numbers are those of the threat list."""

import time
from contextlib import contextmanager

import msgspec
import pytest

from heard.listening.channels.contract import Author, Outgoing, Rejected
from heard.listening.channels.email import compose
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.mime import MOST_BYTES, MOST_PARTS, Unreadable
from heard.listening.channels.email.quotes import newly_written
from heard.listening.channels.email.tests.post import RECEIVED_AT, SUPPORT, events, mail, said
from heard.listening.channels.html_text import text_of_html

MEGABYTE = 1_000_000


@contextmanager
def within_cpu_seconds(limit: float):
    """CPU, not the clock: other work on the machine does not count."""
    started = time.process_time()
    yield
    assert time.process_time() - started < limit


# ── 1: nobody speaks as us ──────────────────────────────────────────────────────────────────────────────────────────


def test_threat_1_our_address_in_from_proves_nothing():
    forged = said(
        mail(
            "Your refund is approved",
            **{"from": "support@acme.example", "received": "from evil by mx; Mon, 16 Nov 2026 09:00:00 +0000"},
        )
    )
    assert forged.direction == "inbound"
    assert forged.extra["claims_our_address"] is True
    assert forged.extra["auto"] == "it claims our own address without proof"


def test_threat_1_a_result_that_came_with_the_mail_is_no_proof():
    raw = (
        "Authentication-Results: mx.acme.example; dkim=fail header.d=acme.example\n"
        "Authentication-Results: mx.acme.example; dkim=pass header.d=acme.example\n"
        "Received: from evil by mx; Mon, 16 Nov 2026 09:00:00 +0000\nFrom: support@acme.example\n\nApproved\n"
    )
    assert said(raw).direction == "inbound"


@pytest.mark.parametrize(
    "proof",
    [
        "mx.acme.example; dkim=pass header.d=evil.example",
        "mx.acme.example; spf=pass smtp.mailfrom=home.example",
        "mx.evil.example; dkim=pass header.d=home.example",
        "mx.acme.example; dkim=pass header.d=example; dmarc=fail header.from=home.example",
        "mx.acme.example; none (dkim=pass header.d=home.example)",
        "",
    ],
)
def test_threat_1_a_sender_counts_as_verified_only_when_our_server_vouches_for_the_domain(proof):
    assert not said(mail(authentication_results=proof)).author.verified


def test_threat_1_a_mail_with_two_authors_vouches_for_none():
    raw = mail(
        **{
            "from": "dana@home.example, boss@acme.example",
            "authentication_results": "mx.acme.example; dmarc=pass header.from=home.example",
        }
    )
    assert not said(raw).author.verified


def test_our_own_copies_are_ours():
    own = {"from": "Acme <SUPPORT@acme.example>", "to": "dana@home.example"}
    assert said(mail(**own)).direction == "outbound"
    assert said(mail(received="a; Mon, 16 Nov 2026 09:00:00 +0000", **own), sent="yes").direction == "outbound"
    vouched = mail(authentication_results="mx.acme.example; dkim=pass header.d=acme.example", received="a; x", **own)
    assert said(vouched).direction == "outbound"


# ── 3, 4: who reads along is known ──────────────────────────────────────────────────────────────────────────────────


def test_threat_4_whoever_is_in_copy_or_would_get_the_answer_is_told():
    voice = said(mail(cc="Eve <eve@evil.example>", reply_to="collect@evil.example"))
    assert voice.extra["cc"] == ["eve@evil.example"]
    assert voice.extra["reply_to"] == ["collect@evil.example"]


# ── 6: loops ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_threat_6_a_person_who_answers_is_not_marked_as_a_machine():
    written = compose.mail_of(rendered("Dear Dana"), SUPPORT, idem="u1", now=RECEIVED_AT)
    assert "Auto-Submitted" not in written
    assert "Precedence" not in written


# ── 7: poison ───────────────────────────────────────────────────────────────────────────────────────────────────────


def nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return b"From: dana@home.example\n" + opening + b"Content-Type: text/plain\n\ndeep inside\n"


def test_threat_7_a_thousand_nested_multiparts_are_read():
    with within_cpu_seconds(2):
        assert said(nested(1000)).text == "deep inside"


def test_threat_7_two_hundred_attachments_are_kept():
    parts = b"".join(b"--b\nContent-Disposition: attachment; filename=f%d.txt\n\nx%d\n" % (n, n) for n in range(200))
    voice = said(b"From: dana@home.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhere\n" + parts + b"--b--\n")
    assert voice.text == "here"
    assert [f.name for f in voice.attachments] == [f"f{n}.txt" for n in range(200)]


def test_threat_7_ninety_five_megabytes_are_refused_with_a_reason_and_at_once():
    with within_cpu_seconds(1), pytest.raises(Unreadable, match=r"95 MB.*up to 50 MB"):
        said(b"From: dana@home.example\n\n" + b"x" * (95 * MEGABYTE))


def test_threat_7_what_was_too_large_to_fetch_says_so():
    with pytest.raises(Unreadable, match=r"95 MB.*still in the mailbox"):
        events(mail(), oversized_bytes="95000000")


def test_threat_7_more_parts_than_anybody_writes_are_refused():
    with pytest.raises(Unreadable, match="more than 2000 parts"):
        said(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (MOST_PARTS + 1))


HOSTILE_HTML = {
    "open angle": "<" * MEGABYTE,
    "open tags": "<a " * (MEGABYTE // 3),
    "open comments": "<!--" * (MEGABYTE // 4),
    "open titles": "<title>" * (MEGABYTE // 7),
    "open svg": "<svg>x" * (MEGABYTE // 6),
    "nested quotes": "<blockquote>x" * (MEGABYTE // 13),
    "nested tables": "<table><tr><td>" * (MEGABYTE // 15),
    "open attributes": '<a b="' * (MEGABYTE // 6),
    "odd quotes": '<a ">' * (MEGABYTE // 5),
    "entities": "&amp" * (MEGABYTE // 4),
    "blanks": "<p>" + " " * MEGABYTE,
    "hidden": '<div style="display:none">x' * (MEGABYTE // 27),
}


@pytest.mark.parametrize("trick", HOSTILE_HTML)
def test_threat_7_html_never_takes_minutes(trick):
    with within_cpu_seconds(4):
        text_of_html(HOSTILE_HTML[trick])


HOSTILE_TEXT = {
    "on on on": "On " * (MEGABYTE // 3) + ":",
    "intros": "On Mon 2020:\n" * (MEGABYTE // 13),
    "headers": "From: a@b\n" * (MEGABYTE // 10),
    "banners": "----- Original " * (MEGABYTE // 15),
    "rules": ("_" * 30 + "\n") * (MEGABYTE // 31),
    "signatures": "-- \n" * (MEGABYTE // 4),
    "quotes": "> a\nb\n" * (MEGABYTE // 6),
    "blanks": (" " * 300 + "\n") * (MEGABYTE // 301),
    "years": ("2020年" * 70 + "\n") * (MEGABYTE // 500),
}


@pytest.mark.parametrize("trick", HOSTILE_TEXT)
def test_threat_7_text_never_takes_minutes(trick):
    with within_cpu_seconds(4):
        newly_written(HOSTILE_TEXT[trick])


HOSTILE_HEADERS = {
    "references": b"References: " + b"<a@b> " * 200_000,
    "recipients": b"To: " + b"a@b.c, " * 150_000,
    "open quotes": b"To: " + b'"' * MEGABYTE,
    "comments": b"To: " + b"(" * MEGABYTE,
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000,
    "parameters": b"Content-Type: text/plain; " + b'a*0="x"; ' * 100_000,
    "folds": b"Subject: " + b"\n x" * 300_000,
    "results": b"Authentication-Results: mx.acme.example; " + b"dkim=pass header.d=" * 50_000,
    "fields": b"X: y\n" * 200_000,
    "flowed": b"Content-Type: text/plain; format=flowed\n\n" + b"a \n" * 300_000,
    "open parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nA: b\n" * 1900 + b"A: b\n" * 400_000,
}


@pytest.mark.parametrize("trick", HOSTILE_HEADERS)
def test_threat_7_headers_never_take_minutes(trick):
    with within_cpu_seconds(4):
        said(b"From: dana@home.example\n" + HOSTILE_HEADERS[trick] + b"\n\nbody\n")


def test_threat_7_a_text_beyond_all_measure_is_kept_as_a_file_too():
    voice = said(mail("word " * 300_000))
    assert len(voice.full_text) == MEGABYTE
    assert [(f.name, f.size_bytes) for f in voice.attachments] == [("message.txt", 1_500_000)]


def test_threat_7_a_bad_charset_spoils_nothing():
    assert said(b"From: a@b.example\nContent-Type: text/plain; charset=\xff\xfe\n\nstill readable\n").text == "still readable"


# ── 9: line breaks in headers ───────────────────────────────────────────────────────────────────────────────────────


def rendered(text: str = "Hello", **given):
    to = given.pop("to", Author(network="email", external_id="dana@home.example", name="Dana"))
    return Adapter().render(Outgoing(text=text, to=to, **given), SUPPORT)[0]


INJECTIONS = [
    "x\r\nBcc: all@evil.example",
    "x\nBcc: all@evil.example",
    "x\rBcc: all@evil.example",
    "x\u2028Bcc: y",
    "x\x00\x0bBcc: y",
]


@pytest.mark.parametrize("evil", INJECTIONS)
def test_threat_9_no_text_breaks_out_of_a_header_on_the_way_out(evil):
    to = Author(network="email", external_id="dana@home.example", name=evil)
    part = rendered(subject=evil, to=to, from_name=evil, in_reply_to=f"<{evil}@home.example>", references=(evil,))
    raw = compose.mail_of(part, SUPPORT, idem=evil, now=RECEIVED_AT).as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert [line for line in head.splitlines() if line.lower().startswith(b"bcc")] == []


@pytest.mark.parametrize(
    "address", [*INJECTIONS, "dana@home.example\r\nRCPT TO:<x@y.example>", "dana", "", "a b@c.example", "unknown-1@invalid"]
)
def test_threat_9_what_is_no_address_gets_no_mail(address):
    with pytest.raises(Rejected, match="e-mail address"):
        rendered(to=Author(network="email", external_id=address))


def test_threat_9_no_text_breaks_out_of_a_header_on_the_way_in():
    voice = said(
        b"From: =?utf-8?q?Dana=0D=0ABcc:_x?= <dana@home.example>\nSubject: =?utf-8?b?YQ0KQmNjOiB4?=\n"
        b"Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab.txt\n\nx\n"
    )
    texts = [voice.subject, voice.author.name, *(f.name for f in voice.attachments)]
    assert [t for t in texts if "\r" in t or "\n" in t] == []
    assert voice.subject == "a Bcc: x"


# ── 12: names of files ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\run.exe", "run.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200bb.pdf", "ab.pdf"),
        ("..", "attachment-1.bin"),
        ("x" * 500 + ".pdf", "x" * 180 + ".pdf"),
    ],
)
def test_threat_12_file_names_hide_nothing(given, kept):
    raw = f'From: a@b.example\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="{given}"\n\nx\n'
    raw = raw.replace("\\", "\\\\")
    assert [f.name for f in said(raw).attachments] == [kept]


def test_the_limit_of_a_mail_is_above_what_we_let_people_attach():
    assert Adapter.capabilities.max_attachment_bytes * 4 / 3 < MOST_BYTES


def test_normalising_looks_at_nothing_but_its_arguments():
    raw = mail("Hello", message_id="<a@b.example>")
    assert msgspec.json.encode(events(raw)) == msgspec.json.encode(events(raw))
