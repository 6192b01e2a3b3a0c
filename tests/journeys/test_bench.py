"""Scripts that print figures must not rot: each runs in its quick form, and its own counts must be exact. No time is asserted."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

STORES = {"sqlite": "sqlite", "postgresql": "postgres"}


def test_the_fixed_stream_goes_the_whole_way_and_is_counted_exactly():
    command = [sys.executable, "bench/ingest.py", "--quick", "--store", STORES[connection.vendor]]
    ended = subprocess.run(command, env=os.environ | {"DATABASE_URL": ""}, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["bench"] == "ingest"
    assert told["value"] > 0 < told["baseline"]
