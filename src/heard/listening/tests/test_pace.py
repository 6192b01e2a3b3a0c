import pytest

from heard.listening.rules import pace
from heard.listening.rules.pace import Pace


def test_a_burst_is_let_through_and_what_comes_on_top_waits():
    gate = Pace(limit=3, window_seconds=30)
    assert [gate.knock("dana", at_seconds=0) for _ in range(3)] == [0, 0, 0]
    assert gate.knock("dana", at_seconds=0) == 10


def test_after_the_wait_that_was_told_one_may_go_on():
    gate = Pace(limit=1, window_seconds=10)
    gate.knock("dana", at_seconds=0)
    wait = gate.knock("dana", at_seconds=4)
    assert (wait, gate.knock("dana", at_seconds=4 + wait)) == (pytest.approx(6), 0)


def test_knocking_in_vain_does_not_make_the_wait_longer():
    gate = Pace(limit=1, window_seconds=10)
    gate.knock("dana", at_seconds=0)
    waits = [gate.knock("dana", at_seconds=5) for _ in range(50)]
    assert waits == [5] * 50


def test_one_does_not_pay_for_another():
    gate = Pace(limit=1, window_seconds=10)
    gate.knock("eve", at_seconds=0)
    assert gate.knock("dana", at_seconds=0) == 0


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(pace, "MOST_NAMES", 100)
    gate = Pace(limit=1, window_seconds=10)
    for n in range(1000):
        gate.knock(f"stranger {n}", at_seconds=0)
    assert len(gate._left) == 100


def test_without_a_limit_nobody_waits_and_nobody_is_remembered():
    gate = Pace(limit=0, window_seconds=60)
    assert [gate.knock("a network we trust", at_seconds=0) for _ in range(10_000)] == [0] * 10_000
    assert not gate._left
