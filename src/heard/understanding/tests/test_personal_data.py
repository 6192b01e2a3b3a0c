"""Which personal data stands in a text, and which numbers only look like it. All numbers are test numbers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.assess import readings_of
from heard.understanding.rules import personal_data as rules
from heard.understanding.rules.personal_data import mask, personal_data
from heard.understanding.slots import Text


def kinds(text: str) -> list[str]:
    return [datum.kind for datum in personal_data(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my card is 4111 1111 1111 1111", "card"),
        ("card 5500-0000-0000-0004 was charged", "card"),
        ("pay to DE89 3704 0044 0532 0130 00 please", "iban"),
        ("GB29NWBK60161331926819", "iban"),
        ("my SSN is 536-90-4399", "ssn"),
        ("NI number QQ 12 34 56 C is mine, sorry AB 12 34 56 C", "ssn"),
        ("mon numéro 2 55 08 14 168 025 38", "ssn"),
        ("mi DNI es 12345678Z", "ssn"),
        ("call me on +44 20 7946 0958", "phone"),
        ("ring me: 0171 1234567", "phone"),
        ("(212) 555-0142 any time", "phone"),
        ("01.84.17.61.18", "phone"),
        ("write to dana@example.org", "email"),
        ("we live at 221 Baker Street", "address"),
        ("Lindenstraße 14b in Köln", "address"),
        ("j'habite 12 rue de la Paix", "address"),
        ("vivo en calle Mayor 15", "address"),
        ("my password is hunter2!", "password"),
        ("Mein Passwort lautet Sommer2024", "password"),
        ("order #12345678 is late", "order"),
        ("booking reference ABC123", "order"),
        ("confirmation number: NJV4BP", "order"),
        ("Bestellnummer 4711-8899", "order"),
        ("1Z999AA10123456784 has not moved", "order"),
    ],
)
def test_personal_data_is_seen(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "I am on flight 1234 and it is 2 hours late",
        "4111 1111 1111 1112 has a wrong check digit, so no card",
        "since 2024-03-05 12:30 nothing works",
        "the address 192.168.10.20 is blocked",
        "I forgot my password again",
        "the password is wrong",
        "waiting for 48 hrs, 5 times, 100 % sure",
        "Spring 16 internships",
        "DE00 3704 0044 0532 0130 00 fails modulo 97",
        "see https://shop.example/item/4111111111111111?x=dana@example.org",
        "@acme @globex which is better?",
        "my order is late",
        "",
    ],
)
def test_what_only_looks_like_it_is_not(text):
    assert kinds(text) == []


def test_each_place_counts_once_and_in_its_order():
    found = personal_data("dana@example.org, +49 30 901820, 4111111111111111")
    assert [d.kind for d in found] == ["email", "phone", "card"]


def test_a_reason_never_repeats_the_data_itself():
    reading = readings_of([Text(text="My card 4111 1111 1111 1111 was charged twice, call 0171 1234567")])[0]
    assert {"card", "phone"} <= set(reading.private)
    assert "4111" not in str(reading.reasons)
    assert "1234567" not in str(reading.reasons)


def test_a_mask_keeps_two_characters_at_most():
    assert mask("4111 1111 1111 1111") == "…11"
    assert mask("secret") == "…"


def test_health_of_a_third_person_counts_too():
    assert readings_of([Text(text="My mother has dementia and cannot use the menu")])[0].private == ["health"]


def test_data_in_a_scam_is_labelled_too():
    text = "Congratulations you have won! Click here and send your card, mine was 4111111111111111"
    reading = readings_of([Text(text=text)])[0]
    assert (reading.kinds, reading.private) == (["spam"], ["card"])


PIECES = st.sampled_from(
    [
        *(
            "AB",
            "ab",
            "X",
            "C",
            "K",
            "DE89",
            "1Z",
            "999AA10123456784",
            "B3 2DA",
            "Main",
            "St",
            "Weg",
            "rue",
            "Apt",
            "box",
            "ORDER",
            "order",
        ),
        *(
            "12",
            "34",
            "5",
            "007",
            "123456",
            "4111 1111",
            "0171",
            "+44",
            "1984",
            "٣٤",
            "(",
            "/",
            "-",
            ".",
            ",",
            "#",
            "@",
            "call",
            "ssn",
            "ſ",
            "1234567",
            "my number",
            " an ",
            " lol",
        ),
    ]
)
NUMBERED = st.lists(PIECES | st.sampled_from([" ", " ", "  "]), max_size=14).map("".join)


@given(NUMBERED)
@settings(deadline=None, max_examples=500)
def test_no_sign_that_saves_time_hides_anything(text):
    anything = re.compile("")
    with pytest.MonkeyPatch.context() as unhurried:
        quick = rules.personal_data(text)
        for sign in ("SIGN", "COUNTRY_AND_DIGITS", "LETTER_AFTER_DIGITS", "NINE_DIGITS", "NUMBER_FIRST"):
            unhurried.setattr(rules, sign, anything)
        unhurried.setattr(rules, "CLOSE_DIGITS", rules.ENOUGH_DIGITS)
        assert rules.personal_data(text) == quick


@given(st.lists(NUMBERED | st.text(), max_size=5))
@settings(deadline=None)
def test_a_text_holds_the_same_data_alone_and_in_a_crowd(texts):
    assert rules.personal_data_of(texts) == [rules.personal_data(text) for text in texts]
