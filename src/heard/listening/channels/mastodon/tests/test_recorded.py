"""What a Mastodon 4.5 really answered, as the tests of Mastodon.py recorded it: each status and notification through `normalise`."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml

from heard.listening.channels.contract import Account, RawEvent, Said, Unknown
from heard.listening.channels.mastodon.adapter import Adapter
from heard.listening.channels.mastodon.payloads import Instance, decode
from tests.support.closed.vendor_data import files_of

pytestmark = pytest.mark.data
ACCOUNT = Account(
    id=1, kind="mastodon", name="Test", address="@mastodonpy_test@localhost:3000", config={"base_url": "http://localhost:3000"}
)


def answers() -> Iterator[tuple[str, object]]:
    """(address asked, what it answered) of all that is JSON."""
    for path, body in sorted(files_of("mastodon_cassettes").items()):
        for exchange in yaml.safe_load(body)["interactions"] if path.endswith(".yaml") else ():
            said = exchange["response"]["body"].get("string") or ""
            if said[:1] in ("{", "["):
                yield exchange["request"]["uri"], json.loads(said)


def things(answer: object) -> Iterator[tuple[str, dict]]:
    """Every status and notification in an answer, however deep, with what it is."""
    if isinstance(answer, list):
        for each in answer:
            yield from things(each)
    elif isinstance(answer, dict):
        if {"account", "created_at", "visibility"} <= answer.keys():
            yield "status", answer
        elif {"account", "type", "created_at"} <= answer.keys():
            yield "notification", answer
        for each in answer.values():
            yield from things(each)


def heard(event: str, thing: object) -> list:
    return Adapter().normalise(RawEvent(key="k", body=json.dumps(thing).encode(), headers={"event": event}), ACCOUNT)


def meaning(event: str, thing: object) -> str:
    try:
        events = heard(event, thing)
    except ValueError:
        return "refused"
    return "unknown" if all(isinstance(each, Unknown) for each in events) else "understood"


def test_every_recorded_status_and_notification_is_understood():
    counted = Counter(meaning(event, thing) for _, answer in answers() for event, thing in things(answer))
    assert counted == {"understood": 60}


def test_what_is_neither_is_refused_and_never_half_understood():
    others = [a for _, a in answers() if isinstance(a, dict) and not list(things(a))]
    counted = Counter(meaning(event, each) for each in others for event in ("status", "notification"))
    assert counted["understood"] == 0
    assert counted["refused"] > 10


def test_recorded_quote_is_kept_with_what_it_quotes():
    quotes = [
        heard("status", t)[0]
        for _, a in answers()
        for kind, t in things(a)
        if kind == "status" and t.get("quote") and t.get("content")
    ]
    assert quotes
    assert all(isinstance(each, Said) and each.extra["quotes"]["uri"] and "> " in each.full_text for each in quotes)


def test_recorded_instances_tell_what_they_take():
    told = [decode(json.dumps(a).encode(), Instance) for uri, a in answers() if uri.rstrip("/").endswith("/api/v2/instance")]
    assert {(each.software, each.max_characters) for each in told} == {("mastodon", 500)}
