import pytest

from heard.understanding.rules.dialect import dialect_of, dialects, name_of

SHOWN = [
    ("hi", "Mera order abhi tak nahi aaya, kya hua?", "romanised-hindi"),
    ("hi", "मेरा ऑर्डर अभी तक नहीं आया", ""),
    ("de", "Grüezi, min Router gaht nöd, chönd ihr hälfe?", "swiss-german"),
    ("de", "Oida, euer Sackerl is scho wieder grissn", "austrian-german"),
    ("de", "Guten Tag, mein Router geht nicht.", ""),
    ("de", "Das ist doch eine Lüge, mein Netz ist seit heuer weg", ""),
    ("en", "Kindly do the needful and update me", "indian-english"),
    ("en", "yall finna fix this or nah", "african-american-english"),
    ("en", "Will they be open tomorrow?", ""),
    ("en", "The bruschetta was cold", ""),
    ("es", "Che, no me anda internet", "rioplatense-spanish"),
    ("es", "Avísame cuando llegue mi pedido", ""),
    ("fr", "Ça marche pantoute", "quebec-french"),
    ("fr", "Grüezi, comment ça va?", ""),
    ("", "Grüezi", ""),
]


@pytest.mark.parametrize(("language", "text", "dialect"), SHOWN, ids=[text[:24] for _, text, _ in SHOWN])
def test_a_dialect_is_told_by_words_that_nobody_else_writes(language, text, dialect):
    assert dialect_of(text, language) == dialect


def test_one_likely_word_is_not_enough_and_two_are():
    assert dialect_of("aye, the router is broken", "en") == ""
    assert dialect_of("aye, a wee problem with the router", "en") == "scots"


def test_signs_of_two_dialects_are_a_sign_of_neither():
    assert dialect_of("Cannae open it, kindly do the needful", "en") == ""


def test_every_dialect_has_a_name_that_pages_can_translate():
    from heard.understanding.pages.words import DIALECTS

    assert {name_of(key) for key in ("romanised-hindi", *(dialect.key for dialect in dialects()))} == set(DIALECTS)
