"""Facets count bytes, people count letters: both ways, with whatever stands before them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.bluesky.payloads import Post
from heard.listening.channels.bluesky.richtext import facets_of, handles_in, html_of, mentions_in, pieces_of, plain_of, tags_in

ACME = "did:plc:acme"
DIDS = {"acme.test": ACME}


def post(text: str, *facets: tuple[int, int, dict], **more: object) -> Post:
    given = [{"index": {"byteStart": start, "byteEnd": end}, "features": [feature]} for start, end, feature in facets]
    return msgspec.convert({"text": text, "facets": given, **more}, Post)


def read_back(text: str) -> list[tuple[str, str, str, str]]:
    """What others' apps find in words of ours."""
    written = msgspec.json.encode({"text": text, "facets": facets_of(text, DIDS)})
    found = [piece for piece in pieces_of(msgspec.json.decode(written, type=Post)) if piece.feature]
    return [(piece.text, piece.feature.did, piece.feature.uri, piece.feature.tag) for piece in found]


@pytest.mark.parametrize("before", ["", "hey ", "👩‍👩‍👧 ", "größte ", "e\u0301 ", "日本 "])
def test_mention_link_and_hashtag_stand_where_they_are_whatever_stands_before(before):
    text = f"{before}@Acme.test see https://example.org/a(b)?c=d#e, #Störung!"
    assert read_back(text) == [
        ("@Acme.test", ACME, "", ""),
        ("https://example.org/a(b)?c=d#e", "", "https://example.org/a(b)?c=d#e", ""),
        ("#Störung", "", "", "Störung"),
    ]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.org.", "https://example.org"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("https://example.org/a_(b)", "https://example.org/a_(b)"),
        ("“https://example.org/a”", "https://example.org/a"),
    ],
)
def test_punctuation_of_the_sentence_is_not_part_of_the_link(text, link):
    assert read_back(text) == [(link, "", link, "")]


@pytest.mark.parametrize(
    "text", ["dana@acme.test", "@nobody.test", "@acme", "a#b", "#123", "order #", "#" + "x" * 65, "https:// no"]
)
def test_what_only_looks_like_one_stays_words(text):
    assert read_back(text) == []


def test_everybody_named_is_asked_for_once():
    assert handles_in("@Acme.test and @dana.bsky.social, not dana@mail.example; again @acme.test") == [
        "acme.test",
        "dana.bsky.social",
    ]


@given(st.text(alphabet="a @#.:/é👩\u200d日e\u0301", max_size=60))
def test_every_facet_of_ours_lies_on_whole_letters_within_the_words(text):
    facets = facets_of(f"{text} @acme.test #tag {text} https://example.org/{text}", DIDS)
    words = f"{text} @acme.test #tag {text} https://example.org/{text}".encode()
    places = [(facet["index"]["byteStart"], facet["index"]["byteEnd"]) for facet in facets]
    assert all(words[start:end].decode() for start, end in places)
    assert all(before[1] <= after[0] for before, after in zip(places, places[1:], strict=False))


def test_shortened_link_is_read_as_the_whole_address():
    text = "see example.org/lo… now"
    end = len(text.encode()) - len(" now")
    pieces = pieces_of(post(text, (4, end, {"uri": "https://example.org/long/way"})))
    assert plain_of(pieces) == "see https://example.org/long/way now"
    assert html_of(pieces) == '<p>see <a href="https://example.org/long/way">example.org/lo…</a> now</p>'


def test_link_behind_other_words_is_written_beside_them():
    """Nobody reads a bank's address and opens another."""
    pieces = pieces_of(post("my.bank", (0, 7, {"uri": "https://evil.example/login"})))
    assert plain_of(pieces) == "my.bank (https://evil.example/login)"


def test_link_that_is_no_web_address_is_not_a_link_on_the_page():
    pieces = pieces_of(post("click", (0, 5, {"uri": "javascript:alert(1)"})))
    assert html_of(pieces) == "<p>click</p>"


def test_words_of_strangers_are_words_in_html():
    assert html_of(pieces_of(post("<script>\nx"))) == "<p>&lt;script&gt;<br>x</p>"


@pytest.mark.parametrize(
    ("start", "end"), [(-1, 3), (0, 99), (3, 3), (5, 2), (1, 4), (0, 2)], ids=["before", "after", "empty", "back", "in", "cut"]
)
def test_facet_outside_the_words_or_within_a_letter_is_left_out(start, end):
    pieces = pieces_of(post("👩 hey", (start, end, {"did": ACME})))
    assert (plain_of(pieces), mentions_in(pieces)) == ("👩 hey", {})


def test_facets_that_overlap_are_taken_once():
    pieces = pieces_of(post("hello", (0, 3, {"tag": "a"}), (2, 5, {"tag": "b"})))
    assert (plain_of(pieces), tags_in(Post(tags=["c", "a"]), pieces)) == ("hello", ["a", "c"])
