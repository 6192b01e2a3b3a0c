"""Who spoke about us without writing to us?"""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.listening.rules.matcher import BETWEEN, Matcher, fold, fold_all, forms, likely_misspellings

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


# ── The same as the straightforward way ─────────────────────────────────────────────────────────────────────────────

CHARACTERS = list("aAbBm eE@#.-_09éф\u0301ßİςΣｱアก’😀\ud83d\0\n\x1e\x85\u2028\xa0ﬁ℡Å")
AWKWARD = st.text(st.sampled_from(CHARACTERS), max_size=25)
KINDS = st.sampled_from(["brand", "misspelling", "hashtag", "account", "keyword", "competitor"])


def folded_by_hand(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))
    return " ".join(bare.lower().split()).encode("utf-8", "replace").decode()


def found_by_hand(patterns: list[tuple[str, str]], text: str) -> tuple[int, ...]:
    """One regular expression for each form of each pattern, asked about each text alone."""
    folded = folded_by_hand(text)
    return tuple(
        n
        for n, (kind, pattern) in enumerate(patterns)
        if any(re.search(expression(kind, form), folded) for form in forms(kind, pattern))
    )


def expression(kind: str, form: str) -> str:
    letter = r"[^\W\u0e00-\u0eff\u3040-\u9fff]"
    before = rf"(?<!{letter})" if re.match(rf"[#@]|{letter}", form) else ""
    after = rf"(?!{letter})" if re.search(rf"{letter}\Z", form) else ""
    return before + re.escape(form) + after + (r"(?![.-][0-9a-z])" if kind == "account" else "")


@given(st.lists(AWKWARD))
def test_a_batch_is_folded_as_each_text_would_be(texts):
    folded, ends = fold_all(texts)
    assert [part.strip(" ") for part in folded.decode().split(BETWEEN)[1:-1]] == [folded_by_hand(text) for text in texts]
    assert [folded[end : end + 1] for end in ends] == [BETWEEN.encode()] * len(texts)


@given(st.text())
def test_any_text_is_folded_as_the_standard_library_would(text):
    assert fold(text) == folded_by_hand(text)


@st.composite
def monitors_and_texts(draw) -> tuple[list[tuple[str, str]], list[str]]:
    """Texts that are made of what is looked for, with something awkward before and after it."""
    words = draw(st.lists(st.text(st.sampled_from(CHARACTERS), min_size=1, max_size=4), min_size=1, max_size=4))
    patterns = draw(st.lists(st.tuples(KINDS, st.sampled_from(words)), max_size=6))
    pieces = st.lists(st.sampled_from([*words, *CHARACTERS]), max_size=8)
    return patterns, draw(st.lists(pieces.map("".join), max_size=4))


@settings(max_examples=300)
@given(monitors_and_texts())
def test_a_batch_finds_what_asking_one_by_one_finds(given):
    patterns, texts = given
    assert Matcher(patterns).match(texts) == [found_by_hand(patterns, text) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["фacme", "acmeф", "ßacme", "acmeß", "アacme", "acmeア", "กacme", "’acme’", "😀acme", "@acme.ф", "@acme.é", "_acme", "acme_"],
)
def test_a_letter_of_any_script_goes_on_with_a_word_as_the_straightforward_way_has_it(matcher, text):
    assert matcher.match([text]) == [found_by_hand(PATTERNS, text)]


@pytest.mark.parametrize("text", ["İstanbul acme", "acme \u1e9e", "Ａcme", "x\x1eacme\x1e", "acme" + "é" * 100, "ΑΣ acme ς"])
def test_folding_that_makes_a_text_longer_or_shorter_moves_no_finding(matcher, text):
    assert matcher.match(["globex", text, "@acme"]) == [(COMPETITOR,), found_by_hand(PATTERNS, text), (ACME, ACCOUNT)]


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
