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
    scripts = {
        file.stem for file in BENCH.glob("*.py") if re.search(r"\.venv/bin/python bench/\S+ .*\[--quick\]", file.read_text())
    }
    assert scripts - {"all", "big_store"} == {row.script for row in rows}


def test_every_row_is_on_the_page(rows):
    page = (ROOT / "docs" / "performance.md").read_text()
    assert [row.name for row in rows if f"## {row.what}\n" not in page] == []
