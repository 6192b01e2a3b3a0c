"""What is installed is what was resolved, and what was resolved is what the code asks for."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _name(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-").replace(".", "-")


def _locked(file):
    lines = (ROOT / "requirements" / file).read_text().splitlines()
    return {_name(line) for line in lines if re.match(r"[\w.-]+==", line)}


def _asked():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_dependency_is_locked():
    asked = _asked()
    assert {_name(r) for r in asked["project"]["dependencies"]} <= _locked("run.lock")
    assert {_name(r) for r in asked["dependency-groups"]["dev"]} <= _locked("dev.lock")


def test_tests_run_on_what_heard_runs_on():
    def lines(file):
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements" / file).read_text(), flags=re.MULTILINE))

    assert lines("run.lock") <= lines("dev.lock")


@pytest.mark.parametrize("file", ["run.lock", "dev.lock"])
def test_a_lock_names_no_host(file):
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (ROOT / "requirements" / file).read_text())
