"""What Graph's refusals mean, and how long it asks us to wait."""

import json

import pytest

from heard.listening.channels.contract import Ambiguous, AuthExpired, NotFound, RateLimited, Rejected, Retryable
from heard.listening.channels.meta.errors import WindowClosed, refusal_of, wait_seconds

TOKEN = "EAAG-token"


def refusal(status=400, headers=None, *, writing=True, **error):
    body = json.dumps({"error": {"message": "no", "type": "OAuthException", **error}}).encode()
    return refusal_of(status, body, headers or {}, writing=writing, secrets=[TOKEN, ""])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 190}, AuthExpired),
        ({"code": 4}, RateLimited),
        ({"code": 80007}, RateLimited),
        ({"code": 131056}, RateLimited),
        ({"code": 10, "error_subcode": 2018278}, WindowClosed),
        ({"code": 10, "error_subcode": 2534022}, WindowClosed),
        ({"code": 10}, Rejected),
        ({"code": 131047}, WindowClosed),
        ({"code": 131026}, Rejected),
        ({"code": 131016, "status": 500}, Retryable),
        ({"code": 131000, "status": 500}, Ambiguous),
        ({"code": 1, "writing": False}, Retryable),
        ({"code": 803}, NotFound),
        ({"code": 100, "error_subcode": 33}, NotFound),
        ({"code": 100}, Rejected),
        ({"code": 100, "is_transient": True}, Ambiguous),
        ({"code": 100, "is_transient": True, "writing": False}, Retryable),
    ],
)
def test_code_says_what_is_to_be_done(error, kind):
    assert type(refusal(**error)) is kind


def test_pair_of_numbers_waits_shorter_than_the_whole_business():
    assert refusal(code=131056).after_seconds < refusal(code=80007).after_seconds


def test_token_in_metas_own_words_is_not_passed_on():
    assert TOKEN not in str(refusal(code=190, message=f"Malformed access token {TOKEN}"))
    assert TOKEN not in str(refusal(code=100, message=f"unknown field {TOKEN}"))


def test_words_for_people_come_before_those_for_programs():
    assert "Sign the terms" in str(refusal(code=100, message="(#100) x", error_user_msg="Sign the terms"))
    assert "cannot deliver" in str(refusal(code=131026, message="(#131026) Message undeliverable"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999"}, 3600),
        ({"retry-after": "soon"}, 60),
        ({"x-business-use-case-usage": '{"1": [{"type": "pages", "estimated_time_to_regain_access": 3}]}'}, 180),
        ({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 999}]}'}, 3600),
        ({"x-business-use-case-usage": '{"1": [{"call_count": 100}]}'}, 60),
        ({"x-business-use-case-usage": "nonsense"}, 60),
        ({}, 60),
    ],
)
def test_wait_is_what_the_headers_say(headers, seconds):
    assert wait_seconds(headers) == seconds
