"""What apps and servers of other makers put into a post."""

import json
from datetime import UTC, datetime

import pytest

from heard.listening.channels.bluesky.adapter import Adapter
from heard.listening.channels.bluesky.tests.conformance import DANA, LIKE, QUESTION, US, VIEW
from heard.listening.channels.bluesky.uris import place_of, rkey_of
from heard.listening.channels.contract import Account, RawEvent, Reacted, Said, Unknown

adapter = Adapter()
ACCOUNT = Account(id=1, kind="bluesky", name="Acme", address="@acme.test")
SEEN = "2026-01-01T12:00:00Z"


def events(thing: object, *, event: str = "post", **headers: str) -> list:
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    return adapter.normalise(RawEvent(key="k", body=body, headers={"event": event, "us": US, **headers}), ACCOUNT)


def said(*, shown: dict | None = None, **record: object) -> Said:
    """`shown` is the embed as the network shows it, `embed` as the author's app wrote it."""
    given = {**VIEW, "record": {**VIEW["record"], **record}, **({"embed": shown} if shown else {})}
    return events(given)[0]


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        ("2026-01-01T11:59:58.123Z", "2026-01-01T11:59:58.123000+00:00"),
        ("2026-01-01T13:59:58+02:00", "2026-01-01T11:59:58+00:00"),
        ("2010-01-01T00:00:00Z", "2026-01-01T12:00:00+00:00"),
        ("2040-01-01T00:00:00Z", "2026-01-01T12:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "2026-01-01T12:00:00+00:00"),
        ("yesterday", "2026-01-01T12:00:00+00:00"),
    ],
)
def test_time_is_what_the_app_says_as_far_as_it_can_be(claimed, believed):
    assert said(createdAt=claimed).occurred_at == datetime.fromisoformat(believed)


def ref(uri: str) -> dict:
    return {"uri": uri, "cid": "b"}


OURS, OTHERS = f"at://{US}/app.bsky.feed.post/1", f"at://{DANA}/app.bsky.feed.post/2"


@pytest.mark.parametrize(
    ("record", "addressed"),
    [
        ({}, False),
        ({"text": "@acme.test without a facet is only words"}, False),
        ({"reply": {"root": ref(OTHERS), "parent": ref(OURS)}}, True),
        ({"reply": {"root": ref(OURS), "parent": ref(OTHERS)}}, True),
        ({"reply": {"root": ref(OTHERS), "parent": ref(OTHERS)}}, False),
        ({"embed": {"$type": "app.bsky.embed.record", "record": ref(OURS)}}, True),
        ({"embed": {"$type": "app.bsky.embed.record", "record": ref(OTHERS)}}, False),
    ],
)
def test_addressed_is_what_the_network_would_tell_us_of(record, addressed):
    assert said(**record).addressed is addressed


def test_quote_of_somebody_else_is_no_signal_about_ours():
    embed = {"$type": "app.bsky.embed.record", "record": ref(OTHERS)}
    assert [type(event) for event in events({**VIEW, "record": {**VIEW["record"], "embed": embed}})] == [Said]


def test_film_is_shown_by_its_still_with_its_words():
    film = {
        "$type": "app.bsky.embed.video#view",
        "playlist": "https://video.example/a/playlist.m3u8",
        "thumbnail": "https://video.example/a/thumbnail.jpg",
        "alt": "a burning router",
    }
    [file] = said(shown=film).attachments
    assert (file.url, file.alt) == ("https://video.example/a/thumbnail.jpg", "a burning router")


@pytest.mark.parametrize(
    "embed",
    [
        {"images": [{"fullsize": "file:///etc/passwd"}, {"fullsize": 7}, "x", {"fullsize": "https://[", "alt": None}]},
        {"images": None, "playlist": 1},
        {"media": {"images": [{}]}},
        {"external": {"uri": "javascript:alert(1)"}},
        {"record": "x"},
    ],
)
def test_embed_that_is_not_as_it_should_be_leaves_the_words(embed):
    heard = said(shown=embed)
    assert (heard.text, heard.attachments) == ("hello", ())


def test_card_that_repeats_a_link_of_the_words_adds_nothing():
    card = {"external": {"uri": "https://news.example/a"}}
    assert said(text="see https://news.example/a", shown=card).text == "see https://news.example/a"
    assert said(text="", shown=card).text == "https://news.example/a"


def test_author_whose_handle_is_lost_is_the_same_author():
    author = events({**VIEW, "author": {"did": DANA, "handle": "handle.invalid"}})[0].author
    assert (author.external_id, author.handle) == (DANA, "")


def test_like_of_a_repost_of_ours_is_kept_and_means_nothing_yet():
    assert isinstance(events(LIKE, event="notification")[0], Reacted)
    assert events({**LIKE, "reason": "like-via-repost"}, event="notification") == [Unknown(note="like-via-repost")]
    assert events({**LIKE, "reasonSubject": OTHERS}, event="notification") == [Unknown(note="like")]


@pytest.mark.parametrize("body", [b"at://did:plc:dana", b"at://did:plc:dana/a/b/c", b"https://x", b"\xff", b""])
def test_what_is_no_address_is_not_withdrawn(body):
    with pytest.raises(ValueError, match="."):
        events(body, event="gone")


def test_author_key_is_the_did_whatever_came_and_empty_for_what_is_nothing():
    def key(body: bytes, event: str = "post") -> str:
        return adapter.author_key(RawEvent(key="k", body=body, headers={"event": event}))

    assert (
        key(json.dumps(VIEW).encode()) == key(json.dumps(LIKE).encode(), "notification") == key(QUESTION.encode(), "gone") == DANA
    )
    assert [key(b""), key(b"[]"), key(b'{"uri": 1}'), key(b'{"uri": "x"}'), key(b"\xff", "gone")] == [""] * 5


def test_record_key_follows_from_the_key_of_the_send():
    keys = {rkey_of(f"key-{number}") for number in range(2000)}
    assert len(keys) == 2000
    assert rkey_of("key-1") == rkey_of("key-1")
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    assert place_of(f"at://{US}/app.bsky.feed.post/{rkey_of('key-1')}").rkey == rkey_of("key-1")


def test_record_keys_name_times_of_a_past_year():
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    value = 0
    for letter in rkey_of("key-1"):
        value = value << 5 | letters.index(letter)
    assert datetime.fromtimestamp((value >> 10) / 1e6, UTC).year == 2023


@pytest.mark.parametrize(
    ("handle", "told"),
    [
        ("dana.example", {"proved_link": ["https://dana.example"]}),
        ("dana.bsky.social", None),
        ("handle.invalid", None),
        ("", None),
    ],
)
def test_a_handle_that_is_a_domain_is_a_page_that_its_owner_holds(handle, told):
    (post, *_) = events({**VIEW, "author": {**VIEW["author"], "handle": handle}})
    assert post.extra.get("traits") == told
