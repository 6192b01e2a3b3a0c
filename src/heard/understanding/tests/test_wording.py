"""Which phrases count, and which only look like it."""

import pytest

from heard.understanding.rules.wording import Lexicon, lexicon

TABLE = {
    "kind": {"because": "", "negated": "unkind", "en": "great, friendly, 5 stars", "de": "nett"},
    "unkind": {"because": "", "en": "awful"},
    "refund": {"because": "", "en": "refund*"},
    "price": {"because": "", "en": "how much ... cost"},
    "broken": {"because": "", "negated": "", "en": "problem, doesn't work"},
    "polite": {"because": "", "hides": "broken", "en": "thanks, problem solved"},
}


def cues(text: str, language: str = "en") -> set[str]:
    return set(Lexicon(TABLE).find([text], [language])[0].found)


@pytest.mark.parametrize(
    ("why", "text", "found"),
    [
        ("plain", "great!", {"kind"}),
        ("case and accents", "GRÉAT", {"kind"}),
        ("inside a word", "greater", set()),
        ("inside a word with digits", "great2 2great great_ _great", set()),
        ("emoji beside it", "great🚀", {"kind"}),
        ("a mark before it", "#great", {"kind"}),
        ("in capitals after a digit and a space", "5 GREAT", {"kind"}),
        ("begins with a digit", "I give it 5 stars", {"kind"}),
        ("begins with a digit inside a number", "15 stars", set()),
        ("negated", "not great", {"unkind"}),
        ("negated with a word between", "it isn't very great", {"unkind"}),
        ("negation of another clause", "I did not ask. great stuff", {"kind"}),
        ("not only", "not only great", {"kind"}),
        ("negated into nothing", "no problem", set()),
        ("word goes on", "refunded", {"refund"}),
        ("gap", "how much does it cost", {"price"}),
        ("gap across sentences", "how much. It cost me", set()),
        ("half of a gap", "the cost", set()),
        ("curly apostrophe", "it doesn’t work", {"broken"}),
        ("no apostrophe", "it doesnt work", {"broken"}),
        ("hidden in a longer phrase", "problem solved", {"polite"}),
        ("hidden once, said once", "problem solved. new problem", {"polite", "broken"}),
        ("inside a link", "https://x.example/great", set()),
    ],
)
def test_a_phrase_counts_where_it_is_meant(why, text, found):
    assert cues(text) == found, why


def test_a_short_phrase_counts_only_in_its_own_language():
    assert cues("nett", "de") == {"kind"}
    assert cues("nett", "en") == set()
    assert cues("nett", "") == {"kind"}


def test_a_long_phrase_counts_whatever_the_text_was_taken_for():
    assert cues("friendly", "de") == {"kind"}


def test_evidence_shows_the_longest_words_once():
    wording = lexicon().find(["it is way too expensive, way too expensive"], ["en"])[0]
    assert wording.words("dear") == ("way too expensive",)


def test_every_cue_says_why_it_counts():
    assert all(lexicon().because.values())
