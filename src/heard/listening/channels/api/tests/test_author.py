"""One author's words have one key, whatever else stands in the item."""

import pytest

from heard.listening.channels.api.author import author_key

DANA = b'"author": {"id": "dana", "network": "x", "name": "Dana"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{%s, "text": "hello"}' % DANA,
        b'{"text": "hello again", "external_id": "2", %s, "extra": {"a": [1, {"b": null}]}}' % DANA,
        b'{"author": {"network": "x", "id": "DANA"}, "type": "said"}',
    ],
)
def test_author_is_the_same_in_any_item_and_any_case(body):
    assert author_key(body) == "x dana"


def test_the_same_id_on_another_network_is_another_author():
    assert author_key(b'{"author": {"id": "dana"}}') == "web dana"


def test_an_edit_goes_by_what_it_edits():
    assert author_key(b'{"type": "edited", "external_id": "post-1"}') == "post-1"


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[1, 2]", b'{"author": "dana"}', b'{"author": {"id": 7}}', b"[" * 100_000])
def test_what_is_no_item_has_no_author(body):
    assert author_key(body) == ""
