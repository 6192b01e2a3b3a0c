"""Threat 42: unsigned or replayed inbound webhooks; threat 34: an empty or a replayed proof."""

from datetime import UTC, datetime, timedelta

import pytest

from heard.listening.channels.api.adapter import Adapter, signature
from heard.listening.channels.contract import Account, BadSignature, Request

SECRET = "a shared secret of thirty-two characters"
BODY = b'{"author":{"id":"1"},"text":"hi"}'


def _account(secret: str = SECRET) -> Account:
    return Account(id=1, kind="api", name="Shop", address="", secrets={"signing_secret": secret})


def _request(*, age: timedelta = timedelta(0), secret: str = SECRET, body: bytes = BODY, **headers: str) -> Request:
    stamp = str(int((datetime.now(UTC) - age).timestamp()))
    signed = {"x-heard-timestamp": stamp, "x-heard-signature": signature(secret, stamp, BODY)}
    return Request(method="POST", path="/hooks/1/", headers={**signed, **headers}, body=body)


def test_a_call_signed_with_the_shared_secret_is_let_in():
    assert Adapter().verify(_request(), _account()) is None


@pytest.mark.parametrize(
    ("call", "secret"),
    [
        pytest.param({"body": BODY + b" "}, SECRET, id="one byte more than was signed"),
        pytest.param({"secret": "another secret"}, SECRET, id="signed by a stranger"),
        pytest.param({"age": timedelta(minutes=6)}, SECRET, id="recorded and replayed later"),
        pytest.param({"age": timedelta(minutes=-6)}, SECRET, id="dated in the future"),
        pytest.param({"x-heard-signature": ""}, SECRET, id="not signed"),
        pytest.param({"x-heard-signature": "sha256="}, SECRET, id="an empty signature"),
        pytest.param({"x-heard-signature": "sha256=é"}, SECRET, id="a signature of strange characters"),
        pytest.param({"x-heard-timestamp": ""}, SECRET, id="no time"),
        pytest.param({"x-heard-timestamp": "٣٣"}, SECRET, id="a time in other digits"),
        pytest.param({"x-heard-timestamp": "9" * 40}, SECRET, id="an endless time"),
        pytest.param({"secret": ""}, "", id="an account without a secret and an empty key"),
    ],
)
def test_a_call_that_does_not_prove_itself_is_refused(call, secret):
    with pytest.raises(BadSignature):
        Adapter().verify(_request(**call), _account(secret))


def test_a_call_without_any_header_is_refused():
    with pytest.raises(BadSignature):
        Adapter().verify(Request(method="POST", path="/hooks/1/", body=BODY), _account())


def test_a_list_in_one_call_is_as_many_deliveries_and_a_bad_item_stands_alone():
    call = _request(body=b'[{"external_id":"a","author":{"id":"1"},"text":"hi"},{"broken":true}]')
    keys = [d.key for d in Adapter().deliveries_of(call)]
    assert keys[0] == "a" and len(keys) == 2


def test_a_call_that_is_no_json_is_kept_whole_to_be_looked_at():
    [delivery] = Adapter().deliveries_of(_request(body=b"not json"))
    assert delivery.body == b"not json"
