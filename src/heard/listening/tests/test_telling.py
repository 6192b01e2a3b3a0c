"""When administrators are told: a table of what was told, what is found, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest

from heard.listening.rules.health import Finding
from heard.listening.rules.telling import Told, next_step

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def ago(**time) -> datetime:
    return NOW - timedelta(**time)


FAILING = Told("failing", ago(hours=5), None)
PAUSED = Told("paused", ago(hours=5), None)


@pytest.mark.parametrize(
    ("told", "finding", "step"),
    [
        (None, Finding("hearing", None, ""), None),
        (None, Finding("failing", ago(minutes=3), "busy"), None),  # it may pass
        (None, Finding("failing", ago(minutes=11), "busy"), "tell"),
        (None, Finding("silent", ago(hours=1), ""), "tell"),
        (None, Finding("paused", ago(seconds=1), "no sign-in"), "tell"),  # it will not pass
        (None, Finding("off", None, ""), None),
        (FAILING, Finding("failing", ago(hours=6), ""), None),  # once an incident
        (FAILING, Finding("silent", ago(hours=6), ""), None),
        (FAILING, Finding("paused", ago(hours=6), ""), "tell"),  # now a person is needed
        (PAUSED, Finding("paused", ago(days=6), ""), None),
        (PAUSED, Finding("untested", None, ""), None),  # somebody is at it
        (PAUSED, Finding("hearing", NOW, ""), "over"),
        (PAUSED, Finding("off", None, ""), "forget"),
        (FAILING._replace(over_at=ago(minutes=30)), Finding("failing", ago(minutes=20), ""), None),  # it comes and goes
        (FAILING._replace(over_at=ago(minutes=30)), Finding("hearing", NOW, ""), None),
        (FAILING._replace(over_at=ago(minutes=61)), Finding("failing", ago(minutes=20), ""), "tell"),
        (FAILING._replace(over_at=ago(minutes=61)), Finding("hearing", NOW, ""), "forget"),
    ],
)
def test_an_incident_is_told_once_and_its_end_once(told, finding, step):
    assert next_step(told, finding, now=NOW) == step
