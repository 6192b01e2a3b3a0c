"""What a customer gave, in their own words, and what a draft asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.understanding.rules.asking import asked_again, asked_for
from heard.understanding.rules.facts import facts_in

GIVEN = {
    "My order number is 4711-22.": ("order", "4711-22"),
    "Meine Bestellnummer lautet 4711.": ("order", "4711"),
    "Mon numéro de commande est 88231-F.": ("order", "88231-F"),
    "Mi número de pedido es 99120.": ("order", "99120"),
    "where is #88231?": ("order", "88231"),
    "customer no K-99812": ("customer", "K-99812"),
    "Kundennummer: K-99812": ("customer", "K-99812"),
    "Rechnung Nr. 2024-1189 stimmt nicht": ("invoice", "2024-1189"),
    "The parcel 1Z999AA10123456784 never came": ("tracking", "1Z999AA10123456784"),
    "It is the model WX-2000.": ("model", "WX-2000"),
    "Meine Fritz!Box 7590 blinkt rot": ("model", "Fritz!Box 7590"),
    "Seriennummer AB12345678": ("serial", "AB12345678"),
    "I live in SW1A 1AA": ("postcode", "SW1A 1AA"),
    "ich wohne in 70173 Stuttgart": ("postcode", "70173"),
    "zip code 90210": ("postcode", "90210"),
    "Call me on +44 20 7946 0000": ("phone", "+44 20 7946 0000"),
    "Write to dana@example.org please": ("email", "dana@example.org"),
    "My name is Dana Whitfield and I am waiting": ("name", "Dana Whitfield"),
    "12 Baker Street, first floor": ("address", "12 Baker Street"),
    "I already restarted the router twice.": ("tried", "I already restarted the router twice."),
    "Ich habe den Router schon mehrmals neu gestartet!": ("tried", "Ich habe den Router schon mehrmals neu gestartet!"),
    "J'ai déjà redémarré la box.": ("tried", "J'ai déjà redémarré la box."),
}


@pytest.mark.parametrize("text", GIVEN)
def test_what_they_gave_is_found_where_it_stands(text):
    kind, value = GIVEN[text]
    (fact,) = facts_in(text)
    assert (fact.kind, fact.value) == (kind, value)
    assert value in text[fact.start : fact.end]


@pytest.mark.parametrize(
    "text",
    [
        "My card 4111 1111 1111 1111 was charged twice",
        "Social security 123-45-6789",
        "IBAN DE89 3704 0044 0532 0130 00",
        "My password is hunter22!",
        "Order number …11, please",  # as masking leaves it
        "card …11 for order …22",
        "Have you restarted it?",
        "I haven't restarted it and I never tried",
        "Ich habe nicht neu gestartet",
        "It cost 10000 Euro since March 2024",
    ],
)
def test_what_is_secret_masked_or_no_fact_is_none(text):
    """T23."""
    assert facts_in(text) == []


ASKED = {
    "Could you send us your order number?": "order",
    "Wie lautet Ihre Bestellnummer?": "order",
    "Bitte nennen Sie uns Ihre Kundennummer.": "customer",
    "Please tell us your postcode": "postcode",
    "Wie ist Ihre PLZ?": "postcode",
    "What is your email address?": "email",
    "What number can we reach you on? We need a phone number.": "phone",
    "Unter welcher Telefonnummer erreichen wir Sie?": "phone",
    "Which model do you have?": "model",
    "Welches Modell haben Sie?": "model",
    "Can you confirm your address?": "address",
    "Have you tried restarting the router?": "tried",
    "Haben Sie den Router schon neu gestartet?": "tried",
    "Starten Sie den Router bitte neu.": "tried",
    "What have you tried so far?": "tried",
    "Quel est votre numéro de commande ?": "order",
    "¿Cuál es su número de pedido?": "order",
}


@pytest.mark.parametrize("draft", ASKED)
def test_a_question_asks_for_what_it_names(draft):
    assert [asked.kind for asked in asked_for(draft)] == [ASKED[draft]]


@pytest.mark.parametrize(
    "draft",
    [
        "Thanks for your order number.",
        "We have your postcode and look into it.",
        "Vielen Dank für Ihre Bestellnummer.",
        "Is there anything else?",
        "",
    ],
)
def test_thanks_ask_for_nothing(draft):
    assert asked_for(draft) == []


def test_what_is_on_file_is_not_asked_again():
    """T16."""
    facts = facts_in("My order number is 4711. I restarted the router twice.")
    draft = "Sorry to hear that. Could you give us your order number? Have you tried restarting it? And your postcode?"
    assert [(asked.kind, fact.value) for asked, fact in asked_again(draft, facts)] == [
        ("order", "4711"),
        ("tried", "I restarted the router twice."),
    ]


def test_a_question_with_the_answer_in_it_is_a_confirmation():
    facts = facts_in("My order number is 47-11-00.")
    assert asked_again("Is 471100 your order number?", facts) == []


def test_another_remedy_than_they_tried_may_be_asked_for():
    facts = facts_in("I already restarted the router.")
    assert asked_again("Have you tried to reset it?", facts) == []
    assert asked_again("Have you rebooted it?", facts)


@given(st.text(max_size=300))
def test_a_fact_of_any_text_is_a_place_in_it(text):
    text = text.encode("utf-8", "replace").decode()
    for fact in facts_in(text):
        assert 0 <= fact.start < fact.end <= len(text)
    asked_for(text)
