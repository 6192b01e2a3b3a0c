"""Two suites at once end as one: the exit code is that of a failure, and the last line never hides one."""

import sys

import pytest

from tests.support.both import Run, run

FINE = "print('.. [100%]'); print('===== 2 passed in 0.01s =====')"
BROKEN = (
    "import sys; print('.F [100%]'); print('===== short test summary info ====='); print('FAILED test_it.py::test_it')\n"
    "print('===== 1 failed, 1 passed in 0.01s ====='); sys.exit(1)"
)
DEAD = "import os, sys; print('half a line', flush=True); os.abort()"


@pytest.fixture
def suites(tmp_path, capfdbinary):
    """A function: runs two programs as the suites of the two databases; gives exit code and lines."""

    def both(first: str, second: str) -> tuple[int, list[str]]:
        runs = [
            Run(name, [sys.executable, "-c", program], tmp_path / name, {"DATABASE_URL": ""})
            for name, program in (("SQLite", first), ("PostgreSQL", second))
        ]
        code = run(*runs)
        return code, capfdbinary.readouterr().out.decode().splitlines()

    return both


def test_two_that_pass_end_on_the_last_line_of_pytest(suites):
    passed = [".. [100%]", "===== 2 passed in 0.01s ====="]
    assert suites(FINE, FINE) == (0, ["── tests on SQLite", *passed, "── tests on PostgreSQL", *passed])


@pytest.mark.parametrize("programs", [(BROKEN, FINE), (FINE, BROKEN), (BROKEN, BROKEN)])
def test_a_failure_of_either_is_the_end_of_it(suites, programs):
    code, lines = suites(*programs)
    assert code == 1
    assert lines[-1] == "===== 1 failed, 1 passed in 0.01s ====="
    assert "FAILED test_it.py::test_it" in lines[-3:]


def test_one_that_dies_is_a_failure_and_its_last_words_are_shown(suites):
    code, lines = suites(DEAD, FINE)
    assert code != 0
    assert lines[-1] == "half a line"


def test_each_has_a_home_of_its_own(suites, tmp_path):
    where = "import os; print(os.environ['HEARD_HOME'])"
    _, lines = suites(where, where)
    assert lines[1::2] == [str(tmp_path / "SQLite"), str(tmp_path / "PostgreSQL")]
