"""Threat 54, whatever goes wrong in whatever order: no reply twice, none lost, and every state leads on as it may."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from heard.engagement import actions
from heard.engagement.models import Utterance
from heard.engagement.rules import states
from heard.kernel.clock import now
from heard.listening.channels.contract import Ambiguous, AuthExpired, RateLimited, Rejected, Retryable
from tests.support.testnet import PulledPlug

TROUBLES = {
    "all is well": ("never", None),
    "killed on the way": ("before", PulledPlug()),
    "killed on the way back": ("after", PulledPlug()),
    "no line": ("before", Retryable("no line", after_seconds=5)),
    "slow down": ("before", RateLimited("slow down", after_seconds=60)),
    "lost before it arrived": ("before", Ambiguous("timed out")),
    "lost after it arrived": ("after", Ambiguous("timed out")),
    "a bug before": ("before", ZeroDivisionError("theirs")),
    "a bug after": ("after", ZeroDivisionError("theirs")),
    "not these words": ("before", Rejected("not these words")),
    "signed out": ("before", AuthExpired("token revoked")),
}
ROUNDS = 12  # an hour apart, so that every lease and pause is over


def _leads_to(state):
    """Every state that can follow, over any number of allowed steps."""
    found, todo = {state}, [state]
    while todo:
        fresh = states.ALLOWED[todo.pop()] - found
        found |= fresh
        todo += fresh
    return found


def _states():
    return dict(Utterance.objects.values_list("id", "state"))


@pytest.mark.parametrize(("kind", "network"), [("testnet", "testnet"), ("forgetful", "email")])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(troubles=some.lists(some.sampled_from(sorted(TROUBLES)), max_size=8))
def test_no_reply_is_said_twice_or_lost(kind, network, alice, seen_by, dana_writes, testnet, troubles):
    testnet.taken.clear()
    testnet.plans.clear()
    testnet.plans.extend(TROUBLES[t] for t in troubles)
    testnet.remembers_idem = False
    talk = dana_writes(kind=kind, network=network)
    said = [f"answer {n}" for n in range(3)]
    for text in said:
        _say(seen_by(alice), talk, text)
    before = _states()
    for round_ in range(ROUNDS):
        with suppress(PulledPlug):
            actions.work_off(worker=f"worker {round_}", now=now() + timedelta(hours=round_))
        after = _states()
        assert all(after[id_] in _leads_to(state) for id_, state in before.items())
        before = after
    heard = testnet.texts()
    assert len(heard) == len(set(heard))
    for utterance in Utterance.objects.filter(reply__conversation=talk.conversation_id):
        text = utterance.part["text"]
        assert (utterance.state, text in heard) in {("sent", True), ("failed", False), ("unknown", True), ("unknown", False)}


def _say(viewer, talk, text):
    actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key=f"{talk.conversation_id} {text}",
    )
