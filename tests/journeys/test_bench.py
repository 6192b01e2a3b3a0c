"""Scripts that print figures must not rot: each runs in its quick form, and its own counts must be exact. No time is asserted."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from tests.support.servers import require
from tests.support.servers.nats import program

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
STORES = {"sqlite": "sqlite", "postgresql": "postgres"}


@pytest.fixture(scope="module", autouse=True)
def tables_are_made_once(tmp_path_factory) -> Iterator[None]:
    """Each bench has a store of its own; making its tables was a third of what they all took."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(ROOT / "bench"))
        store = import_module("store")
        with store.empty_store(STORES[connection.vendor], str(tmp_path_factory.mktemp("empty"))) as address:
            patched.setenv(store.EMPTY_STORE, address)
            yield


def quick(name: str, *arguments: str) -> dict:
    """The last line of `bench/NAME.py --quick`, checked for what every bench says."""
    command = [sys.executable, f"bench/{name}.py", "--quick", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["bench"] == name
    assert told["value"] > 0
    assert {"unit", "goal", "baseline", "ratio", "load", "pace_ms", "machine"} <= told.keys()
    return told


def this_store() -> list[str]:
    """Arguments for a bench that runs on either database: the one that the suite is running on."""
    return ["--store", STORES[connection.vendor]]


def test_the_fixed_stream_goes_the_whole_way_and_is_counted_exactly():
    assert quick("ingest", *this_store())["baseline"] > 0


def test_cost_is_measured_on_stores_of_two_sizes():
    sizes = [step["interactions"] for step in quick("growth", *this_store())["steps"]]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 2 * sizes[0]


def test_a_house_at_work_is_read_from_while_it_takes_in_and_nothing_goes_wrong():
    told = quick("soak", *this_store())
    assert told["trouble"] == {}
    assert set(told["pages"]) == {"inbox", "conversation", "draft", "customer", "search"}
    assert told["held"] > 0


def test_a_store_is_multiplied_and_every_row_leads_somewhere():
    told = quick("big_store", *this_store())
    assert told["conversations"] >= 1000
    assert told["long_ids"] == 4


def test_signed_webhooks_are_answered_over_many_connections_and_each_is_stored_as_it_was_sent():
    told = quick("webhook", *this_store())
    assert told["p50"] <= told["p95"] <= told["p99"]
    assert told["baseline"] > 0


def test_brands_are_found_as_a_regular_expression_for_each_finds_them():
    told = quick("matcher", "--data", "nowhere")
    assert told["named"] > 0
    assert told["checked"] > 0


def test_voices_are_read_in_batches_as_they_are_read_alone():
    told = quick("understanding")
    assert (told["task"], told["path"]) == ("path", "default")
    assert told["n"] > 1000
    assert told["baseline"] > 0


def test_mails_go_from_a_real_mailbox_to_where_they_are_found(mail_server):
    told = quick("mail", *this_store())
    assert told["accepted"] == told["written_down"] == told["n"]
    assert told["searched"] > 0
    assert told["threaded_right"] > 0 == told["threaded_wrong"] + told["strangers_mixed"]


def test_live_pages_are_told_exactly_what_they_may_see_and_what_came_of_a_webhook():
    told = quick("live", *this_store())
    assert told["delivered"] == 100
    assert told["webhook_to_page_ms"]["p50"] > 0


def test_pages_answer_with_what_they_should_hold():
    told = quick("pages", *this_store())
    assert set(told["pages"]) == {"inbox", "conversation", "customer"}
    assert told["conversations"] >= 1000


def test_a_spike_goes_through_the_broker_and_every_post_is_counted():
    require(program(), "nats-server (tests/support/install_servers.py)")
    told = quick("spike", *this_store())
    assert told["posts"] == 5000
    assert told["buffered"] <= told["value"]


def test_everybody_finds_what_they_may_see_and_is_timed():
    told = quick("search", *this_store())
    assert set(told["by_viewer"]) == {"everything", "half", "handful"}
    assert told["ranked"]["p95"] > 0 < told["baseline"]
