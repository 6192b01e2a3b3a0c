"""Scripts that print figures must not rot: each runs in its quick form, and its own counts must be exact. No time is asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
STORES = {"sqlite": "sqlite", "postgresql": "postgres"}


def test_the_fixed_stream_goes_the_whole_way_and_is_counted_exactly():
    command = [sys.executable, "bench/ingest.py", "--quick", "--store", STORES[connection.vendor]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["bench"] == "ingest"
    assert told["value"] > 0 < told["baseline"]
