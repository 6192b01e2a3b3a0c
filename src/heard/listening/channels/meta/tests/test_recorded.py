"""Answers of Facebook and Instagram as others recorded them: what we read of them fits, and none passes for a webhook."""

import json
from collections import Counter

import msgspec
import pytest

from heard.listening.channels.contract import Account, RawEvent
from heard.listening.channels.facebook.adapter import Adapter as Facebook
from heard.listening.channels.instagram.adapter import Adapter as Instagram
from heard.listening.channels.instagram.send import Reply
from heard.listening.channels.meta.errors import problem_of
from heard.listening.channels.meta.outgoing import Talk, Told, time_of
from heard.listening.channels.meta.token import Inspected
from tests.support.closed import recorded
from tests.support.closed.vendor_data import files_of

pytestmark = pytest.mark.data


def answers() -> dict[str, bytes]:
    return {path: body for path, body in files_of("facebook_instagram_json").items() if path.endswith(".json")}


@pytest.mark.parametrize("adapter", [Facebook(), Instagram()], ids=["facebook", "instagram"])
def test_no_recorded_answer_passes_for_a_webhook(adapter):
    account = Account(id=1, kind=adapter.kind, name="Acme", address="2121008874780932")
    refused = Counter(is_refused(adapter, body, account) for body in answers().values())
    assert refused == {True: len(answers())}
    assert len(answers()) > 100


def is_refused(adapter, body: bytes, account: Account) -> bool:
    try:
        adapter.normalise(RawEvent(key="k", body=body), account)
    except ValueError:
        return True
    return False


def read(thing: object, type_: type):
    return msgspec.json.decode(json.dumps(thing), type=type_)


def test_recorded_comments_messages_and_talks_are_read():
    said = [
        read(each, Told)
        for name in ("comment", "message")
        for each in recorded.recorded(name)
        if {"id", "created_time"} <= set(each)
    ]
    replies = [read(each, Reply) for each in recorded.recorded("ig_comment") if "timestamp" in each]
    assert all(time_of(each.created_time).year > 2000 and each.id for each in said if each.created_time)
    assert all(time_of(each.timestamp).year > 2000 for each in replies)
    assert len(said) > 5
    assert len(replies) > 5
    assert all(read(each, Talk) for each in recorded.recorded("conversation"))


def test_recorded_errors_and_tokens_are_read():
    errors = [problem_of(json.dumps(each).encode()) for each in recorded.recorded("error")]
    assert {error.code for error in errors} == {100}
    [token] = [read(each, Inspected).data for each in recorded.recorded("token")]
    assert token.is_valid
    assert "manage_pages" in token.scopes
    assert token.ends_at().year == 2019


def test_a_person_has_one_id_on_a_page_in_comments_as_in_messages():
    """Why a Page and its Messenger are one account, and one identity: Meta says so, we do not guess."""
    comment = next(each for each in recorded.recorded("comment") if "from" in each)
    message = next(each for each in recorded.recorded("message") if each.get("from", {}).get("name") == comment["from"]["name"])
    assert comment["from"]["id"] == message["from"]["id"]
