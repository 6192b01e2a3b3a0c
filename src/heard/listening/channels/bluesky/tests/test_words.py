"""Words as posts: 300 letters, 3000 bytes, and who they are for."""

import pytest

from heard.listening.channels.bluesky.words import MAX_BYTES, MAX_GRAPHEMES, length, parts_of
from heard.listening.channels.contract import Author, File, Outgoing, Rejected
from heard.listening.channels.lengths import length_of

DANA = Author(network="bluesky", external_id="did:plc:dana", handle="@dana.test", name="Dana")
QUESTION = "at://did:plc:dana/app.bsky.feed.post/3kq"
FAMILY = "👩‍👩‍👧‍👦"  # one letter, 25 bytes


def answer(text: str, **more: object) -> list[str]:
    return [part.text for part in parts_of(Outgoing(text=text, to=DANA, visibility="public", in_reply_to=QUESTION, **more))]


@pytest.mark.parametrize("text", ["a" * 300, "é" * 300, "e\u0301" * 300, FAMILY * 120, "日" * 300])
def test_what_fits_is_one_post_as_it_stands(text):
    assert answer(text) == [text]


@pytest.mark.parametrize("text", ["a" * 301, "e\u0301" * 301, FAMILY * 121, "word " * 200])
def test_what_does_not_fit_is_a_numbered_thread_of_posts_that_do(text):
    parts = answer(text)
    assert len(parts) > 1
    assert [part.rpartition(" ")[2] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert all(length_of(part, "graphemes") <= MAX_GRAPHEMES and length_of(part, "bytes") <= MAX_BYTES for part in parts)
    assert "".join(part.rpartition(" ")[0] for part in parts).replace(" ", "") == text.replace(" ", "")


def test_bytes_count_when_letters_are_long():
    assert (length("a" * 10), length(FAMILY * 10), length("")) == (10, 25, 0)


def test_only_the_first_part_answers_the_customer_and_has_the_pictures():
    picture = File(name="a.png", content_type="image/png", data=b"x", alt="A")
    first, second = parts_of(Outgoing(text="word " * 80, to=DANA, in_reply_to=QUESTION, attachments=(picture,)))
    assert (first.in_reply_to, first.attachments, second.in_reply_to, second.attachments) == (QUESTION, (picture,), "", ())


def test_who_did_not_write_is_named_once():
    assert [p.text for p in parts_of(Outgoing(text="Your parcel came", to=DANA))] == ["@dana.test Your parcel came"]
    assert [p.text for p in parts_of(Outgoing(text="@Dana.test your parcel came", to=DANA))] == ["@Dana.test your parcel came"]
    assert [p.text for p in parts_of(Outgoing(text="@dana.tests are fun", to=DANA))] == ["@dana.test @dana.tests are fun"]


def test_account_without_a_handle_can_be_answered_and_not_written_to():
    nameless = Author(network="bluesky", external_id="did:plc:dana")
    assert parts_of(Outgoing(text="Hello", to=nameless, in_reply_to=QUESTION))[0].text == "Hello"
    with pytest.raises(Rejected, match="can only be answered"):
        parts_of(Outgoing(text="Hello", to=nameless))


@pytest.mark.parametrize("address", ["", "dana", "did:plc:dana\nX: y", "dana@mail.example", "at://did:plc:dana"])
def test_what_is_no_account_is_refused(address):
    with pytest.raises(Rejected, match="not a Bluesky account"):
        parts_of(Outgoing(text="Hello", to=Author(network="bluesky", external_id=address), in_reply_to=QUESTION))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([File(name=f"{n}.png", content_type="image/png", data=b"x") for n in range(5)], "at most 4 pictures"),
        ([File(name="offer.pdf", content_type="application/pdf", data=b"x")], "offer.pdf is none"),
        ([File(name="wall.png", content_type="image/png", data=b"x" * 1_000_001)], "wall.png is larger"),
    ],
)
def test_files_that_the_network_does_not_take_are_refused_in_words(files, why):
    with pytest.raises(Rejected, match=why):
        answer("Look", attachments=tuple(files))


def test_nothing_is_not_sent():
    with pytest.raises(Rejected, match="nothing to say"):
        answer("  \r\n ")
