import json
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.channels.api import item as items
from heard.listening.channels.api.adapter import Adapter, split
from heard.listening.channels.contract import Account, Edited, RawEvent, Said, Withdrawn
from heard.listening.storable import storable

ACCOUNT = Account(id=7, kind="api", name="Shop", address="")
MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
DANA = {"id": "dana@example.org", "network": "email", "name": "Dana"}


def _body(**changes) -> bytes:
    return msgspec.json.encode({"author": DANA, "text": "My parcel is late", "occurred_at": "2026-03-02T08:30:00Z", **changes})


def _heard(body: bytes, *, key: str = "k"):
    return Adapter().normalise(RawEvent(key=key, body=body, received_at=MORNING), ACCOUNT)


def test_what_dana_said_in_the_shop_becomes_one_voice_of_hers():
    [said] = _heard(_body(external_id="shop-1", thread_ref="order-9", extra={"rating": 2}))
    assert isinstance(said, Said)
    assert (said.external_id, said.author.network, said.author.external_id) == ("shop-1", "email", "dana@example.org")
    assert (said.text, said.occurred_at, said.thread_ref, said.extra) == ("My parcel is late", MORNING, "order-9", {"rating": 2})


def test_an_address_in_capitals_is_the_same_dana():
    [said] = _heard(_body(author={**DANA, "id": "Dana@Example.ORG"}))
    assert said.author.external_id == "dana@example.org"


def test_another_systems_word_never_counts_as_a_verified_address():
    [said] = _heard(_body())
    assert said.author.verified is False
    with pytest.raises(items.BadItem, match="verified"):
        items.parsed(_body(author={**DANA, "verified": True}))


def test_a_voice_without_an_id_is_named_by_its_delivery():
    [said] = _heard(_body(), key="batch-4 0")
    assert said.external_id == "batch-4 0"


def test_a_voice_without_a_time_happened_when_it_arrived():
    [said] = _heard(_body(occurred_at=None))
    assert said.occurred_at == MORNING


def test_words_that_came_only_as_html_can_be_read_as_text():
    [said] = _heard(_body(text="", html="<p>Hello &amp; thanks</p><script>steal()</script><p>Dana</p>"))
    assert said.text.split() == ["Hello", "&", "thanks", "Dana"]


def test_an_edit_and_a_withdrawal_name_what_they_are_about():
    [edit] = _heard(
        b'{"type":"edited","external_id":"shop-1","version":"2","occurred_at":"2026-03-02T09:00:00Z","text":"It came"}'
    )
    [removal] = _heard(b'{"type":"withdrawn","external_id":"shop-1","occurred_at":"2026-03-02T09:00:00Z"}')
    assert isinstance(edit, Edited) and (edit.target, edit.version, edit.text) == ("shop-1", "2", "It came")
    assert isinstance(removal, Withdrawn) and removal.target == "shop-1"


def test_a_file_comes_along_with_its_bytes():
    [said] = _heard(_body(text="", attachments=[{"name": "label.png", "content_type": "image/png", "data": "AAEC"}]))
    assert (said.attachments[0].name, said.attachments[0].data) == ("label.png", b"\x00\x01\x02")


def test_no_character_reaches_the_store_that_postgresql_refuses():
    [said] = _heard(_body(text="par\0cel", extra={"a\0": "b\0"}))
    assert (said.text, said.extra) == ("parcel", {"a": "b"})


def test_words_that_are_nothing_but_nul_leave_those_of_the_html():
    [said] = _heard(_body(text="\0", html="<p>My par\0cel&#0;</p>"))
    assert (said.text, said.html) == ("My parcel\ufffd", "<p>My parcel&#0;</p>")


def test_nul_goes_from_names_and_files_too():
    [said] = _heard(_body(author={**DANA, "name": "D\0ana"}, attachments=[{"name": "a\0.png", "data": "AAEC", "alt": "\0"}]))
    assert (said.author.name, said.attachments[0].name, said.attachments[0].alt) == ("Dana", "a.png", "")
    assert said.attachments[0].data == b"\0\1\2"


def test_six_characters_that_only_look_like_nul_stay():
    [said] = _heard(_body(text=r"press \u0000 to go on"))
    assert said.text == r"press \u0000 to go on"


@given(st.text(), st.text(), st.dictionaries(st.text(max_size=5), st.text(), max_size=3))
def test_every_store_takes_whatever_json_can_say(text, html, extra):
    body = json.dumps({"author": DANA, "text": "." + text, "html": html, "extra": extra})  # half pairs as escapes
    with suppress(items.BadItem):
        [said] = _heard(body.encode())
        assert storable(said) is said


@pytest.mark.parametrize(
    "body",
    [
        b'{"external_id":"x","occurred_at":"2026-03-02T09:00:00Z","type":"withdrawn"}',
        b'{"ty\\u0070e":"withdrawn","external_id":"x","occurred_at":"2026-03-02T09:00:00Z"}',
    ],
    ids=["last", "escaped"],
)
def test_the_type_is_found_wherever_it_stands(body):
    assert isinstance(items.parsed(body), items.Removal)


def test_an_item_of_two_types_is_refused():
    with pytest.raises(items.BadItem, match="type"):
        items.parsed(b'{"type":"said","external_id":"x","occurred_at":"2026-03-02T09:00:00Z","type":"withdrawn"}')


def test_the_first_and_the_last_moment_that_count_are_told_by_the_clock_of_utc():
    assert items.parsed(_body(occurred_at="1970-01-01T02:00:00+02:00"))
    assert items.parsed(_body(occurred_at="2099-12-31T18:59:59-05:00"))
    for outside in ("1970-01-01T01:59:59+02:00", "2099-12-31T19:00:00-05:00", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(items.BadItem, match="1970 to 2100"):
            items.parsed(_body(occurred_at=outside))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"text": "  "}, "nothing was said"),
        ({"author": {"name": "Dana"}}, "id"),
        ({"author": {**DANA, "network": "E MAIL"}}, "network"),
        ({"occurred_at": "2026-03-02T08:30:00"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "1970"),
        ({"occurred_at": "2150-01-01T00:00:00Z"}, "2100"),
        ({"direction": "sideways"}, "direction"),
        ({"permalink": "javascript:alert(1)"}, "permalink"),
        ({"external_id": "two\nlines"}, "external_id"),
        ({"is_admin": True}, "is_admin"),
        ({"type": "promoted"}, "type"),
        ({"extra": {"deep": {"er": 1}}}, "extra"),
    ],
)
def test_an_item_is_refused_with_the_place_of_the_mistake(changes, complaint):
    with pytest.raises(items.BadItem, match=complaint):
        items.parsed(_body(**changes))


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"17", b'"said"', b"\xff\xfe", b"[" * 5000, b'{"type": ["said"]}'])
def test_bytes_that_are_no_item_are_refused_and_break_nothing(body):
    with pytest.raises(items.BadItem):
        items.parsed(body)


def test_a_refusal_does_not_repeat_what_the_customer_wrote():
    with pytest.raises(items.BadItem) as refusal:
        items.parsed(_body(text="my card is 4111 1111 1111 1111", kind="secret words"))
    assert "4111" not in str(refusal.value)


def test_a_list_is_split_into_the_bytes_of_its_items():
    assert split(b' [ {"a":1} , {"b": [2]} ]') == [b'{"a":1}', b'{"b": [2]}']
    assert split(b'{"a":1}') == [b'{"a":1}']
    assert split(b"[1,") == [b"[1,"]


def test_the_same_edit_is_one_delivery_and_the_next_version_another():
    edit = '{{"type":"edited","external_id":"x","version":"{}","occurred_at":"2026-03-02T09:00:00Z","text":"t"}}'
    keys = [items.delivery_of(b, items.parsed(b), spare_key="s").key for b in (edit.format(v).encode() for v in "112")]
    assert keys[0] == keys[1] != keys[2]


def test_a_key_too_long_for_the_store_is_shortened_and_stays_distinct():
    keys = {items.short_key("x" * 300 + end) for end in "ab"}
    assert len(keys) == 2 and all(len(k) <= items.LONGEST_KEY for k in keys)
