"""Held to Twilio's own validator."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from heard.listening.channels.contract import Account, BadSignature, Request
from heard.listening.channels.twilio.webhook import prove, signature, spellings

TOKEN = "token-of-acme"
ACCOUNT = Account(id=1, kind="sms", name="Acme", address="+442079460999", secrets={"auth_token": TOKEN})
URL = "https://heard.example/hooks/1/menu?n=1&tries=0"
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(st.dictionaries(names, st.text(st.characters(codec="utf-8"), max_size=40), max_size=8))
def test_signature_is_the_one_that_twilio_makes(fields):
    assert signature(TOKEN, URL, list(fields.items())) == RequestValidator(TOKEN).compute_signature(URL, fields)


def test_value_that_is_told_twice_counts_once_as_at_twilio():
    pairs = [("MediaUrl", "a"), ("MediaUrl", "b"), ("MediaUrl", "a")]
    told = RequestValidator(TOKEN).compute_signature(URL, MultiDict({"MediaUrl": ["a", "b", "a"]}))
    assert signature(TOKEN, URL, pairs) == told


class MultiDict(dict):
    def getlist(self, name):
        return self[name]


@pytest.mark.parametrize(
    "signed_as",
    ["https://heard.example:443/hooks/1/?n=1", "https://heard.example/hooks/1/?n=1"],
)
@pytest.mark.parametrize("ours", ["https://heard.example/hooks/1/?n=1", "https://heard.example:443/hooks/1/?n=1"])
def test_port_that_twilio_adds_or_leaves_out_changes_nothing(signed_as, ours):
    proof = RequestValidator(TOKEN).compute_signature(signed_as, {"Body": "Hi"})
    prove(Request(method="POST", path="/", url=ours, headers={"x-twilio-signature": proof}, body=b"Body=Hi"), ACCOUNT)


def test_other_host_path_query_or_field_is_refused():
    proof = RequestValidator(TOKEN).compute_signature(URL, {"Body": "Hi"})
    places = [URL.replace("heard", "evil"), URL.replace("menu", "number"), URL.replace("n=1", "n=2"), URL + "&x=1", ""]
    calls = [Request(method="POST", path="/", url=url, headers={"x-twilio-signature": proof}, body=b"Body=Hi") for url in places]
    calls.append(Request(method="POST", path="/", url=URL, headers={"x-twilio-signature": proof}, body=b"Body=Ho"))
    for call in calls:
        with pytest.raises(BadSignature):
            prove(call, ACCOUNT)


def test_address_without_a_host_has_spellings_all_the_same():
    assert list(spellings("http://[::1]:8000/x")) == ["http://[::1]:8000/x", "http://[::1]/x"]
