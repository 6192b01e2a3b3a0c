"""Real posts and support threads go through `heard ingest` and the whole walk, and nobody is left unattended."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.db import connection

from tests.support.servers import require

pytestmark = pytest.mark.data
ROOT = Path(__file__).parents[2]
STORES = {"sqlite": "sqlite", "postgresql": "postgres"}


@cache
def _replayed(name: str) -> dict:
    path = Path(os.environ.get("HEARD_DATA") or ROOT.parent / "shared" / "data") / name
    require(path.exists(), f"real data: {name} (HEARD_DATA or ../shared/data)")
    command = [sys.executable, "bench/replay.py", "--data", str(path), "--quick", "--store", STORES[connection.vendor]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["airline.jsonl.gz", "twcs_head.jsonl.gz"])
def test_of_a_thousand_real_voices_none_is_lost_and_none_unattended(name):
    told = _replayed(name)
    assert (told["n"], told["stored"], told["refused"], told["quarantined"], told["left_waiting"]) == (1000, 1000, 0, 0, 0)
    assert told["unattended"] == 0
    assert sum(told["dispositions"].values()) == told["inbound"]


def test_the_companies_answers_in_real_threads_end_the_wait_of_those_they_answer():
    told = _replayed("twcs_head.jsonl.gz")
    assert told["inbound"] < told["stored"]
    assert told["dispositions"]["answered"] > told["dispositions"]["waiting"]
