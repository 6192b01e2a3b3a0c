"""Words and pictures as X takes them, and queries as it reads them."""

import pytest

from heard.listening.channels.contract import Account, Author, File, Outgoing, Rejected
from heard.listening.channels.lengths import length_of
from heard.listening.channels.x.payloads import id_at, made_at
from heard.listening.channels.x.pull import query_of
from heard.listening.channels.x.words import parts_of

ACME = Account(id=1, kind="x", name="Acme", address="@acme")
DANA = Author(network="x", external_id="4001", handle="@dana_field")
PICTURE = File(name="a.png", content_type="image/png", data=b"x")


def parts(text="Hello", **message):
    return parts_of(Outgoing(**{"text": text, "to": DANA, "visibility": "public", **message}), ACME)


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("a" * 280, 1),
        ("a" * 281, 2),
        ("漢" * 140, 1),
        ("漢" * 141, 2),
        ("👩🏽‍🚀" * 140, 1),
        ("word " * 50 + "https://acme.example/" + "x" * 300, 1),
    ],
)
def test_length_is_weighed_as_x_does(text, posts):
    found = parts(text)
    assert len(found) == posts
    assert all(length_of(part.text, "weighted") <= 280 for part in found)


def test_direct_message_is_not_cut_where_a_post_would_be():
    assert [part.text for part in parts("a" * 9000, visibility="private")] == ["a" * 9000]
    assert len(parts("a" * 10_001, visibility="private")) == 2


def test_pictures_stand_at_the_first_post_and_each_alone_in_private():
    assert [len(part.attachments) for part in parts("word " * 100, attachments=(PICTURE,) * 4)] == [4, 0]
    assert [(part.text, len(part.attachments)) for part in parts(visibility="private", attachments=(PICTURE,) * 2)] == [
        ("Hello", 0),
        ("", 1),
        ("", 1),
    ]
    assert [(part.text, len(part.attachments)) for part in parts(visibility="private", attachments=(PICTURE,))] == [("Hello", 1)]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"attachments": (PICTURE,) * 5}, "4 pictures"),
        ({"attachments": (File(name="film.mp4", content_type="video/mp4", data=b"x"),)}, "no picture"),
        ({"attachments": (File(name="big.png", content_type="image/png", size_bytes=5_000_001),)}, "5 MB"),
        ({"in_reply_to": "dm:1"}, "not answered in public"),
        ({"to": Author(network="x", external_id="../2/tweets")}, "by their number"),
    ],
)
def test_what_x_would_not_take_is_refused_in_words_before_anything_goes_out(message, words):
    with pytest.raises(Rejected, match=words):
        parts(**message)


@pytest.mark.parametrize(
    ("keyword", "query"),
    [
        ("#routers", "#routers -is:retweet -from:acme"),
        ("acme routers", '"acme routers" -is:retweet -from:acme'),
        ('x" OR from:evil (y', '"x OR from:evil y" -is:retweet -from:acme'),
    ],
)
def test_keyword_cannot_become_another_query(keyword, query):
    assert query_of(keyword, "acme") == query


def test_id_tells_its_time_and_a_time_its_lowest_id():
    assert made_at("2006668386104246279").isoformat() == "2026-01-01T10:06:40+00:00"
    assert id_at(made_at("2006668386104246279")) == "2006668386104246272"
