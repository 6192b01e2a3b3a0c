"""Which personal data stands in a text, and which numbers only look like it. All numbers are test numbers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heard.understanding.assess import readings_of
from heard.understanding.rules import addresses, national_numbers
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
        ("I see points won on credit card 060426070011, why?", "card"),
        ("my SSN is 536-90-4399", "ssn"),
        ("meine AHV-Nummer: 756.9217.0769.85", "ssn"),
        ("CPF 529.982.247-25", "ssn"),
        ("85.07.30-033.28 staat op mijn kaart", "ssn"),
        ("personnummer 811218-9876", "ssn"),
        ("131052-308T", "ssn"),
        ("RSSMRA85T10A562S", "ssn"),
        ("mój PESEL to 44051401359", "ssn"),
        ("NI number QQ 12 34 56 C is mine, sorry AB 12 34 56 C", "ssn"),
        ("mon numéro 2 55 08 14 168 025 38", "ssn"),
        ("mi DNI es 12345678Z", "ssn"),
        ("call me on +44 20 7946 0958", "phone"),
        ("ring me: 0171 1234567", "phone"),
        ("(212) 555-0142 any time", "phone"),
        ("01.84.17.61.18", "phone"),
        ("(37) 788-063", "phone"),
        ("they are not answering at 78 651 450", "phone"),
        ("781 1704 office", "phone"),
        ("meu número é 21 2531 0982", "phone"),
        ("write to dana@example.org", "email"),
        ("we live at 221 Baker Street", "address"),
        ("Lindenstraße 14b in Köln", "address"),
        ("j'habite 12 rue de la Paix", "address"),
        ("vivo en calle Mayor 15", "address"),
        ("abito in via dei Fiorentini 17", "address"),
        ("moro na Rua Igreja 25", "address"),
        ("PSC 6293, Box 8158, APO AP 04336", "address"),
        ("ul. Więckowskiego Stefana 28", "address"),
        ("Erzsébet tér 19", "address"),
        ("Dronninggracht 12, Utrecht", "address"),
        ("my password is hunter2!", "password"),
        ("Mein Passwort lautet Sommer2024", "password"),
        ("password: swordfish", "password"),
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
        "your password reset email is incredibly slow to arrive",
        "we fly on 4/1/15-4/17/15, six flights",
        "311280-888X is no Finnish number, RSSMRA85T10A562T is no Italian one",
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


def test_what_leaves_for_another_machine_holds_none_of_it():
    texts = ["dana@example.org, my card 4111111111111111 and PESEL 44051401359", "My router is down.", ""]
    assert rules.without_personal_data(texts) == ["…rg, my card …11 and PESEL …59", "My router is down.", ""]


def test_a_card_beside_other_numbers_is_seen():
    assert [d.masked for d in personal_data("row 2 4111-1111-1111-1111 2595 was charged")] == ["…11"]
    assert kinds("gate 5 at 7, UA1523 GB29NWBK60161331926819") == ["iban"]


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
        for sign in ("SIGN", "INSIDE_AT", "COUNTRY_AND_DIGITS", "NINE_DIGITS"):
            unhurried.setattr(rules, sign, anything)
        unhurried.setattr(national_numbers, "LETTER_AFTER_DIGITS", anything)
        unhurried.setattr(addresses, "BRITISH", anything)
        unhurried.setattr(rules, "CLOSE_DIGITS", rules.ENOUGH_DIGITS)
        assert rules.personal_data(text) == quick


@given(st.lists(NUMBERED | st.text(), max_size=5))
@settings(deadline=None)
def test_a_text_holds_the_same_data_alone_and_in_a_crowd(texts):
    assert rules.personal_data_of(texts) == [rules.personal_data(text) for text in texts]
