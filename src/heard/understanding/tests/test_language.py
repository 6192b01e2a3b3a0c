"""Which language a voice is in, and when nobody can tell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.rules.language import CHOICE, languages_of


def language(text: str, hint: str = "") -> str:
    return languages_of([text], [hint])[0].language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("My broadband has been down since Monday and nobody answers the phone.", "en"),
        ("Seit Montag geht mein Internet nicht und niemand hebt ab.", "de"),
        ("Mon colis n'est toujours pas arrivé, que se passe-t-il ?", "fr"),
        ("Mi pedido no ha llegado y nadie contesta el teléfono.", "es"),
        ("Il mio telefono non funziona più da ieri sera.", "it"),
        ("O meu telemóvel não funciona desde ontem à noite.", "pt"),
        ("الخدمة لا تعمل منذ أمس ولا أحد يرد على الهاتف", "ar"),
        ("جستن بيبر", "ar"),
        ("این سرویس از دیروز کار نمی‌کند و کسی پاسخ نمی‌دهد", "fa"),
        ("ﺍﻵﻥ ﻳﻨﻬﺾ ﺗﺤﺪﻱ ﺇﻳﺮﺍﻥ", "ar"),
        ("mein internet geht seit gestern nicht #störung #hilfe", "de"),
    ],
)
def test_a_language_is_told_by_what_is_written(text, code):
    assert language(text) == code
    assert language(f"@ACME_Support {text} https://t.example/x") == code


@pytest.mark.parametrize("text", ["", " ", "12345", "@acme", "https://t.example/abc", "😡😡😡", "!!!"])
def test_nobody_can_tell_where_nothing_is_written(text):
    assert language(text) == ""


def test_the_network_decides_only_where_the_text_is_too_short_to():
    assert language("ok", "de-AT") == "de"
    assert language("My broadband has been down since Monday and nobody answers the phone.", "de") == "en"
    assert language("ok", "nonsense") != "nonsense"


@given(st.lists(st.text(max_size=80), max_size=6))
@settings(deadline=None)
def test_a_text_is_in_the_same_language_alone_and_in_a_crowd(texts):
    alone = [languages_of([text], [""])[0] for text in texts]
    assert languages_of(texts, [""] * len(texts)) == alone
    assert {guess.language for guess in alone} <= {*CHOICE, ""}
