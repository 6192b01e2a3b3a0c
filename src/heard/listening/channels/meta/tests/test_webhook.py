"""What Meta calls us with: proved over the bytes, and each thing that happened by itself."""

import json

import msgspec
import pytest

from heard.listening.channels.contract import Account, BadSignature, Request
from heard.listening.channels.meta.webhook import WebhookAdapter, moment, signature, split

ACME = Account(id=1, kind="x", name="Acme", address="1", secrets={"app_secret": "shared", "verify_token": "word"})


def asked(**query) -> Request:
    return Request(method="GET", path="/", query={f"hub.{name}": value for name, value in query.items()})


def test_signature_is_of_the_raw_bytes():
    """Meta writes ä as \\u00e4 and / as \\/; whoever parses first and signs what they made of it never agrees."""
    body = rb'{"text": "\u00e4 \/"}'
    call = Request(method="POST", path="/", headers={"x-hub-signature-256": signature("shared", body)}, body=body)
    WebhookAdapter().verify(call, ACME)
    with pytest.raises(BadSignature):
        WebhookAdapter().verify(msgspec.structs.replace(call, body=json.dumps(json.loads(body)).encode()), ACME)


def test_signature_is_what_meta_would_send():
    """From the worked example of RFC 4231, case 2, whose key and data are words."""
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature("Jefe", b"what do ya want for nothing?") == expected


def test_handshake_wants_the_word():
    answer = WebhookAdapter().challenge(asked(mode="subscribe", verify_token="word", challenge="1158201444"), ACME)
    assert (answer.status, answer.body, answer.content_type) == (200, b"1158201444", "text/plain")
    for wrong in ({"verify_token": "guess"}, {"verify_token": ""}, {"verify_token": "word", "challenge": "<b>"}):
        with pytest.raises(BadSignature):
            WebhookAdapter().challenge(asked(mode="subscribe", **{"challenge": "1", **wrong}), ACME)
    assert WebhookAdapter().challenge(asked(mode="unsubscribe"), ACME) is None


def test_one_thing_stays_byte_for_byte():
    body = b'{"object":"page",  "entry":[{"id":"1","time":2,"messaging":[{"a":1}]}]}'
    assert split(body) == [body]


def test_several_things_stand_alone_with_what_is_around_them():
    body = b'{"object":"page","entry":[{"id":"1","time":2,"messaging":[{"a":1}],"changes":[{"field":"feed","value":{}}]},{"id":"2","messaging":[{"b":2}]}]}'
    assert [json.loads(piece) for piece in split(body)] == [
        {"object": "page", "entry": [{"id": "1", "time": 2, "messaging": [{"a": 1}]}]},
        {"object": "page", "entry": [{"id": "1", "time": 2, "changes": [{"field": "feed", "value": {}}]}]},
        {"object": "page", "entry": [{"id": "2", "messaging": [{"b": 2}]}]},
    ]


def test_nobodys_name_travels_with_anothers_words():
    value = {
        "metadata": {"phone_number_id": "9"},
        "contacts": [{"wa_id": "11111", "profile": {"name": "Dana"}}, {"wa_id": "22222", "profile": {"name": "Robin"}}],
        "messages": [{"from": "11111", "id": "a"}, {"from": "22222", "id": "b"}],
    }
    body = json.dumps({"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).encode()
    first, second = (json.loads(piece)["entry"][0]["changes"][0]["value"] for piece in split(body))
    assert [each["profile"]["name"] for each in first["contacts"]] == ["Dana"]
    assert [each["profile"]["name"] for each in second["contacts"]] == ["Robin"]
    assert first["metadata"] == {"phone_number_id": "9"}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"entry": 1}', b'{"entry": [1]}', b"\xff", b"[" * 5000])
def test_what_is_no_call_of_metas_is_kept_whole_to_be_looked_at(body):
    assert split(body) == [body]


def test_time_that_no_calendar_has_is_an_error_of_value():
    with pytest.raises(ValueError, match="no time"):
        moment(10**20)
