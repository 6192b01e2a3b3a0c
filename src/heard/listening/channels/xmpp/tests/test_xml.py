"""A stream is bytes of strangers: cut anywhere, and never a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.contract import Account, RawEvent, Rejected
from heard.listening.channels.xmpp.author import author_key
from heard.listening.channels.xmpp.jid import addressee, parts_of, ref
from heard.listening.channels.xmpp.rooms import Room
from heard.listening.channels.xmpp.xml import LARGEST_STANZA, BadXml, Reader, parsed, tag, words

OPEN = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='7'>"
)
STANZAS = [
    b"<message from='a@b' to='c@d'><body>one &lt; two</body></message>",
    b'<presence from="a@b/x>y"/>',
    "<message from='ä@b'><body>\U0001f44d</body><x xmlns='jabber:x:oob'><url>u</url></x></message>".encode(),
]
ACCOUNT = Account(id=1, kind="xmpp", name="Acme", address="help@care.test", config={"rooms": ["r@c"]})


@given(st.lists(st.integers(0, len(OPEN + b" ".join(STANZAS))), max_size=8))
def test_stanzas_come_whole_wherever_the_bytes_are_cut(cuts):
    stream, found, reader = OPEN + b" ".join(STANZAS), [], Reader()
    places = sorted({0, *cuts, len(stream)})
    for start, end in zip(places, places[1:], strict=False):
        found += reader.feed(stream[start:end])
    assert [stanza.raw for stanza in found] == STANZAS
    assert reader.header == {"id": "7"}
    assert [parsed(raw).tag for raw in STANZAS] == ["message", "presence", "message"]


@pytest.mark.parametrize(
    "evil",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aa'>]><x/>",
        OPEN + b"<!DOCTYPE x>",
        OPEN + b"<message>&bomb;</message>",
        OPEN + b"<message></presence>",
        OPEN + b"<a>" * 200,
        OPEN + b"<message><body>" + b"x" * (LARGEST_STANZA + 1),
    ],
)
def test_what_is_no_stream_is_refused(evil):
    with pytest.raises(BadXml):
        Reader().feed(evil)


@given(st.text())
def test_whatever_is_said_comes_out_as_it_was(text):
    element = parsed(tag("message", tag("body", words(text)), id=text).encode())
    seen = "".join(sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if words(sign) or sign in "<>&")
    assert (element.findtext("body") or "") == seen


@given(st.text(), st.text(), st.text(max_size=60))
def test_a_reference_is_told_apart_into_what_it_was_made_of(one, other, id_):
    made = ref(one, other, id_)
    assert parts_of(made)[:2] == (one, other)
    assert len(made.split(" ")) == 3


@pytest.mark.parametrize("address", ["", "@b", "a b@c", "a@b@c", "a@b/\n", "a'@b", "a" * 400 + "@b", "<a>@b"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Rejected):
        addressee(address)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"<message id=\"from='eve@b'\" from='Dana@b/phone'><body>x</body></message>", "dana@b"),
        (b"<message><body from='eve@b'/></message>", ""),
        (b"\xff\x00", ""),
    ],
)
def test_the_author_is_told_from_the_first_tag_alone(body, key):
    assert author_key(RawEvent(key="k", body=body)) == key


def test_a_room_forgets_the_oldest_and_keeps_who_said_it_first():
    room = Room()
    said = "<message type='groupchat' from='r@c/{}' id='{}'><body>x</body></message>"
    for name, id_ in [("Dana", "1"), ("Eve", "1"), *(("Eve", str(n)) for n in range(2, 1500))]:
        room.headers(parsed(said.format(name, id_).encode()), ACCOUNT)
    assert len(room.by_own_id) == 1000
    correction = (
        "<message type='groupchat' from='r@c/{}' id='z'><replace xmlns='urn:xmpp:message-correct:0' id='1400'/></message>"
    )
    assert room.headers(parsed(correction.format("Eve").encode()), ACCOUNT)["target"] == "r@c/Eve * 1400"
    assert "target" not in room.headers(parsed(correction.format("Dana").encode()), ACCOUNT)
