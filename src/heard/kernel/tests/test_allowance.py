from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.kernel import allowance
from heard.kernel.rules import allowance as rules

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@given(per_minute=st.integers(1, 120), pauses=st.lists(st.floats(0, 40), min_size=1, max_size=400), waiting=st.booleans())
def test_never_more_than_a_minute_allows(per_minute, pauses, waiting):
    known, clock, granted = rules.fresh(per_minute, now=NOON), 0.0, []
    for pause in pauses:
        clock += pause
        known, wait = rules.asked(known, per_minute=per_minute, now=at(clock), keeps_back=waiting)
        granted += [clock] if wait == 0 else []
    assert all(sum(1 for other in granted if one <= other < one + 59.999) <= per_minute for one in granted)


@given(per_minute=st.integers(1, 600), waiting=st.booleans())
def test_who_waits_as_long_as_told_is_let_in(per_minute, waiting):
    known, clock = rules.fresh(per_minute, now=NOON), 0.0
    for _ in range(20):
        known, wait = rules.asked(known, per_minute=per_minute, now=at(clock), keeps_back=waiting)
        if wait:
            clock += wait + 1e-5
            known, wait = rules.asked(known, per_minute=per_minute, now=at(clock), keeps_back=waiting)
        assert wait == 0


@given(per_minute=st.integers(8, 600), calls=st.integers(0, 50))
def test_what_can_wait_leaves_something_to_what_cannot(per_minute, calls):
    known = rules.fresh(per_minute, now=NOON)
    for _ in range(calls):
        known, _ = rules.asked(known, per_minute=per_minute, now=NOON, keeps_back=True)
    _, wait = rules.asked(known, per_minute=per_minute, now=NOON, keeps_back=False)
    assert wait == 0


@pytest.mark.django_db
def test_one_name_is_one_allowance_for_all_who_ask():
    assert [allowance.wait_seconds("a", per_minute=4, now=NOON) for _ in range(2)] == [0, 15]
    assert allowance.wait_seconds("b", per_minute=4, now=NOON) == 0


@pytest.mark.django_db
def test_calls_made_besides_count_and_make_no_debt():
    allowance.spend("a", 1000, per_minute=60, now=NOON)
    assert 0 < allowance.wait_seconds("a", per_minute=60, now=NOON) < 2


@pytest.mark.django_db
def test_closed_is_closed_for_everybody_until_the_later_end():
    allowance.close("a", until=at(90), per_minute=60, now=NOON)
    allowance.close("a", until=at(30), per_minute=60, now=NOON)
    assert allowance.wait_seconds("a", per_minute=60, now=NOON) == 90
    assert allowance.wait_seconds("a", per_minute=60, now=at(91)) == 0
