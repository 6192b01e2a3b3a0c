import json

import pytest

from heard.listening.channels.contract import Ambiguous, AuthExpired, NotFound, RateLimited, Rejected, Retryable
from heard.listening.channels.google.errors import refusal_of


def refusal(code, reason="", message="", *, writing=False, headers=(), **error):
    body = json.dumps({"error": {"code": code, "message": message, "errors": [{"reason": reason}], **error}}).encode()
    return refusal_of(code, body, dict(headers), writing=writing, quota_wait_seconds=lambda: 7000, secrets=["hush-hush"])


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "quotaExceeded", RateLimited),
        (403, "userRateLimitExceeded", RateLimited),
        (429, "", RateLimited),
        (401, "authError", AuthExpired),
        (403, "insufficientPermissions", AuthExpired),
        (403, "accessNotConfigured", Rejected),
        (403, "commentsDisabled", Rejected),
        (400, "processingFailure", Rejected),
        (404, "videoNotFound", NotFound),
        (503, "backendError", Retryable),
    ],
)
def test_reason_decides_what_is_to_be_done(status, reason, kind):
    assert type(refusal(status, reason)) is kind


def test_newer_apis_word_it_otherwise_and_mean_the_same():
    assert isinstance(
        refusal(403, status="PERMISSION_DENIED", details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]), AuthExpired
    )
    assert isinstance(refusal(400, status="RESOURCE_EXHAUSTED"), RateLimited)


def test_trouble_while_writing_leaves_open_whether_it_was_done():
    assert isinstance(refusal(500, writing=True), Ambiguous)


def test_wait_is_googles_own_else_that_of_the_quota():
    assert refusal(403, "quotaExceeded").after_seconds == 7000
    assert refusal(403, "quotaExceeded", headers={"retry-after": "12"}.items()).after_seconds == 12
    assert refusal(429, headers={"retry-after": "soon"}.items()).after_seconds == 60


def test_words_are_ours_where_we_know_better_and_never_hold_a_secret():
    assert "switched off for this video" in str(refusal(403, "commentsDisabled", "The video identified by the videoId"))
    assert str(refusal(400, "bad", "Invalid value hush-hush given")) == "Google says: Invalid value … given"
    assert str(refusal_of(500, b"<html>", {}, writing=False, quota_wait_seconds=lambda: 1, secrets=[])) == "Google answers 500"
