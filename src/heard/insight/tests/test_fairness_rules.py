"""Whether all waited alike, and what one order would change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.insight.rules.fairness import FEWEST, Waited, difference, in_one_order, typical

NOW = 1_000_000.0
HOUR = 3600.0


def wait(hours: float | None, *, came: float = 0.0, queue: int = 1, urgency: int = 1, due: float | None = None) -> Waited:
    """Who came at `came` and waited so many hours; None: still waits."""
    ended = None if hours is None else came + hours * HOUR
    return Waited(came, ended, came + 4 * HOUR if due is None else due, queue, (queue, urgency))


def several(hours: float | None, many: int = 40, **more) -> list[Waited]:
    return [wait(None if hours is None else hours + n / 1000, **more) for n in range(many)]


# ── How long ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_typical_wait_is_that_of_the_one_in_the_middle():
    assert typical([wait(1), wait(2), wait(9)], NOW).seconds == 2 * HOUR
    assert typical([], NOW).seconds is None


def test_who_still_waits_counts_as_waiting():
    told = typical([wait(1), wait(2), wait(None), wait(None), wait(None)], NOW)
    assert (told.base, told.still_waiting, told.seconds) == (5, 3, None)
    assert typical([wait(1), wait(2), wait(3), wait(None)], NOW).seconds == 2 * HOUR


# ── One against the other ───────────────────────────────────────────────────────────────────────────────────────────


def test_shouting_was_served_two_hours_sooner():
    found = difference(several(1), several(3), NOW)
    assert found.sooner == pytest.approx(2 * HOUR, abs=200)
    assert found.low <= found.sooner <= found.high
    assert found.is_sure


def test_of_too_few_nothing_is_said():
    found = difference(several(1, FEWEST - 1), several(3), NOW)
    assert (found.sooner, found.is_sure, found.one.base) == (None, False, FEWEST - 1)


def test_what_was_urgent_is_compared_with_what_was_urgent():
    """The loud had more emergencies, which go first: among those who needed it alike, nobody was preferred."""
    loud = [*several(0.5, 60, urgency=3), *several(4, 30)]
    quiet = [*several(0.5, 30, urgency=3), *several(4, 60)]
    found = difference(loud, quiet, NOW)
    assert found.one.seconds < found.other.seconds
    assert not found.is_sure
    assert abs(found.sooner) < 0.5 * HOUR


def test_what_only_one_group_had_is_left_out():
    found = difference([*several(1), *several(9, queue=7)], several(1), NOW)
    assert not found.is_sure


def test_a_group_that_nobody_answers_does_not_look_quick():
    found = difference(several(1), [*several(0.5, 15), *several(None, 40)], NOW)
    assert (found.sooner, found.other.still_waiting) == (None, 40)


@given(st.lists(st.floats(0.1, 50), min_size=FEWEST, max_size=60))
def test_a_group_is_like_itself(hours):
    waits = [wait(h) for h in hours]
    found = difference(waits, waits, NOW)
    assert found.sooner == 0
    assert found.low <= 0 <= found.high


@given(st.lists(st.floats(0.1, 50), min_size=1, max_size=60))
def test_without_anybody_waiting_it_is_the_median(hours):
    waits = [wait(h) for h in hours]
    assert typical(waits, NOW).seconds == pytest.approx(np.quantile([w.ended for w in waits], 0.5, method="inverted_cdf"))


# ── In one order ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_was_due_first_is_served_first_at_the_same_moments():
    quiet = wait(9, came=0)
    shouted = wait(1, came=2 * HOUR)
    fair = in_one_order([quiet, shouted], NOW)
    assert [w.ended for w in fair] == [3 * HOUR, 9 * HOUR]


WAITS = st.lists(
    st.builds(
        lambda came, hours, queue, due: wait(hours, came=came * HOUR, queue=queue, due=(came + due) * HOUR),
        st.integers(0, 50),
        st.one_of(st.none(), st.integers(0, 40)),
        st.integers(1, 3),
        st.integers(1, 9),
    ),
    max_size=40,
)


@given(WAITS)
def test_nobody_works_more_and_nobody_is_served_before_they_came(waits):
    fair = in_one_order(waits, NOW)
    for queue in {w.queue for w in waits}:
        before, after = ([w.ended for w in some if w.queue == queue and w.ended is not None] for some in (waits, fair))
        assert sorted(before) == sorted(after)
    assert all(w.ended is None or w.started <= w.ended for w in fair)
    assert [w._replace(ended=None) for w in fair] == [w._replace(ended=None) for w in waits]


@given(WAITS)
def test_nobody_is_passed_by_somebody_due_later(waits):
    fair = in_one_order(waits, NOW)
    for one in fair:
        for other in fair:
            overtaken = (
                one.queue == other.queue and other.ended is not None and one.started <= other.ended and one.due < other.due
            )
            if overtaken:
                assert one.ended is not None
                assert one.ended <= other.ended
