"""Threat 54: `kill -9` of a worker at any point of the walk loses nothing and does nothing twice, with doubled deliveries."""

import os
import random
import signal
import subprocess
import sys
import time

import msgspec
import pytest
from django.db import connection

from heard.identity.models import Face
from heard.listening.actions import receive
from heard.listening.channels.contract import RawEvent
from heard.listening.models import ChannelAccount, Delivery, Identity, Interaction
from heard.routing.models import Conversation, Disposition, Entry
from heard.understanding.models import Assessment

pytestmark = pytest.mark.django_db(transaction=True)

VOICES = 1500
AUTHORS = 200
KILLS = 6


def _body(n: int) -> bytes:
    author = {"id": f"person-{n % AUTHORS}", "name": f"Person {n % AUTHORS}"}
    voice = {
        "external_id": f"voice-{n}",
        "author": author,
        "text": f"My order {n} did not arrive, can you help me?",
        "occurred_at": "2026-11-02T12:00:00Z",
    }
    return msgspec.json.encode(voice)


def _deliveries() -> list[RawEvent]:
    """Every voice; a third of them a second time under another delivery key, in a shuffled order."""
    once = [RawEvent(key=f"once-{n}", body=_body(n), content_type="application/json") for n in range(VOICES)]
    again = [RawEvent(key=f"again-{n}", body=_body(n), content_type="application/json") for n in range(0, VOICES, 3)]
    shuffled = [*once, *again]
    random.Random(54).shuffle(shuffled)
    return shuffled


def _environment() -> dict[str, str]:
    """The test's own store, for a worker that is a process of its own."""
    settings = connection.settings_dict
    url = f"sqlite:///{settings['NAME']}"
    address = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    return os.environ | {"DATABASE_URL": url if connection.vendor == "sqlite" else address, "HEARD_LOG": "error"}


def _start_worker() -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "heard", "worker"], env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _wait_until(is_true, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.02)
    return False


def _walked() -> int:
    return Delivery.objects.filter(state=Delivery.State.WALKED).count()


def test_workers_killed_at_random_points_leave_exact_counts():
    account = ChannelAccount.objects.create(kind="api", name="Shop")
    deliveries = _deliveries()
    receive(account.pk, deliveries[:100])
    chance = random.Random(9)
    kills_during_work = 0
    for round_ in range(KILLS):
        receive(account.pk, deliveries[100 + round_ * 300 : 100 + (round_ + 1) * 300])
        before = _walked()
        worker = _start_worker()
        assert _wait_until(Delivery.objects.exclude(claimed_by="").exists, 30), worker.stderr.read1().decode()
        time.sleep(chance.uniform(0, 0.25))
        kills_during_work += Delivery.objects.filter(state=Delivery.State.WAITING).exists()
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stderr.close()
        assert _walked() >= before
    receive(account.pk, deliveries)
    last = _start_worker()
    try:
        assert _wait_until(lambda: not Delivery.objects.filter(state=Delivery.State.WAITING).exists(), 90)
    finally:
        last.send_signal(signal.SIGTERM)
        last.wait(timeout=30)
        last.stderr.close()

    assert kills_during_work >= 1, "no worker died with work in hand, so this proved nothing"
    assert Delivery.objects.count() == len(deliveries)
    assert not Delivery.objects.exclude(state=Delivery.State.WALKED).exists()
    assert Interaction.objects.count() == VOICES
    assert Assessment.objects.count() == VOICES
    assert Disposition.objects.count() == VOICES
    assert Entry.objects.count() == VOICES
    assert Identity.objects.count() == Face.objects.count() == AUTHORS
    assert Conversation.objects.count() == AUTHORS
    assert sum(Conversation.objects.values_list("message_count", flat=True)) == VOICES
