"""What a word is, the same for writing and asking."""

import pytest

from heard.kernel.rules.words import LONGEST_TEXT, LONGEST_WORD, asked, folded, indexed, may_be_beginning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Broadband DOWN, again!", "broadband down again"),
        ("Köln, Straße, ÉTIENNE, İstanbul, ﬁn", "koln strasse etienne istanbul fin"),
        ("e\u0301te\u0301 is été", "ete is ete"),
        ("don't / l'année / l’année", "don t l annee l annee"),
        ("Привет, Ёлка", "привет елка"),
        ("order_7 AC-1234", "order_7 ac 1234"),
        ("it is 🔥🔥 👍🏽", "it is 🔥 🔥 👍"),
        ("日本語", "日本 本語 語"),
        ("iPhone用ｹｰｽ", "iphone 用ケ ケー ース ス"),
        ("हिन्दी", "हिनदी"),
        ("\x00 \t \ud800 --", ""),
    ],
)
def test_case_accents_and_signs_do_not_matter(text, words):
    assert folded(text).split() == words.split()


def test_marked_words_are_found_with_their_mark_and_without():
    assert indexed("@Acme #fail dana@example.com").split() == [
        "@acme",
        "#fail",
        "dana@example",
        "com",
        "acme",
        "fail",
        "dana",
        "example",
    ]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Broadband broadband down", ["broadband", "down"]),
        ("#Fail @acme", ["#fail", "@acme"]),
        ("日本語", ["日本", "本語"]),
        ("語", ["語"]),
        ("日本 a", ["日本", "a"]),
        ("\"' OR 1=1 --", ["or", "1"]),
        ("...", []),
    ],
)
def test_a_question_is_read_as_the_texts_are(question, words):
    assert asked(question) == words


@pytest.mark.parametrize(("word", "stands_for_longer"), [("bro", True), ("br", False), ("5g", False), ("語", True)])
def test_short_beginnings_are_whole_words(word, stands_for_longer):
    assert may_be_beginning(word) is stands_for_longer


def test_nothing_is_longer_than_the_stores_can_take():
    assert max(map(len, folded(f"short {'x' * 900} short").split())) == LONGEST_WORD
    assert max(map(len, folded(f"{'ü' * 900}").split())) == LONGEST_WORD
    assert len(folded("word " * 100_000)) == LONGEST_TEXT
