"""The walk behind a broker: workers and the broker itself are killed, and nothing is lost, doubled or out of its order."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest

from heard.governance.permissions import HEARD
from heard.identity.models import Face
from heard.kernel.clock import now
from heard.listening.actions import replay
from heard.listening.channels.contract import RawEvent
from heard.listening.models import ChannelAccount, Delivery, Identity, Interaction
from heard.project.jetstream import PARTITIONS, NoBroker, Publisher, standing
from heard.project.jetstream.packets import sealed
from heard.project.worker import drain
from heard.routing.models import Conversation, Disposition, Entry
from heard.understanding.models import Assessment
from tests.support.house import store_address
from tests.support.servers.nats import start_or_skip
from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

VOICES = 10_000
ROUND = 2500  # with the doubles more than one batch
AUTHORS = 60


@pytest.fixture
def broker():
    server = start_or_skip()
    yield server
    server.stop()


@pytest.fixture
def account_id():
    return ChannelAccount.objects.create(kind="api", name="Firehose").pk


@pytest.fixture
def start(broker):
    """A function that starts a worker in a process of its own; all are stopped at the end."""
    started = []

    def worker(*command: str) -> subprocess.Popen:
        environment = os.environ | {"DATABASE_URL": store_address(), "HEARD_NATS_URL": broker.url, "HEARD_LOG": "error"}
        started.append(subprocess.Popen([sys.executable, *(command or ("-m", "heard", "worker"))], env=environment))
        return started[-1]

    yield worker
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=30)


def _voice(n: int, *, key: str = "") -> RawEvent:
    """Voice n is by author n % AUTHORS, so every author speaks in turn."""
    author = {"id": f"person-{n % AUTHORS}", "name": f"Person {n % AUTHORS}"}
    voice = {
        "external_id": f"voice-{n}",
        "author": author,
        "text": f"My order {n} did not arrive, can you help me?",
        "occurred_at": "2026-11-02T12:00:00Z",
    }
    return RawEvent(key=key or f"voice-{n}", body=msgspec.json.encode(voice), content_type="application/json")


def _poison(key: str) -> RawEvent:
    return RawEvent(key=key, body=b'{"author": {"id": "person-0"}, "text": 7}', content_type="application/json")


def _publish(broker, account_id: int, *posts: RawEvent) -> None:
    with Publisher(broker.url) as publisher:
        assert publisher.publish(account_id, posts) == len(posts)


def _wait_until_walked(broker, *, seconds: float = 120) -> None:
    wait_for(lambda: standing(broker.url).waiting == 0, seconds=seconds, every=0.2)


def _assert_exact(voices: int, authors: int) -> None:
    assert Interaction.objects.count() == voices
    assert Assessment.objects.count() == voices
    assert Disposition.objects.count() == voices
    assert Entry.objects.count() == voices
    assert Identity.objects.count() == Face.objects.count() == authors
    assert Conversation.objects.count() == authors
    assert sum(Conversation.objects.values_list("message_count", flat=True)) == voices


def _assert_each_customer_in_order() -> None:
    """Rows are numbered as they are written down; an author's voices were published by rising n."""
    order = defaultdict(list)
    for author, voice in Interaction.objects.order_by("id").values_list("identity_id", "external_id"):
        order[author].append(int(voice.removeprefix("voice-")))
    assert list(order.values()) == [sorted(voices) for voices in order.values()]


# ── Kills ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workers_and_broker_killed_in_the_middle_leave_exact_counts_and_every_customers_order(broker, account_id, start):
    chance = random.Random(54)
    kills_during_work = 0
    for first in range(0, VOICES, ROUND):
        again = [_voice(n, key=f"again-{n}") for n in range(max(0, first - ROUND), first, 3)]
        _publish(broker, account_id, *(_voice(n) for n in range(first, first + ROUND)), *again)
        walked_before = Interaction.objects.count()
        worker = start()
        wait_for(lambda: Interaction.objects.count() > walked_before, seconds=60, every=0.005)  # noqa: B023
        if first == ROUND:
            broker.kill()
            broker.start()
        time.sleep(chance.uniform(0, 0.15))
        worker.kill()
        worker.wait()
        kills_during_work += standing(broker.url).waiting > 0
    start()
    start()
    _wait_until_walked(broker)

    assert kills_during_work >= 1, "no worker died with work in hand, so this proved nothing"
    _assert_exact(VOICES, AUTHORS)
    _assert_each_customer_in_order()
    assert not Delivery.objects.exists()


def test_broker_killed_while_posts_are_brought_and_walked_loses_none_and_keeps_the_order(broker, account_id, start):
    start()
    start()
    wait_for(lambda: standing(broker.url).held == PARTITIONS, seconds=60)
    brought = threading.Event()

    def kill_it_again_and_again() -> None:
        for seconds in (0.3, 0.9, 0.5):
            brought.wait(seconds)
            broker.kill()
            time.sleep(0.2)
            broker.start()

    trouble = threading.Thread(target=kill_it_again_and_again)
    trouble.start()
    with Publisher(broker.url) as publisher:
        publisher.publish(account_id, _spoken_slowly([n for n in range(15 * ROUND) if n % AUTHORS < 4], seconds=2))
    brought.set()
    trouble.join()
    _wait_until_walked(broker)

    _assert_exact(ROUND, 4)
    _assert_each_customer_in_order()


def _spoken_slowly(numbers: list[int], *, seconds: float) -> Iterator[RawEvent]:
    for n in numbers:
        time.sleep(seconds / len(numbers))
        yield _voice(n)


def test_partitions_of_a_killed_worker_are_read_by_the_others(broker, account_id, start):
    first = start()
    second = start()
    wait_for(lambda: len(_holders()) == 2, seconds=60)
    first.kill()
    first.wait()
    _publish(broker, account_id, *(_voice(n) for n in range(200)))
    _wait_until_walked(broker, seconds=60)
    assert second.poll() is None
    _assert_exact(200, AUTHORS)


def _holders() -> set[str]:
    from heard.kernel.models import Lease

    return set(Lease.objects.filter(name__regex="^jetstream:[0-9]+$").values_list("holder", flat=True))


# ── What comes twice, and what cannot be walked ─────────────────────────────────────────────────────────────────────


def test_what_the_broker_brings_twice_is_there_once(broker, account_id, start):
    voices = [_voice(n) for n in range(150)]
    _publish(broker, account_id, *voices)
    start()
    _wait_until_walked(broker)
    _publish(broker, account_id, *voices, *voices)
    _wait_until_walked(broker)
    _assert_exact(150, AUTHORS)
    assert not Delivery.objects.exists()


def test_poison_in_the_middle_of_a_packet_ends_alone_in_quarantine_with_its_bytes(broker, account_id, start):
    start()
    _publish(broker, account_id, *(_voice(n) for n in range(90)), _poison("bad"), *(_voice(n) for n in range(90, 180)))
    _wait_until_walked(broker)
    [aside] = Delivery.objects.all()
    assert (aside.delivery_key, aside.state) == ("bad", Delivery.State.QUARANTINED)
    assert aside.reason
    _assert_exact(180, AUTHORS)
    replay(HEARD, [aside.pk])
    wait_for(lambda: Delivery.objects.filter(state=Delivery.State.QUARANTINED).exists())
    assert Delivery.objects.get().reason == aside.reason


def test_a_message_that_is_no_packet_and_posts_for_no_account_are_laid_aside_and_hold_nobody_up(broker, account_id, start):
    homeless = sealed(account_id + 99, [_voice(1000)], received_at=now())
    for partition in range(PARTITIONS):
        _send(broker, f"heard.intake.{partition}", b"\xff hello", homeless)
    _publish(broker, account_id, *(_voice(n) for n in range(100)))
    start()
    _wait_until_walked(broker)
    _assert_exact(100, AUTHORS)
    assert standing(broker.url).refused == 2 * PARTITIONS


def _send(broker, subject: str, *messages: bytes) -> None:
    import asyncio

    import nats

    async def send() -> None:
        link = await nats.connect(broker.url)
        for message in messages:
            await link.jetstream().publish(subject, message)
        await link.close()

    standing(broker.url)  # makes the stream
    asyncio.run(send())


KILLER = """
import os, threading, django
django.setup()
from heard.listening.channels.api.adapter import Adapter
from heard.project import jetstream
normalise = Adapter.normalise
Adapter.normalise = lambda self, raw, account: os._exit(9) if raw.key == "deadly" else normalise(self, raw, account)
jetstream.work(lambda: False)
"""


def test_a_post_that_kills_its_workers_is_kept_as_a_row_where_its_attempts_are_counted(broker, account_id, start):
    deadly = msgspec.structs.replace(_voice(AUTHORS), key="deadly")
    _publish(broker, account_id, _voice(0), deadly, *(_voice(n) for n in range(1, 20)))
    dead = 0
    while standing(broker.url).waiting:
        assert dead < 10, "it kills for ever"
        worker = start("-c", KILLER)
        wait_for(lambda: worker.poll() is not None or standing(broker.url).waiting == 0, seconds=60, every=0.2)  # noqa: B023
        dead += worker.poll() == 9
    assert dead == 6
    assert Delivery.objects.filter(delivery_key="deadly", state=Delivery.State.WAITING).exists()
    drain()  # by a worker that can read it
    _assert_exact(21, 20)


# ── Bringing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_posts_too_large_for_the_broker_are_kept_in_the_store(broker, account_id):
    large = RawEvent(key="large", body=b" " * 1_100_000 + _voice(7).body, content_type="application/json")
    _publish(broker, account_id, _voice(1), large)
    assert standing(broker.url).waiting == 1
    assert drain() == 1
    assert Interaction.objects.get().external_id == "voice-7"


def test_whoever_brings_posts_is_told_when_the_broker_does_not_take_them(broker, account_id):
    with Publisher(broker.url, patience_seconds=0.5) as publisher:
        broker.kill()
        with pytest.raises(NoBroker):
            publisher.publish(account_id, [_voice(1)])
        broker.start()

        def bring_again() -> int:
            with suppress(NoBroker):
                return publisher.publish(account_id, [_voice(1)])
            return 0

        assert wait_for(bring_again, seconds=60) == 1


def test_ingest_brings_a_file_through_the_broker(broker, start, tmp_path, capsys, monkeypatch):
    from heard.project.cli import main

    lines = [json.dumps({"external_id": str(n), "author": {"id": f"a{n % 5}"}, "text": "Hello there"}) for n in range(40)]
    file = tmp_path / "voices.jsonl"
    file.write_text("\n".join([*lines, "{not json"]))
    assert main(["ingest", str(file), "--nats"]) == 2
    assert "HEARD_NATS_URL" in capsys.readouterr().err
    monkeypatch.setenv("HEARD_NATS_URL", broker.url)
    assert main(["ingest", str(file), "--nats"]) == 0
    said = capsys.readouterr().out
    assert "passed on 40" in said and "refused 1" in said
    start()
    _wait_until_walked(broker)
    assert Interaction.objects.count() == 40


def test_doctor_tells_how_the_broker_is_doing(broker, account_id, monkeypatch):
    from heard.project.doctor import findings

    monkeypatch.setenv("HEARD_NATS_URL", broker.url)
    _publish(broker, account_id, _voice(1))
    told = list(findings())
    assert (False, "Nobody reads what waits at the broker. Start: heard worker") in told
    broker.kill()
    assert any(not fine and "does not answer" in finding for fine, finding in findings())
