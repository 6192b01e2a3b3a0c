"""The parts of the bridge that need no Asterisk; with one they are held to a real call in tests/journeys/test_asterisk.py."""

import struct
import wave
from xml.etree import ElementTree

import pytest

from heard.listening.channels.phone.bridge.speech import RATE, for_a_telephone
from heard.listening.channels.phone.bridge.twiml import Dial, Gather, Hangup, Record, Redirect, Say, verbs_of
from heard.listening.channels.phone.menu import read
from heard.listening.channels.phone.say import answer
from heard.listening.channels.phone.step import Step

FIELDS = {"From": "+447700900123", "To": "100"}
MENU = read(
    {"notices": ["Closed & sorry"], "menu": ["1 Bills: person +442079460000", "9 Message: voicemail", "8 Back: call back"]}
)


@pytest.mark.parametrize("place", ["", "menu", "number", "dialled", "voicemail", "status"])
@pytest.mark.parametrize("digits", ["", "1", "7", "8", "9"])
def test_bridge_can_do_all_that_the_menu_says(place, digits):
    document = answer(Step(place, 1, 0), {**FIELDS, "Digits": digits}, MENU)
    assert len(verbs_of(document)) == len(ElementTree.fromstring(document))


def test_verbs_are_read_with_what_they_say():
    [notice, gather] = verbs_of(answer(Step(), FIELDS, MENU))
    assert notice == Say("Closed & sorry", "en-GB")
    assert isinstance(gather, Gather)
    assert (gather.action, gather.most_digits, gather.ends_with, gather.tells_silence) == ("menu?n=1&tries=0", 1, "", True)
    [_, dial] = verbs_of(answer(Step("menu", 1), {**FIELDS, "Digits": "1"}, MENU))
    assert dial == Dial("+442079460000", "dialled?n=2&tries=0", 20)
    [_, record, redirect] = verbs_of(answer(Step("menu", 1), {**FIELDS, "Digits": "9"}, MENU))
    assert record == Record("voicemail?n=2&tries=0", 180, 5, "#")
    assert redirect == Redirect("voicemail?n=2&tries=0")
    assert verbs_of(answer(Step("dialled", 3), {**FIELDS, "DialCallStatus": "completed"}, MENU)) == [Hangup()]


@pytest.mark.parametrize("document", ["", "<Response>", "<Response><Sing/></Response>"])
def test_what_the_bridge_cannot_do_is_an_error_and_not_silence(document):
    with pytest.raises(ValueError, match="TwiML|cannot do"):
        verbs_of(document)


@pytest.mark.parametrize(("rate", "channels"), [(22050, 1), (44100, 2), (8000, 1)])
def test_speech_becomes_what_a_telephone_carries_and_lasts_as_long(tmp_path, rate, channels):
    with wave.open(str(tmp_path / "spoken.wav"), "wb") as spoken:
        spoken.setnchannels(channels)
        spoken.setsampwidth(2)
        spoken.setframerate(rate)
        spoken.writeframes(struct.pack("<h", 1000) * rate * channels)
    for_a_telephone(tmp_path / "spoken.wav", tmp_path / "made.wav")
    with wave.open(str(tmp_path / "made.wav")) as made:
        assert (made.getnchannels(), made.getsampwidth(), made.getframerate()) == (1, 2, RATE)
        assert abs(made.getnframes() - RATE) <= 1
        assert set(struct.unpack(f"<{made.getnframes()}h", made.readframes(made.getnframes()))) == {1000}
