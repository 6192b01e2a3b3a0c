"""Who spoke about us without writing to us?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.listening.rules.matcher import Matcher, fold, likely_misspellings

PATTERNS = [
    ("brand", "Acme"),
    ("brand", "Acme Media"),
    ("misspelling", "acmee"),
    ("hashtag", "acmemedia"),
    ("account", "@acme"),
    ("keyword", "Café Acmé deal"),
    ("competitor", "Globex"),
    ("brand", "アクメ"),
]
ACME, ACME_MEDIA, MISSPELT, HASHTAG, ACCOUNT, KEYWORD, COMPETITOR, JAPANESE = range(8)


@pytest.fixture(scope="module")
def matcher():
    return Matcher(PATTERNS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I like Acme", {ACME}),
        ("ACME! is down", {ACME}),
        ("acmé", {ACME}),
        ("“Acme”, they say", {ACME}),
        ("Acme’s support", {ACME}),
        ("🚀Acme🚀", {ACME}),
        ("acmeology is not a science", set()),
        ("the macme", set()),
        ("we use acme_tools", set()),
        ("#acmemedia broadband now down for 48 hrs", {HASHTAG, ACME_MEDIA}),
        ("#AcmeMedia #fail", {HASHTAG, ACME_MEDIA}),
        ("#acmemediafail", set()),
        ("acme\n media", {ACME, ACME_MEDIA}),
        ("the acme-media van", {ACME, ACME_MEDIA}),
        ("@acme I want to buy", {ACME, ACCOUNT}),
        ("dana@acme.example wrote", {ACME}),
        ("@acme.example is somebody else", {ACME}),
        ("thanks @acme.", {ACME, ACCOUNT}),
        ("@acme@social.example", {ACME, ACCOUNT}),
        ("acmee", {MISSPELT}),
        ("the cafe acme deal", {KEYWORD, ACME}),
        ("going back to globex", {COMPETITOR}),
        ("今日アクメから届いた", {JAPANESE}),
        ("", set()),
        ("lol same", set()),
    ],
)
def test_a_monitor_hears_its_name_and_nothing_else(matcher, text, found):
    assert set(matcher.match([text])[0]) == found


def test_each_text_of_a_batch_gets_its_own_answer(matcher):
    assert matcher.match(["acme", "nobody", "globex acme"]) == [(ACME,), (), (ACME, COMPETITOR)]


def test_a_name_is_not_found_across_two_customers(matcher):
    assert matcher.match(["i like acme", "media are bad"]) == [(ACME,), ()]


def test_without_monitors_nothing_is_found():
    assert Matcher([]).match(["acme", ""]) == [(), ()]


def test_a_blank_pattern_finds_nothing():
    assert Matcher([("hashtag", "#"), ("brand", "  ")]).match(["# hello"]) == [()]


def test_two_monitors_for_one_pattern_both_hear_it():
    assert Matcher([("brand", "acme"), ("keyword", "ACME")]).match(["acme"]) == [(0, 1)]


@given(st.lists(st.text()))
def test_any_text_in_the_world_is_answered(texts):
    assert len(Matcher(PATTERNS).match(texts)) == len(texts)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text())
def test_a_batch_changes_nothing_for_the_single_text(text, other):
    matcher = Matcher(PATTERNS)
    assert matcher.match([other, text])[1:] == matcher.match([text])


def test_half_a_surrogate_breaks_nothing(matcher):
    assert matcher.match(["acme \ud83d broken"]) == [(ACME,)]


def test_folding_forgets_case_accents_and_spacing():
    assert fold("  ÀCMÉ \n Straße ") == "acme strasse"


def test_suggestions_show_every_kind_of_slip():
    slips = likely_misspellings("Acme Media")
    assert {"akme media", "amce media", "ame media", "accme media"} <= set(slips)


def test_suggestions_never_hold_the_right_spelling():
    assert "acme" not in likely_misspellings("Acme")
    assert "acmemedia" not in likely_misspellings("Acme Media", limit=500)


def test_a_doubled_letter_is_likely_written_once():
    assert "hapy" in likely_misspellings("Happy")


def test_a_name_too_short_to_misspell_gets_no_suggestion():
    assert likely_misspellings("HP") == []
