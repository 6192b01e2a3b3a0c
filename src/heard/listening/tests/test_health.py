from datetime import UTC, datetime, timedelta

import pytest

from heard.listening.rules.health import Vitals, examine

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def ago(**parts) -> datetime:
    return NOW - timedelta(**parts)


def vitals(**known) -> Vitals:
    usual = {
        "state": "ok",
        "created_at": ago(days=30),
        "last_success_at": ago(seconds=40),
        "failing_since": None,
        "failures": 0,
        "last_error": "",
        "silent_after_seconds": 900,
    }
    return Vitals(**{**usual, **known})


@pytest.mark.parametrize(
    ("story", "known", "condition", "since"),
    [
        ("polls every minute", {}, "hearing", ago(seconds=40)),
        ("one hiccup", {"failures": 1, "failing_since": ago(minutes=1), "last_error": "timeout"}, "hearing", ago(seconds=40)),
        ("server down for an hour", {"state": "failing", "failures": 9, "failing_since": ago(hours=1)}, "failing", ago(hours=1)),
        (
            "password changed over there",
            {"state": "paused", "failures": 1, "failing_since": ago(hours=2)},
            "paused",
            ago(hours=2),
        ),
        ("no word and no error", {"last_success_at": ago(minutes=20)}, "silent", ago(minutes=20)),
        ("never any success since it was connected", {"state": "new", "last_success_at": None}, "silent", ago(days=30)),
        ("connected a moment ago", {"state": "new", "last_success_at": None, "created_at": ago(seconds=5)}, "untested", None),
        ("a form nobody used yet", {"state": "new", "last_success_at": None, "silent_after_seconds": None}, "untested", None),
        ("a form last used in January", {"last_success_at": ago(days=60), "silent_after_seconds": None}, "hearing", ago(days=60)),
        ("switched off while failing", {"state": "off", "failures": 9}, "off", None),
    ],
)
def test_what_we_say_of_a_channel(story, known, condition, since):
    found = examine(vitals(**known), now=NOW)
    assert (found.condition, found.since) == (condition, since), story


def test_a_silent_channel_is_an_alarm():
    """Threat 56."""
    assert examine(vitals(last_success_at=ago(minutes=16)), now=NOW).is_blind
    assert not examine(vitals(last_success_at=ago(minutes=14)), now=NOW).is_blind


def test_the_cause_is_what_the_network_said():
    found = examine(vitals(state="failing", failures=4, last_error="535 wrong password"), now=NOW)
    assert found.cause == "535 wrong password"
