"""Frames as a real server sent them (frames/), whole and damaged, and which of them concern us."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.bluesky.cbor import blocks_of, decoded
from heard.listening.channels.bluesky.firehose import Sieve, opened, seq_of
from heard.listening.channels.contract import CursorLost, Retryable

FRAMES = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "frames").glob("*.cbor")}
US = "did:plc:fke3hzopyyhcwvw74ky5hknl"
MENTION = "at://did:plc:htqpo36vlqp6gac6yuruqjwp/app.bsky.feed.post/3n2urgtaqec2d"
POSTED = "at://did:plc:htqpo36vlqp6gac6yuruqjwp/app.bsky.feed.post/3n2urgv3j7s2d"
NOBODY = "did:plc:nobody"


def test_mention_and_like_of_ours_name_us():
    sieve = Sieve(US, [], [])
    assert [name for name, frame in sorted(FRAMES.items()) if sieve.may_concern_us(frame)] == ["like", "mention"]
    assert sieve.sighting(FRAMES["mention"]).about_us


@pytest.mark.parametrize("monitor", ["zebrafibre", "Zebrafibre", "ZEBRAFIBRE is gone"])
def test_keyword_finds_its_post_in_any_case(monitor):
    sieve = Sieve(NOBODY, [monitor], [])
    assert sieve.may_concern_us(FRAMES["keyword"])
    assert sieve.sighting(FRAMES["keyword"]).posts == ((POSTED, monitor),)


def test_hashtag_finds_its_post():
    sieve = Sieve(NOBODY, ["#help"], [])
    assert sieve.sighting(FRAMES["mention"]).posts == ((MENTION, "#help"),)


def test_word_within_another_is_decoded_and_not_taken():
    sieve = Sieve(NOBODY, ["zebra"], [])
    assert sieve.may_concern_us(FRAMES["keyword"])
    assert sieve.sighting(FRAMES["keyword"]).posts == ()


def test_deletion_of_a_watched_post_is_seen_and_of_others_not():
    assert Sieve(NOBODY, [], [POSTED]).sighting(FRAMES["deleted"]).gone == (POSTED,)
    assert Sieve(NOBODY, [], [MENTION]).sighting(FRAMES["deleted"]).gone == ()


def test_rest_is_let_go_without_a_look():
    sieve = Sieve(NOBODY, ["router", "#late"], ["at://did:plc:somebody/app.bsky.feed.post/3kaaaaaaaaaa2"])
    assert [name for name, frame in sorted(FRAMES.items()) if sieve.may_concern_us(frame)] == ["mention"]  # "late" is in it
    assert sieve.sighting(FRAMES["mention"]).posts == ()


def test_place_in_the_stream_is_known_from_every_kind_of_frame():
    assert {name: seq_of(opened(frame)[1]) > 0 for name, frame in FRAMES.items()} == dict.fromkeys(FRAMES, True)


def test_place_that_the_server_does_not_know_is_given_up():
    with pytest.raises(CursorLost) as lost:
        opened(b"\xa1bop\x20" + b"\xa1eerrorlFutureCursor")
    assert lost.value.resync == {}
    with pytest.raises(Retryable, match="ConsumerTooSlow"):
        opened(b"\xa1bop\x20" + b"\xa1eerroroConsumerTooSlow")


@given(name=st.sampled_from(sorted(FRAMES)), data=st.data())
def test_damaged_frame_is_an_error_of_value_and_nothing_else(name, data):
    frame = bytearray(FRAMES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(frame[: data.draw(st.integers(0, len(frame)))])
    try:
        Sieve(US, ["zebrafibre", "help"], [POSTED]).sighting(cut)
    except (ValueError, CursorLost, Retryable) as error:
        assert str(error)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error_of_value(data):
    for read in (lambda: decoded(data)[0], lambda: blocks_of(data)):
        try:
            read()
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x00", 0),
        (b"\x18\x2a", 42),
        (b"\x39\x03\xe7", -1000),
        (b"\x1b" + struct.pack(">Q", 2**63), 2**63),
        (b"\x63abc", "abc"),
        (b"\x42\x00\xff", b"\x00\xff"),
        (b"\x82\xf5\xf6", [True, None]),
        (b"\xa1aa\xf4", {"a": False}),
        (b"\xfb" + struct.pack(">d", 1.5), 1.5),
    ],
)
def test_values_are_read_as_the_standard_has_them(data, value):
    assert decoded(data) == (value, len(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81" * 100,
        b"\x9f\xff",
        b"\xa1\x01\x01",
        b"\xc0\x61a",
        b"\xd8\x2a\x41\x01",
        b"\x62a",
        b"\xf7",
        b"\x61\xff",
        b"\x1c",
    ],
)
def test_what_the_standard_does_not_allow_is_refused(data):
    with pytest.raises(ValueError, match="."):
        decoded(data)
