import pytest
from hypothesis import given
from hypothesis import strategies as some

from heard.engagement.rules import backoff, drafts, reach, states
from heard.engagement.rules.length import length_of, over_by
from heard.engagement.rules.subject import answer_to

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        ("hello", "characters", 5),
        (FAMILY, "characters", 7),
        (FAMILY, "graphemes", 1),
        ("e\u0301", "graphemes", 1),
        ("a\r\nb", "graphemes", 3),
        ("🇩🇪🇦🇹", "graphemes", 2),
        ("😀", "utf16", 2),
        ("ü", "bytes", 2),
        ("a" * 160, "sms_segments", 1),
        ("a" * 161, "sms_segments", 2),
        ("€" * 80, "sms_segments", 1),
        ("€" * 81, "sms_segments", 2),
        ("ж" * 70, "sms_segments", 1),
        ("ж" * 71, "sms_segments", 2),
    ],
)
def test_a_text_is_as_long_as_its_network_counts(text, unit, length):
    assert length_of(text, unit) == length


def test_a_channel_without_a_limit_takes_any_length():
    assert over_by("x" * 100_000, unit="characters", limit=None) == 0
    assert over_by("12345", unit="characters", limit=3) == 2


@given(attempts=some.integers(1, 30), dice=some.floats(0, 1), asked=some.floats(0, 600))
def test_a_pause_is_never_shorter_than_the_network_asked_nor_endless(attempts, dice, asked):
    assert asked <= backoff.pause_seconds(attempts, dice=dice, at_least=asked) <= asked + backoff.LONGEST_SECONDS


def test_patience_ends():
    assert backoff.is_patient(1)
    assert not backoff.is_patient(backoff.PATIENCE)


def test_what_is_out_never_goes_back_into_the_queue():
    for state in states.OUT | {"cancelled"}:
        assert not states.may_become(state, "queued")
        assert not states.may_become(state, "sending")


def test_every_state_leads_to_a_state_that_exists():
    assert {target for targets in states.ALLOWED.values() for target in targets} <= set(states.ALLOWED)


@given(some.text(), some.text())
def test_two_windows_of_one_draft_lose_no_words(kept, given_):
    both = drafts.merged(kept, given_)
    assert given_ in both
    assert kept.strip() in both


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("No internet", "Re: No internet"),
        ("RE: Aw: re[2]: No internet", "Re: No internet"),
        ("Regarding my order", "Re: Regarding my order"),
        ("two\r\nBcc: eve@example.net", "Re: two Bcc: eve@example.net"),
        ("", ""),
    ],
)
def test_the_answer_has_one_mark(subject, answer):
    assert answer_to(subject) == answer


def _speaker(**changes):
    usual = {
        "kind": "mastodon",
        "state": "ok",
        "outbound": True,
        "address_kind": "handle",
        "who_may_initiate": "only_reply",
        "visibilities": ("public", "followers", "private"),
    }
    return reach.Speaker(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "was_heard_here", "words"),
    [
        ({}, True, ""),
        ({}, False, "answers only"),
        ({"who_may_initiate": "any"}, False, ""),
        ({"who_may_initiate": "nobody"}, True, "only listens"),
        ({"state": "off"}, True, "switched off"),
        ({"state": "paused"}, True, "sign in"),
    ],
)
def test_the_composer_says_why_a_way_is_closed(changes, was_heard_here, words):
    refusal = reach.why_not(_speaker(**changes), was_heard_here=was_heard_here)
    assert words in refusal
    assert bool(words) == bool(refusal)


@pytest.mark.parametrize(
    ("address_kind", "network", "was_heard_here", "reaches"),
    [
        ("email", "email", False, True),
        ("email", "mastodon", False, False),
        ("handle", "mastodon", False, True),
        ("handle", "bluesky", False, False),
        ("opaque", "web", True, True),
    ],
)
def test_an_account_reaches_addresses_of_its_own_network(address_kind, network, was_heard_here, reaches):
    speaker = _speaker(address_kind=address_kind)
    assert reach.is_on_network(speaker, network=network, was_heard_here=was_heard_here) is reaches


@pytest.mark.parametrize(
    ("heard_as", "offered"),
    [("public", ("public", "private")), ("followers", ("followers", "private")), ("private", ("private",)), ("", ("private",))],
)
def test_what_came_in_private_is_never_answered_in_public(heard_as, offered):
    assert reach.visibilities(_speaker(), heard_as=heard_as) == offered


def test_a_network_that_is_only_public_offers_no_way_for_a_private_matter():
    assert reach.visibilities(_speaker(visibilities=("public",)), heard_as="private") == ()
