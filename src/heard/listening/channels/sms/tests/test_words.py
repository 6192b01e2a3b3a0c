import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.contract import Account, Author, File, Outgoing, Rejected
from heard.listening.channels.lengths import length_of
from heard.listening.channels.sms.words import parts_of

ACCOUNT = Account(id=1, kind="sms", name="Acme", address="+442079460999", config={"country": "GB"})
TO = Author(network="phone", external_id="+447700900123")


def said(text, to=TO, **more):
    return parts_of(Outgoing(text=text, to=to, **more), ACCOUNT)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ñ" * 160, 1),
        ("’" + "a" * 69, 1),
        ("’" + "a" * 70, 2),
        ("😕" * 35, 1),
        ("😕" * 36, 2),
    ],
)
def test_segments_are_counted_as_a_phone_is_billed(text, segments):
    assert length_of(text, "sms_segments") == segments


@given(st.text(st.sampled_from("a€’😕 \n^ñ"), min_size=1, max_size=4000).filter(str.strip))
def test_no_text_is_longer_than_ten_segments_and_than_twilio_takes(text):
    parts = said(text)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert all(length_of(part.text, "sms_segments") <= 10 and len(part.text) <= 1600 for part in parts)


def test_number_is_written_as_the_network_wants_it():
    [part] = said("Hello", Author(network="phone", external_id="07700 900123"))
    assert (part.to.external_id, part.thread_ref) == ("+447700900123", "+447700900123")


@pytest.mark.parametrize("address", ["dana@customer.example", "12", "+44770090012\r\n3", ""])
def test_what_is_no_number_is_refused_in_words(address):
    with pytest.raises(Rejected, match="number such as"):
        said("Hello", Author(network="phone", external_id=address))


def test_files_and_no_words_are_refused():
    with pytest.raises(Rejected, match="files"):
        said("Hello", attachments=(File(name="a.png", data=b"x"),))
    with pytest.raises(Rejected, match="no words"):
        said(" \n ")
