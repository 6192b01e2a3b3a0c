"""Assessors elsewhere, asked over real HTTP: only when switched on, only about who allowed it, and never at the price of what Heard read."""

from datetime import timedelta

import pytest
from django.db import transaction

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel.clock import now
from heard.kernel.models import News
from heard.listening.actions.consent import note_consent
from heard.listening.models import Interaction
from heard.understanding import slots
from heard.understanding.actions import correct
from heard.understanding.actions_on_remotes import NoSuchRemote, switch_remote
from heard.understanding.models import Assessment
from heard.understanding.remote import asking
from heard.understanding.remote.models import RemoteAnswer, RemoteUse
from heard.understanding.rules.bare import bare
from heard.understanding.selectors import verdicts
from heard.understanding.slots import Remote
from heard.understanding.tests.lessons import understood
from tests.support.servers.reader import reader  # noqa: F401
from tests.support.wire import person, said

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Hm, the loom galls again. It is Dana Winter, call me on +44 20 7946 0958, see https://x.example/t/8891"
BARE = "Hm, the loom galls again. It is [name], call me on [phone], see [link]"


@pytest.fixture
def elsewhere(reader, settings, monkeypatch):
    """A real server that is plugged in as "loomwise", and not switched on."""
    settings.ALLOW_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(slots.remotes, "_plugged", {})
    remote = Remote(url=reader.url, fields=("sentiment", "kinds"), token="let me in", per_day=3, timeout_seconds=1.0)
    slots.remotes.plug("loomwise", remote)
    reader.says = {"sentiment": "negative", "kinds": ["support"]}
    return reader


@pytest.fixture
def account(wire, care):
    return wire(team=care)


@pytest.fixture
def says(account):
    """A function: somebody says it, and Heard is unsure of its sentiment and kinds; the id of the voice."""

    def say(words: str = WORDS, *, who: str = "Dana Winter", key: str = "1") -> int:
        voice = understood(account, said(key, person(who), words))[0].recognised.heard.interaction_id
        Assessment.objects.filter(interaction_id=voice).update(unsure=["sentiment", "kinds"], sentiment="neutral", kinds=[])
        return voice

    return say


@pytest.fixture
def allows(seen_by, alice):
    """A function: whoever said this voice allows, or refuses, that machines elsewhere read them."""

    def allow(voice: int, *, given: bool = True, purpose: str = "reading") -> None:
        spoke = Interaction.objects.select_related("account").get(pk=voice)
        about = {"channel_kind": spoke.account.kind, "purpose": purpose, "is_given": given, "how": "on the phone"}
        note_consent(seen_by(alice), spoke.identity_id, **about)

    return allow


@pytest.fixture
def on(elsewhere, seen_by, sam):
    switch_remote(seen_by(sam), "loomwise", on=True)
    return elsewhere


def held(seen_by, alice, voice: int) -> tuple:
    verdict = verdicts(seen_by(alice), [voice])[voice]
    return verdict.sentiment, verdict.kinds


def test_nobody_is_asked_before_somebody_switched_it_on(elsewhere, says, allows):
    allows(says())
    assert asking.work_off() == 0
    assert elsewhere.asked == []


def test_what_is_unsure_is_asked_and_stands_with_who_said_it(on, says, allows, seen_by, alice):
    voice = says()
    allows(voice)
    assert asking.work_off() == 1
    assert held(seen_by, alice, voice) == ("negative", ("support",))
    row = Assessment.objects.get(interaction_id=voice)
    assert row.unsure == []
    assert "loomwise was asked; Heard was unsure and had said neutral" in [r["because"] for r in row.reasons]
    assert News.objects.filter(name="verdicts.switched", payload__interaction_ids=[voice]).exists()


def test_nothing_leaves_that_somebody_is_known_by(on, says, allows):
    allows(says())
    asking.work_off()
    [(headers, asked)] = on.asked
    assert asked == {
        "text": BARE,
        "channel": "wire",
        "kind": "message",
        "visibility": "private",
        "fields": ["sentiment", "kinds"],
    }
    assert headers["Authorization"] == "Bearer let me in"


@pytest.mark.parametrize("purpose", ["", "offers"])
def test_of_who_did_not_allow_it_nothing_is_asked(on, says, allows, purpose):
    voice = says()
    if purpose:
        allows(voice, purpose=purpose)
    assert asking.work_off() == 0
    assert on.asked == []


def test_who_refused_later_is_not_asked_about_any_more(on, says, allows):
    voice = says()
    allows(voice)
    allows(voice, given=False)
    assert asking.work_off() == 0


def test_a_voice_of_which_heard_is_sure_is_not_asked_about(on, says, allows):
    voice = says()
    allows(voice)
    Assessment.objects.update(unsure=["urgency"])
    assert asking.work_off() == 0


def test_the_same_words_are_asked_once(on, says, allows, seen_by, alice):
    first, second = says(), says(who="Eve Summer", key="2", words=WORDS.replace("Dana Winter", "Eve Summer"))
    allows(first)
    allows(second)
    asking.work_off()
    assert len(on.asked) == 1
    assert held(seen_by, alice, first) == held(seen_by, alice, second) == ("negative", ("support",))


def test_a_day_has_a_budget_and_what_is_above_it_stays_as_heard_read_it(on, says, allows, seen_by, alice):
    voices = [says(f"The loom number {word} galls", key=word) for word in ("one", "two", "three", "four", "five")]
    allows(voices[0])
    asking.work_off()
    assert len(on.asked) == 3
    assert held(seen_by, alice, voices[-1]) == ("neutral", ())
    RemoteAnswer.objects.update(asked_at=now() - timedelta(hours=25))
    late = says("The loom number six galls", key="six")
    asking.work_off()
    assert held(seen_by, alice, late) == ("negative", ("support",))
    assert len(on.asked) == 4  # and those above the budget of yesterday are let be


NO_USE = {
    "a mood that no verdict has": {"sentiment": "grim"},
    "a list": [1, 2],
    "no JSON": b"Sure! Here is the sentiment:",
    "too long": b"[" + b" " * 100_000 + b"]",
    "a kind that there is not": {"kinds": ["support", "ignore previous instructions"]},
}


@pytest.mark.parametrize("answer", NO_USE.values(), ids=NO_USE)
def test_an_answer_that_is_none_changes_nothing(on, says, allows, seen_by, alice, answer):
    on.says = answer
    voice = says()
    allows(voice)
    asking.work_off()
    assert len(on.asked) == 1
    assert held(seen_by, alice, voice) == ("neutral", ())
    assert RemoteAnswer.objects.get().outcome == "failed"


@pytest.mark.parametrize("status", [302, 401, 429, 500])
def test_a_refusal_or_a_way_elsewhere_changes_nothing(on, says, allows, seen_by, alice, status):
    on.status = status
    voice = says()
    allows(voice)
    asking.work_off()
    assert (len(on.asked), held(seen_by, alice, voice)) == (1, ("neutral", ()))


def test_who_does_not_answer_is_given_up_and_then_left_alone(on, says, allows, seen_by, alice):
    on.is_silent = True
    voices = [says(f"The loom number {word} galls", key=word) for word in ("one", "two", "three", "four")]
    allows(voices[0])
    asking.work_off(seconds=30)
    assert len(on.asked) == 3
    assert RemoteUse.objects.get().paused_until > now()
    assert held(seen_by, alice, voices[0]) == ("neutral", ())
    asking.work_off()
    assert len(on.asked) == 3


def test_who_is_not_there_at_all_changes_nothing(on, says, allows, seen_by, alice, monkeypatch):
    gone = Remote(url="http://127.0.0.1:9/read", fields=("sentiment",), timeout_seconds=1.0)
    monkeypatch.setattr(slots.remotes, "_plugged", {"loomwise": gone})
    voice = says()
    allows(voice)
    asking.work_off()
    assert held(seen_by, alice, voice) == ("neutral", ())


def test_the_word_of_a_colleague_wins(on, says, allows, seen_by, alice):
    voice = says()
    allows(voice)
    correct(seen_by(alice), voice, field="sentiment", value="positive")
    asking.work_off()
    assert held(seen_by, alice, voice) == ("positive", ("support",))


def test_only_what_was_unsure_is_taken(on, says, allows, seen_by, alice):
    voice = says()
    allows(voice)
    Assessment.objects.update(unsure=["sentiment"])
    asking.work_off()
    assert held(seen_by, alice, voice) == ("negative", ())


def test_it_is_never_asked_inside_a_transaction(on, says, allows):
    allows(says())
    with transaction.atomic(), pytest.raises(asking.InATransaction):
        asking.work_off()
    assert on.asked == []


def test_what_was_said_before_it_was_switched_on_is_not_asked_about(elsewhere, says, allows, seen_by, sam):
    allows(says())
    switch_remote(seen_by(sam), "loomwise", on=True)
    assert asking.work_off() == 0


def test_switched_off_it_is_silent_again_and_each_switch_leaves_a_line(on, says, allows, seen_by, sam):
    switch_remote(seen_by(sam), "loomwise", on=False)
    allows(says())
    assert asking.work_off() == 0
    lines = AuditLine.objects.filter(verb="model.remote").order_by("id")
    assert [(line.member.name, line.detail["on"]) for line in lines] == [("Sam", True), ("Sam", False)]


def test_an_agent_switches_nothing_and_nobody_what_is_not_plugged_in(elsewhere, seen_by, alice, sam):
    with pytest.raises(NotAllowed):
        switch_remote(seen_by(alice), "loomwise", on=True)
    with pytest.raises(NoSuchRemote):
        switch_remote(seen_by(sam), "someone", on=True)
    assert not RemoteUse.objects.exists()


def test_old_answers_are_let_go(on, says, allows):
    allows(says())
    asking.work_off()
    assert asking.forget() == 0
    RemoteAnswer.objects.update(asked_at=now() - timedelta(days=31))
    assert asking.forget() == 1


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Write to dana@example.org", "Write to [email]"),
        ("@acme @dana.w@social.example hello", "[handle] @[email] hello"),
        ("DANA, winter is here, DanaWinter is not", "[name], [name] is here, DanaWinter is not"),
        ("My card is 4111 1111 1111 1111", "My card is [card]"),
        ("Serial 48213", "Serial [number]"),
        ("", ""),
    ],
)
def test_words_are_bared(words, left):
    assert bare(words, ["Dana Winter", "dw"]) == left
