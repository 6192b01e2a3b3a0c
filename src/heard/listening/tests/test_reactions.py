"""Which reactions stand, whatever the order in which we heard of them."""

from datetime import UTC, datetime, timedelta

import pytest

from heard.listening.rules.reactions import standing

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DANA, EVE = 1, 2


def at(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("told", "stand"),
    [
        ([], {}),
        ([("👍", True, DANA, at(1)), ("👍", True, EVE, at(1))], {"👍": 2}),
        ([("👍", False, DANA, at(2))], {}),
        ([("👍", True, DANA, at(1)), ("", False, DANA, at(2))], {}),
        ([("", False, DANA, at(2)), ("👍", True, DANA, at(2))], {}),  # in one second: taken back, as nobody takes back before
        ([("👍", True, DANA, at(1)), ("", False, DANA, at(3)), ("👎", True, DANA, at(4))], {"👎": 1}),
        ([("👍", True, DANA, at(5)), ("", False, DANA, at(3))], {"👍": 1}),
        ([("👍", True, DANA, at(1)), ("", False, EVE, at(2))], {"👍": 1}),
    ],
)
def test_reaction_that_was_taken_back_without_its_name_stands_no_longer(told, stand):
    assert standing(told) == standing(told[::-1]) == stand
