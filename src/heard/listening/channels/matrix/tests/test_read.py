"""What strangers write into an event is not checked by any server; what it means is told without believing it."""

import json

import pytest

from heard.listening.channels.contract import Account, Author, Outgoing, Part, RawEvent, Rejected, Said, Unknown
from heard.listening.channels.matrix.adapter import Adapter
from heard.listening.channels.matrix.ids import user_id
from heard.listening.channels.matrix.registration import registration
from heard.listening.channels.matrix.words import related

adapter = Adapter()
ACCOUNT = Account(id=7, kind="matrix", name="Acme", address="@help:mx.test", config={"public_rooms": ["!square:mx.test"]})
QUOTED = "> <@help:mx.test> first\n> second\n\nMy answer"


def heard(content: dict, *, type_: str = "m.room.message", room: str = "!r:mx.test", **more) -> list:
    event = {"event_id": "$1", "type": type_, "sender": "@dana:mx.test", "origin_server_ts": 1, "room_id": room}
    return adapter.normalise(RawEvent(key="k", body=json.dumps(event | {"content": content} | more).encode()), ACCOUNT)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"msgtype": 1, "body": ["x"]},
        {"body": None, "m.relates_to": "no"},
        {"body": "x", "m.relates_to": {"rel_type": "m.thread", "event_id": 5}},
        {"body": "x", "m.relates_to": {"m.in_reply_to": []}},
        {"body": "x", "m.mentions": {"user_ids": "all"}},
        {"msgtype": "m.image", "body": "x", "url": "https://evil.example/x.png", "info": 3},
        {"msgtype": "m.image", "body": "x", "url": "mxc://a/../../b"},
    ],
)
def test_nonsense_is_heard_as_far_as_it_says_something(content):
    [voice] = heard(content)
    assert isinstance(voice, Said)
    assert voice.attachments == ()


def test_our_words_that_programs_repeat_are_left_out():
    reply = {"m.in_reply_to": {"event_id": "$0"}}
    assert heard({"body": QUOTED, "m.relates_to": reply})[0].text == "My answer"
    assert heard({"body": QUOTED})[0].text == QUOTED


@pytest.mark.parametrize(
    ("room", "content", "addressed"),
    [
        ("!r:mx.test", {"body": "hello"}, True),
        ("!square:mx.test", {"body": "hello"}, False),
        ("!square:mx.test", {"body": "@help:mx.test hello"}, True),
        ("!square:mx.test", {"body": "hello", "m.mentions": {"user_ids": ["@help:mx.test"]}}, True),
    ],
)
def test_in_public_only_what_names_us_is_to_us(room, content, addressed):
    assert heard(content, room=room)[0].addressed is addressed


def test_a_pushed_edit_changes_nothing_before_somebody_asked_whose_words_those_were():
    content = {"m.new_content": {"body": "y"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}
    assert isinstance(heard(content)[0], Unknown)


@pytest.mark.parametrize("room", ["", "r", "!r:mx.test/$2", "!r mx"])
def test_an_event_of_nowhere_is_refused(room):
    with pytest.raises(ValueError, match="room"):
        heard({"body": "x"}, room=room)


def test_a_thread_in_another_room_is_none_of_this_one():
    there = Part(text="x", to=Author(network="matrix", external_id="@d:x"), thread_ref="!a:x/$1", in_reply_to="!a:x/$2")
    assert related(there, "!b:x") == {}
    assert related(there, "!a:x")["m.relates_to"]["rel_type"] == "m.thread"


@pytest.mark.parametrize("address", ["dana", "@dana", "@da na:mx.test", "@dana:", "@dana:mx/test", "@" + "d" * 255 + ":x"])
def test_what_is_no_user_is_refused(address):
    with pytest.raises(Rejected):
        adapter.render(Outgoing(text="x", to=Author(network="matrix", external_id=address)), ACCOUNT)


def test_an_address_as_people_write_it_elsewhere_is_understood():
    assert user_id("dana@mx.test") == user_id("@dana:mx.test") == "@dana:mx.test"


def test_a_name_cannot_break_out_of_the_registration_file():
    yaml = pytest.importorskip("yaml")
    account = Account(id=7, kind="matrix", name="Acme", address='@he"lp+x:mx.test')
    read = yaml.safe_load(registration(account, "https://heard.example/hooks/7/", as_token='a"\n', hs_token="h"))
    assert read["namespaces"]["users"][0]["regex"] == '@he["]lp[+]x:mx[.]test$'
    assert (read["url"], read["as_token"]) == ("https://heard.example/hooks/7", 'a"\n')
