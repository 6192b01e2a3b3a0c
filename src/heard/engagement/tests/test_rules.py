from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from heard.engagement.rules import backoff, drafts, holding, reach, states, templates
from heard.engagement.rules.advice import Asked, advice
from heard.engagement.rules.subject import answer_to
from heard.listening.channels.lengths import length_of, over_by

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
        ({"state": "off"}, True, "a colleague paused"),
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


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _heard(*said, **changes):
    """The ways of an account that heard (visibility, hours ago), ..., oldest first; at noon."""
    heard = [reach.Heard(number, visibility, NOON - hours * HOUR) for number, (visibility, hours) in enumerate(said, 1)]
    return {way.visibility: way for way in reach.ways(_speaker(**changes), heard, now=NOON)}


def test_who_spoke_in_public_is_answered_in_private_where_the_network_lets_us():
    private = _heard(("public", 1), private_reply=True)["private"]
    assert (private.why_not, private.answers) == ("", 1)


def test_who_spoke_in_public_only_is_not_written_to_where_private_follows_private():
    ways = _heard(("public", 1))
    assert ways["public"].why_not == ""
    assert "in public only" in ways["private"].why_not


def test_in_private_one_answers_what_was_said_in_private_where_nothing_else_may_be_followed_there():
    ways = _heard(("private", 9), ("public", 1))
    assert (ways["private"].answers, ways["private"].why_not, ways["public"].answers) == (1, "", 2)
    assert _heard(("private", 9), ("public", 1), private_reply=True)["private"].answers == 2


@pytest.mark.parametrize(
    ("hours", "templates", "is_open", "takes_templates", "words"),
    [
        (23, True, True, False, ""),
        (24, True, False, True, "within 24 h of their last ones, and that ended just now"),
        (27, False, False, False, "that ended 3 h ago"),
    ],
)
def test_a_reply_window_closes_and_says_when(hours, templates, is_open, takes_templates, words):
    way = _heard(("private", hours), reply_window_seconds=86400, templates=templates)["private"]
    assert (not way.why_not, way.takes_templates) == (is_open, takes_templates)
    assert words in way.why_not
    assert (way.closed_at is None) == is_open


def test_a_reply_window_is_about_private_words_alone():
    ways = _heard(("public", 900), reply_window_seconds=86400, private_reply=True)
    assert ways["public"].why_not == ""
    assert ways["private"].closed_at == NOON - 876 * HOUR


def test_who_never_wrote_is_begun_with_by_approved_words_only():
    begun = _heard(who_may_initiate="any", reply_window_seconds=86400, templates=True, visibilities=("private",))["private"]
    assert begun.takes_templates
    assert "not written to us" in begun.why_not


def test_a_channel_that_is_off_takes_no_approved_words_either():
    way = _heard(("private", 30), reply_window_seconds=86400, templates=True, state="off")["private"]
    assert (way.why_not, way.takes_templates) == ("a colleague paused this channel", False)


# ── Approved words ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "values", "read"),
    [
        ("Hello {{1}}, order {{2}}.", ("Dana", "17"), "Hello Dana, order 17."),
        ("{{2}} before {{1}}", ("one", "two"), "two before one"),
        ("Hello {{ name }}.", ("Dana",), "Hello Dana."),
        ("Hello {{1}}.", (" ",), "Hello {{1}}."),
        ("{{1}}", ("{{1}}",), "{{1}}"),
        ("No gap.", (), "No gap."),
    ],
)
def test_approved_words_read_as_they_are_filled(text, values, read):
    assert templates.filled(text, values) == read


# ── Personal data in public ─────────────────────────────────────────────────────────────────────────────────────────

CARD = "Your card 4111 1111 1111 1111 was charged."


@pytest.mark.parametrize(
    ("told", "words", "theirs", "visibility", "ours_held", "theirs_held", "is_refused"),
    [
        ("a card of theirs", "We are on it.", ["card"], "public", (), ("card",), False),
        ("their order number is no matter", "We are on it.", ["order", "email"], "public", None, None, None),
        ("a phone number of ours", "Ring +44 7700 900123.", [], "public", ("phone",), (), False),
        ("a card in words of ours", CARD, [], "public", ("card",), (), True),
        ("a card in words for followers", CARD, [], "followers", ("card",), (), True),
        ("a password in words of ours", "Your password is hunter22.", [], "public", ("password",), (), True),
        ("in private it is another matter", CARD, ["card"], "private", None, None, None),
    ],
)
def test_personal_data_is_held_in_public(told, words, theirs, visibility, ours_held, theirs_held, is_refused):
    held = holding.hold([words], answered=[theirs], visibility=visibility)
    assert (held and held.ours, held and held.theirs, held and held.is_refused) == (ours_held, theirs_held, is_refused)


def test_what_is_held_is_said_in_words():
    held = holding.hold(["Ring +44 7700 900123."], answered=[["card", "iban"]], visibility="public")
    assert held.sentences == [
        "Everyone can read this, and it holds a phone number.",
        "What they wrote holds a card number and an IBAN; an answer in public leads others to it.",
    ]
    assert held.kinds == ("our-phone", "their-card", "their-iban")


# ── Advice ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "visibility", "words", "way"),
    [
        (Asked("My card is …", private=("card",)), "public", "better answered in private", "1:2:private"),
        (Asked("My card is …", private=("card",)), "private", "", ""),
        (Asked("Why? When? And who pays?"), "private", "They asked 3 things at once: a call", ""),
        (Asked("word " * 160), "public", "They wrote 160 words: a call", ""),
        (Asked("Hm.", kinds=("praise", "support", "lead")), "private", "about 3 things", ""),
        (Asked("When does it work again?"), "public", "", ""),
    ],
)
def test_advice_names_its_reason_or_is_silent(asked, visibility, words, way):
    given = advice(asked, visibility=visibility, in_private="1:2:private")
    assert words in (given.words if given else "")
    assert (bool(given), given.way if given else "") == (bool(words), way)
