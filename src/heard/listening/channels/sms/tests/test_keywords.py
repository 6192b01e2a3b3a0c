import pytest

from heard.listening.channels.sms.keywords import keyword_of


@pytest.mark.parametrize(
    "text",
    ["STOP", " stop. ", "Stop!!", "“Stop”", "opt out", "Opt-out", "Stop all", "UNSUBSCRIBE", "Arrêt", "ARRET", "Abmelden",
     "baja", "SAIR", "стоп", "إيقاف", "停止", "配信停止", "หยุด", "수신거부", "odhlasit", "rezygnuję"],
)  # fmt: skip
def test_stop_is_known_in_many_words(text):
    assert keyword_of(text) == "stop"


@pytest.mark.parametrize("text", ["Please stop", "Don't stop now", "stop it, my order is wrong", "full stop", "", "😕", "ends"])
def test_sentence_is_no_keyword_and_waits_for_a_person(text):
    assert keyword_of(text) is None


@pytest.mark.parametrize(
    ("text", "meaning"), [("START", "start"), ("unstop", "start"), ("Yes", "start"), ("Hilfe!", "help"), ("ヘルプ", "help")]
)
def test_start_and_help(text, meaning):
    assert keyword_of(text) == meaning


def test_what_twilio_made_of_it_is_right_whatever_the_word():
    assert keyword_of("ZUT", told="STOP") == "stop"
    assert keyword_of("stop", told="HELP") == "help"


def test_words_of_the_house_count_too():
    assert keyword_of("Basta!", also_stop=frozenset({"basta"})) == "stop"
