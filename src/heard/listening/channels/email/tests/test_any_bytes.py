"""Property: any bytes as a mail give events that every store can keep, or the one documented refusal."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heard.listening.channels.contract import Account, Event, RawEvent
from heard.listening.channels.email.adapter import Adapter
from heard.listening.channels.email.incoming import key_of
from heard.listening.channels.email.mime import Unreadable
from heard.listening.channels.email.tests.post import RECEIVED_AT

OURS = Account(id=1, kind="email", name="x", address="support@acme.example", config={"authserv_id": "mx"})
NAMES = st.sampled_from(
    b"From To Cc Reply-To Subject Date Message-ID In-Reply-To References Content-Type Content-Disposition Content-ID "
    b"Content-Transfer-Encoding Received Return-Path Authentication-Results List-Id Auto-Submitted Precedence X".split()
)
BITS = st.sampled_from(
    [
        b"text/plain", b"text/html", b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=\"b\"", b"multipart/report; boundary=b",
        b"multipart/digest; boundary=b", b"message/rfc822", b"message/delivery-status", b"; charset=", b"utf-8", b"utf-16", b"utf-7", b"iso-2022-jp",
        b"hz", b"cp1252", b"idna", b"base64", b"quoted-printable", b"x-uuencode", b"; format=flowed", b"; filename=", b"*0*=", b"utf-8''%FF",
        b"=?utf-8?q?=FF?=", b"=?utf-16?b?2AA=?=", b"<a@b.c>", b"a@b.c", b",", b";", b":", b"(", b"\"", b"\\", b"<", b">", b"mx; dkim=pass header.d=b.c",
        b"Mon, 16 Nov 2026 09:12:00 +0100", b"99999999999999999999", b"\r\n ", b"\n\t", b"\r", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b" ",
    ]
)  # fmt: skip
VALUES = st.lists(BITS | st.binary(max_size=12), max_size=6).map(b"".join)
FIELDS = st.tuples(NAMES, VALUES).map(lambda pair: pair[0] + b": " + pair[1] + b"\n")
BODY_BITS = st.sampled_from(
    [b"--b\n", b"--b--\n", b"--b\r\n", b"\n", b"\r\n", b"> ", b"-- \n", b"On 1.1.2026 a@b wrote:\n", b"From: a\nTo: b\nSubject: c\n", b"<p>", b"<!--",
     b"<blockquote>", b"&#x110000;", b"&#0;", b"begin 644 x\n", b"=", b"=\n", b"+2AA-", b"Action: failed\n\n", b"Final-Recipient: rfc822; a@b.c\n", b"_" * 32]
)  # fmt: skip
HEADS = st.lists(FIELDS, max_size=6).map(b"".join)
BODIES = st.lists(BODY_BITS | FIELDS | st.binary(max_size=20), max_size=12).map(b"".join)
MAILS = st.binary(max_size=400) | st.tuples(HEADS, st.sampled_from([b"\n", b"\r\n", b""]), BODIES).map(b"".join)


@given(raw=MAILS)
@example(raw=b"")
@example(raw=b"\n")
@example(raw=b"From ")
@example(raw=b"Content-Type: multipart/mixed; boundary=\n\n--\n")
@example(raw=b"Content-Type: text/html\n\n&#xD800;&#0;")
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_heard_or_refused_with_a_reason(raw):
    try:
        events = Adapter().normalise(RawEvent(key=key_of(raw), body=raw, received_at=RECEIVED_AT), OURS)
    except Unreadable as refusal:
        assert str(refusal)
        return
    stored = msgspec.json.encode(events)  # raises for a lone surrogate
    assert b"\\u0000" not in stored.replace(b"\\\\", b"")  # PostgreSQL keeps no NUL; six characters that look like one are fine
    assert msgspec.json.decode(stored, type=list[Event])
    assert events[0].external_id and events[0].author.external_id
    assert len(key_of(raw)) <= 255
