"""The page of figures says what was measured, and every script that measures has a row on it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    from rows import ROWS

    return ROWS


def test_the_page_is_that_of_the_figures():
    done = subprocess.run([sys.executable, "bench/all.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: .venv/bin/python bench/all.py --page"


def test_every_script_that_prints_figures_has_a_row(rows):
    usage = re.compile(r"\.venv/bin/python bench/\S+ (.*\n +)?.*\[--quick\]")  # a long one goes on, indented, in the next line
    scripts = {file.stem for file in BENCH.glob("*.py") if usage.search(file.read_text())}
    assert scripts - {"all", "big_store"} == {row.script for row in rows}


def test_every_row_is_on_the_page(rows):
    page = (ROOT / "docs" / "performance.md").read_text()
    assert [row.name for row in rows if f"## {row.what}\n" not in page] == []


@pytest.fixture
def written(rows):
    """A function: the page, when this is the last line that the row `webhook` has left."""
    import page

    def page_with(**line) -> str:
        said = {"bench": "webhook", "unit": "webhooks/s", "goal": 8000, "baseline": 1000, "ratio": 9.0} | line
        return page.written({"webhook": {"at": "2026-01-05T06:00+00:00", "seconds": 12, "others": 0.1, "line": said}})

    return page_with


def test_a_goal_that_is_met_is_said_to_be(written):
    page = written(value=9000, p95=12.5)
    assert "| ≥ 8,000 webhooks/s | **9,000 webhooks/s** | met |" in page
    assert "| ≤ 20 ms | **12.5 ms** | met |" in page


def test_a_goal_that_is_not_met_is_said_not_to_be(written):
    page = written(value=7999, p95=20.1)
    assert "**7,999 webhooks/s** | not met |" in page
    assert "**20.1 ms** | not met |" in page


def test_a_number_that_a_bench_did_not_give_is_no_goal_met(written):
    assert "| ≤ 20 ms | not measured |  |" in written(value=9000)


def test_memory_beyond_the_goal_is_said(written):
    assert "| 300 MB | 401 MB | not met |" in written(value=9000, rss_mb=300, peak_rss_mb=401)


def test_a_bench_that_fails_gives_its_last_words_and_no_figure(rows, tmp_path, monkeypatch):
    from dataclasses import replace

    import all as everything
    import page

    monkeypatch.setattr(everything, "LOGS", tmp_path)
    row = replace(rows[0], script="no_such_bench")
    found = everything.measured(row, tmp_path, quick=True)
    assert "no_such_bench.py" in found["failed"]
    assert "line" not in found
    assert f"Failed ({found['at'][:10]}" in page.written({row.name: found})


def test_a_bench_that_takes_too_long_is_ended_with_all_that_it_started(rows, tmp_path, monkeypatch):
    from dataclasses import replace

    import all as everything

    monkeypatch.setattr(everything, "LOGS", tmp_path)
    slow = tmp_path / "slow.py"
    slow.write_text("import subprocess; subprocess.run(['sleep', '611.7'])")
    monkeypatch.setattr(everything, "ROOT", tmp_path)
    (tmp_path / "bench").symlink_to(tmp_path)
    row = replace(rows[0], script="slow", arguments=[], size=[])
    with pytest.raises(everything.Failed, match="took longer"):
        everything.last_line(row, row.command(tmp_path, quick=False), 0.5)
    left = subprocess.run(["pgrep", "-f", "^sleep 611.7$"], capture_output=True, check=False)
    assert left.stdout == b""


def test_the_picture_of_growth_can_be_read_by_machines_and_by_those_who_do_not_see_it(rows):
    from xml.etree import ElementTree

    import growth

    sizes = (10_000, 1_000_000)
    steps = [{"interactions": n, "post_us": 40, "inbox_ms": 4, "conversation_ms": 5, "customer_ms": 3} for n in sizes]
    picture = ElementTree.fromstring(growth.drawn({"sqlite": steps, "postgres": steps}))
    told = {part.tag.rpartition("}")[2]: part.text or "" for part in picture}
    assert "inbox, SQLite: 4 at 10 k interactions, 4 at 1 M." in told["desc"]
    lines = [part for part in picture if part.tag.endswith("polyline")]
    assert len(lines) == 2 + 6
    assert all(len(line.get("points").split()) == len(sizes) for line in lines)
