"""Threat 54: no reply twice, none lost, and what is unclear is shown as unclear; threat 20: asked again when it runs."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from heard.engagement import actions, reactions, selectors
from heard.engagement.models import Utterance
from heard.engagement.rules.backoff import PATIENCE
from heard.engagement.sender import LEASE, SETTLING
from heard.governance.permissions import HEARD
from heard.kernel.clock import now
from heard.listening import actions as listening
from heard.listening import selectors as voices
from heard.listening.channels.contract import Ambiguous, AuthExpired, RateLimited, Rejected, Retryable
from heard.routing import selectors as routing
from tests.support.testnet import PulledPlug

A_DAY = timedelta(days=1)


@pytest.fixture
def talk(dana_writes):
    return dana_writes()


@pytest.fixture
def forgetful_talk(dana_writes):
    return dana_writes(kind="forgetful", network="email")


def _say(viewer, talk, text="We are on it.", request_key="one-click"):
    return actions.send_reply(
        viewer,
        talk.conversation_id,
        text=text,
        account_id=talk.account_id,
        identity_id=talk.identity_id,
        visibility="private",
        request_key=request_key,
    )


def _only():
    return Utterance.objects.get()


def test_a_long_answer_goes_out_in_order_each_part_answering_the_one_before(alice, seen_by, talk, testnet):
    _say(seen_by(alice), talk, text="a" * 80 + "b" * 80 + "c")
    assert actions.work_off(worker="w", now=now()) == 3
    assert [t[0] for t in testnet.texts()] == ["a", "b", "c"]
    assert [p.in_reply_to for _, p in testnet.taken][1:] == ["net-1", "net-2"]


def test_the_second_part_waits_while_the_first_is_stuck(alice, seen_by, talk, testnet):
    testnet.before_it_hears(Rejected("not these words"))
    _say(seen_by(alice), talk, text="a" * 80 + "b")
    actions.work_off(worker="w", now=now())
    assert actions.work_off(worker="w", now=now() + A_DAY) == 0
    assert testnet.texts() == []
    [first, second] = selectors.utterances_of(seen_by(alice), talk.conversation_id)
    assert (first.state, first.error, second.state) == ("failed", "not these words", "queued")


def test_a_person_tries_again_and_both_parts_go(alice, seen_by, talk, testnet):
    testnet.before_it_hears(Rejected("not these words"))
    _say(seen_by(alice), talk, text="a" * 80 + "b")
    actions.work_off(worker="w", now=now())
    actions.retry(seen_by(alice), selectors.utterances_of(seen_by(alice), talk.conversation_id)[0].id)
    actions.work_off(worker="w", now=now())
    assert [t[0] for t in testnet.texts()] == ["a", "b"]


@pytest.mark.parametrize("error", [RateLimited("slow down", after_seconds=60), Retryable("no line", after_seconds=60)])
def test_a_network_that_says_later_is_asked_later(alice, seen_by, talk, testnet, error):
    testnet.before_it_hears(error)
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert actions.work_off(worker="w", now=now() + timedelta(seconds=59)) == 0
    assert actions.work_off(worker="w", now=now() + A_DAY) == 1
    assert testnet.texts() == ["We are on it."]


def test_patience_ends_and_a_person_is_told(alice, seen_by, talk, testnet):
    _say(seen_by(alice), talk)
    for attempt in range(PATIENCE):
        testnet.before_it_hears(Retryable("no line", after_seconds=1))
        actions.work_off(worker="w", now=now() + A_DAY * (attempt + 1))
    assert _only().state == "failed"
    assert "no line (given up" in _only().error
    [end] = selectors.loose_ends(seen_by(alice))
    assert (end.conversation_id, end.what) == (talk.conversation_id, "Alice's answer by Our testnet: not sent")


def test_a_lost_sign_in_fails_with_words_for_the_owner(alice, seen_by, talk, testnet):
    testnet.before_it_hears(AuthExpired("token revoked"))
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert _only().state == "failed"
    assert _only().error == "Our testnet must be signed in to again: token revoked"
    [route] = selectors.reachable(seen_by(alice), talk.conversation_id)
    assert route.why_not == "this channel has stopped: an administrator must sign in to it again"


def test_unclear_is_asked_before_anything_else_and_found(alice, seen_by, talk, testnet):
    testnet.after_it_heard(Ambiguous("the line went dead"))
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert _only().state == "sending"
    actions.work_off(worker="w", now=now() + SETTLING * 2)
    assert (_only().state, _only().external_id) == ("sent", "net-1")
    assert testnet.texts() == ["We are on it."]


def test_unclear_and_certainly_not_there_goes_again_under_the_same_key(alice, seen_by, talk, testnet):
    testnet.before_it_hears(Ambiguous("the line went dead"))
    _say(seen_by(alice), talk)
    idem = _only().idem
    actions.work_off(worker="w", now=now())
    actions.work_off(worker="w", now=now() + A_DAY)
    assert [key for key, _ in testnet.taken] == [idem]
    assert _only().state == "sent"


def test_unclear_for_ever_is_shown_to_a_person_and_never_repeated(alice, seen_by, forgetful_talk, testnet):
    testnet.after_it_heard(Ambiguous("the line went dead"))
    _say(seen_by(alice), forgetful_talk)
    actions.work_off(worker="w", now=now())
    assert _only().state == "unknown"
    assert actions.work_off(worker="w", now=now() + A_DAY) == 0
    assert testnet.texts() == ["We are on it."]


def test_what_is_unclear_stands_on_the_unattended_page_of_those_who_see_it(alice, bea, browser, seen_by, forgetful_talk, testnet):
    testnet.after_it_heard(Ambiguous("the line went dead"))
    _say(seen_by(alice), forgetful_talk)
    actions.work_off(worker="w", now=now())
    assert "unclear whether it went out" in browser(alice).get("/unattended/").content.decode()
    assert "unclear whether it went out" not in browser(bea).get("/unattended/").content.decode()


def test_a_person_who_looked_says_it_went_out(alice, seen_by, forgetful_talk, testnet):
    testnet.after_it_heard(Ambiguous("the line went dead"))
    _say(seen_by(alice), forgetful_talk)
    actions.work_off(worker="w", now=now())
    actions.confirm_sent(seen_by(alice), _only().pk)
    assert _only().state == "sent"
    assert testnet.texts() == ["We are on it."]
    with pytest.raises(actions.NotNow):
        actions.send_again(seen_by(alice), _only().pk)


def test_a_person_who_looked_says_it_did_not(alice, seen_by, forgetful_talk, testnet):
    testnet.before_it_hears(Ambiguous("the line went dead"))
    _say(seen_by(alice), forgetful_talk)
    actions.work_off(worker="w", now=now())
    actions.send_again(seen_by(alice), _only().pk)
    actions.work_off(worker="w", now=now())
    assert testnet.texts() == ["We are on it."]
    assert _only().state == "sent"


def test_an_adapter_that_breaks_may_have_sent(alice, seen_by, forgetful_talk, testnet):
    testnet.after_it_heard(ZeroDivisionError("a bug of theirs"))
    _say(seen_by(alice), forgetful_talk)
    actions.work_off(worker="w", now=now())
    assert _only().state == "unknown"


@pytest.mark.parametrize("plan", ["before_it_hears", "after_it_heard"])
def test_killed_in_the_middle_it_is_said_once(alice, seen_by, talk, testnet, plan):
    getattr(testnet, plan)(PulledPlug())
    testnet.remembers_idem = False
    _say(seen_by(alice), talk)
    with pytest.raises(PulledPlug):
        actions.work_off(worker="dead", now=now())
    assert actions.work_off(worker="w", now=now()) == 0
    actions.work_off(worker="w", now=now() + LEASE * 2)
    assert testnet.texts() == ["We are on it."]
    assert _only().state == "sent"


def test_killed_in_the_middle_where_nobody_can_tell_a_person_decides(alice, seen_by, forgetful_talk, testnet):
    testnet.after_it_heard(PulledPlug())
    _say(seen_by(alice), forgetful_talk)
    with pytest.raises(PulledPlug):
        actions.work_off(worker="dead", now=now())
    actions.work_off(worker="w", now=now() + LEASE * 2)
    assert _only().state == "unknown"
    assert testnet.texts() == ["We are on it."]


@pytest.mark.django_db(transaction=True)
def test_two_senders_race_and_each_reply_goes_out_once(alice, seen_by, talk, testnet):
    for n in range(12):
        _say(seen_by(alice), talk, text=f"answer {n}", request_key=f"click-{n}")
    together = Barrier(2)

    def race(worker):
        together.wait()
        actions.work_off(worker=worker, now=now())
        connection.close()

    threads = [Thread(target=race, args=[name]) for name in ("one", "two")]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(testnet.texts()) == sorted(f"answer {n}" for n in range(12))
    assert set(Utterance.objects.values_list("state", flat=True)) == {"sent"}


def test_an_answer_stops_the_waiting_and_stands_in_the_conversation(alice, seen_by, talk):
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    [voice] = voices.voices(seen_by(alice), [_only().interaction_id]).values()
    assert (voice.text, voice.direction) == ("We are on it.", "outbound")
    assert selectors.access(seen_by(alice), talk.conversation_id).state == "waiting"


def _alice_left(alice, care, talk):
    alice.is_active = False
    alice.save()


def _alice_only_reads(alice, care, talk):
    alice.role = "viewer"
    alice.save()


def _alice_changed_teams(alice, care, talk):
    alice.teams.remove(care)


def _the_channel_was_switched_off(alice, care, talk):
    listening.switch(HEARD, talk.account_id, on=False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_alice_left, "does not work here"),
        (_alice_only_reads, "may not answer"),
        (_alice_changed_teams, "does not see"),
        (_the_channel_was_switched_off, "colleague paused"),
    ],
)
def test_threat_20_a_delayed_reply_asks_for_permission_when_it_runs(alice, care, seen_by, talk, testnet, change, words):
    testnet.before_it_hears(Retryable("no line", after_seconds=60))
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    change(alice, care, talk)
    actions.work_off(worker="w", now=now() + A_DAY)
    assert testnet.texts() == []
    assert _only().state == "failed"
    assert words in _only().error


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (["delivered", "read"], "read"),
        (["read", "delivered"], "read"),
        (["delivered", "sent"], "delivered"),
        (["failed"], "failed"),
        (["delivered", "failed"], "delivered"),
    ],
)
def test_a_status_never_moves_backwards(alice, seen_by, talk, told, shown):
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    for status in told:
        _network_says(talk, status)
        reactions.catch_up([[talk.account_id, "net-1"]])
    assert _only().state == shown


def test_a_status_that_came_before_our_own_record_is_not_lost(alice, seen_by, talk):
    _network_says(talk, "read")
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert _only().state == "read"


def test_when_an_answer_comes_back_the_customer_waits_again(alice, seen_by, talk):
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    assert selectors.access(seen_by(alice), talk.conversation_id).waiting_since is None
    _network_says(talk, "failed", reason="mailbox full")
    reactions.catch_up([[talk.account_id, "net-1"]])
    waiting = selectors.access(seen_by(alice), talk.conversation_id)
    assert (waiting.state, waiting.waiting_since) == ("open", waiting.last_inbound_at)
    disposition = routing.dispositions_of([talk.interaction_id])[talk.interaction_id]
    assert (disposition.outcome, disposition.why) == ("waiting", "Our answer came back: mailbox full")


def test_when_another_answer_arrived_nobody_waits_because_one_came_back(alice, seen_by, talk):
    _say(seen_by(alice), talk)
    _say(seen_by(alice), talk, text="And one more thing.", request_key="second-click")
    actions.work_off(worker="w", now=now())
    _network_says(talk, "failed")
    reactions.catch_up([[talk.account_id, "net-1"]])
    assert selectors.access(seen_by(alice), talk.conversation_id).waiting_since is None


def test_what_came_back_is_not_sent_again_but_written_anew(alice, seen_by, talk):
    _say(seen_by(alice), talk)
    actions.work_off(worker="w", now=now())
    _network_says(talk, "failed")
    reactions.catch_up([[talk.account_id, "net-1"]])
    with pytest.raises(actions.NotNow, match="came back"):
        actions.retry(seen_by(alice), _only().pk)


def _network_says(talk, status, *, reason=""):
    from heard.kernel.bulk import one_writer
    from heard.listening.channels.contract import StatusChanged
    from heard.listening.normalise import Spoken, target_of
    from heard.listening.write_down import write_down

    event = StatusChanged(target="net-1", status=status, occurred_at=now(), reason=reason)
    with one_writer():
        write_down(
            [
                Spoken(
                    n=0,
                    delivery_id=None,
                    account_id=talk.account_id,
                    account_kind="testnet",
                    received_at=now(),
                    event=event,
                    target=target_of(talk.account_id, event),
                )
            ]
        )


# ── The pace of a network ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def paced(settings, testnet, talk):
    """Testnet grants 60 requests a minute: fifteen at once, then one every 1.3 s."""
    settings.KEEPS_PACE = True


def test_replies_go_out_at_the_pace_of_the_network_and_lose_no_patience_over_it(paced, alice, seen_by, talk, testnet):
    for n in range(20):
        _say(seen_by(alice), talk, text=f"answer {n}", request_key=f"click-{n}")
    moment = now()
    actions.work_off(worker="w", now=moment, limit=20)
    assert len(testnet.texts()) == 15
    waiting = Utterance.objects.filter(state="queued")
    assert set(waiting.values_list("attempts", "error")) == {(0, "")}
    actions.work_off(worker="w", now=moment + timedelta(seconds=10), limit=20)
    assert sorted(testnet.texts()) == sorted(f"answer {n}" for n in range(20))


def test_network_that_refused_one_reply_is_not_bothered_by_the_next(paced, alice, seen_by, talk, testnet, monkeypatch):
    monkeypatch.setattr("random.random", lambda: 0.9)  # the one that was refused comes back a good while after the others
    testnet.before_it_hears(RateLimited("slow down", after_seconds=60))
    for n in range(3):
        _say(seen_by(alice), talk, text=f"answer {n}", request_key=f"click-{n}")
    moment = now()
    actions.work_off(worker="w", now=moment)
    assert testnet.texts() == []
    actions.work_off(worker="w", now=moment + timedelta(seconds=61))
    assert testnet.texts() == ["answer 1", "answer 2"]
