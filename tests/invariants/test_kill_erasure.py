"""Threat 50: `kill -9` of whoever erases, at any point, leaves nobody half erased: another goes on at once and ends with the proof."""

import signal
import subprocess
import sys

import pytest

from heard.governance import erasure
from heard.governance.models import Erasure
from heard.kernel import claims
from heard.kernel.clock import now
from heard.listening.channels.contract import Author
from heard.listening.files import drop_files
from heard.listening.models import Interaction
from tests.invariants.test_kill import _environment, _wait_until
from tests.support.quagmire import MAIL, NAME
from tests.support.wire import delivery, said

pytestmark = pytest.mark.django_db(transaction=True)

VOICES = 400  # eight transactions
COMMAND = [sys.executable, "-m", "heard", "person", "erase", MAIL, "--yes"]


@pytest.fixture
def talkative(quagmire, arrive):
    """She wrote four hundred times."""
    author = Author(network="email", external_id=MAIL, name=NAME)
    arrive(quagmire.account, *(delivery(said(f"more-{n}", author, f"Zubenelgenubi, {n}!", minute=n)) for n in range(VOICES)))
    return quagmire


def _kill_when(is_true) -> None:
    worker = subprocess.Popen(COMMAND, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    reached = _wait_until(is_true, 60)
    worker.send_signal(signal.SIGKILL)
    said_of_it = worker.communicate()[1].decode()
    assert reached, said_of_it
    assert worker.returncode == -signal.SIGKILL, f"it was done before it could be killed: {said_of_it}"


def _is_at(*steps: str):
    return lambda: any(place["step"] in steps for place in Erasure.objects.values_list("place", flat=True))


def _some_voices_are_gone() -> bool:
    return Interaction.objects.filter(external_id__startswith="more-").count() < VOICES


@pytest.mark.parametrize("moment", [_some_voices_are_gone, _is_at("people", "text")], ids=["among her voices", "past them"])
def test_who_is_killed_while_erasing_is_followed_by_another(talkative, moment):
    eve = Interaction.objects.filter(pk=talkative.eve_says)
    _kill_when(moment)
    broken_off = Erasure.objects.get()
    assert broken_off.state == Erasure.State.RUNNING
    assert talkative.traces()

    for _ in range(500):
        if not erasure.work_off(worker=claims.new_worker_name(), now=now(), drop_files=drop_files, seconds=0.5):
            break
    done = Erasure.objects.get()
    assert (done.state, done.left) == (Erasure.State.DONE, {})
    assert talkative.traces() == {}
    assert eve.exists()  # nobody else went with her
    assert sum(done.erased.values()) > VOICES
