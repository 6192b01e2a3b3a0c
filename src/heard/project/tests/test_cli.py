"""What an operator types, and what they read when something is wrong."""

import os
import socket
import subprocess
import sys

import pytest


def _heard(*words: str, tmp_path, **environment: str) -> subprocess.CompletedProcess:
    settings = {"HEARD_HOME": str(tmp_path), "DATABASE_URL": "", **environment}
    return subprocess.run(
        [sys.executable, "-m", "heard", *words], env=os.environ | settings, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("DATABASE_URL", "mysql://x", "expected sqlite or postgresql"),
        ("HEARD_LISTEN", "8000", "expected HOST:PORT"),
        ("HEARD_SECRET_KEY", "short", "needs 32 or more"),
        ("HEARD_LEAVE_OUT", "routing", "cannot be left out"),
        ("HEARD_DEBUG", "perhaps", "say yes or no"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong_with_it(tmp_path, setting, value, says):
    ended = _heard("doctor", tmp_path=tmp_path, **{setting: value})
    assert ended.returncode == 2
    assert setting in ended.stderr
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_doctor_finds_missing_tables_and_then_nothing_wrong(tmp_path):
    before = _heard("doctor", tmp_path=tmp_path)
    assert before.returncode == 1
    assert "Run: heard migrate" in before.stdout
    assert _heard("migrate", tmp_path=tmp_path).returncode == 0
    after = _heard("doctor", tmp_path=tmp_path)
    assert (after.returncode, after.stdout.strip().splitlines()[-1]) == (0, "Nothing is wrong.")


def test_rooms_beyond_the_inbox_can_be_left_out(tmp_path):
    assert _heard("migrate", tmp_path=tmp_path, HEARD_LEAVE_OUT="community, insight,transparency").returncode == 0
    assert _heard("doctor", tmp_path=tmp_path, HEARD_LEAVE_OUT="community").returncode == 0


def test_a_store_that_is_away_is_said_in_one_line(tmp_path):
    ended = _heard("migrate", tmp_path=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert ended.returncode == 1
    assert ended.stderr.startswith("heard: the store does not answer")
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_stops_nothing_half_way(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ended = _heard("up", tmp_path=tmp_path, HEARD_LISTEN=f"127.0.0.1:{other.getsockname()[1]}")
    assert ended.returncode == 1
    assert "Set HEARD_LISTEN to another one" in ended.stderr
    assert "Traceback" not in ended.stderr
