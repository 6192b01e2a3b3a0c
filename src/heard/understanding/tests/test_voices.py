"""What voices mean, by the guideline."""

import pytest

from heard.understanding.assess import readings_of
from heard.understanding.slots import Text
from heard.understanding.tests.voices import ENGLISH, FRENCH, GERMAN, PLACES, SPANISH, STORIES

VOICES = [*STORIES, *ENGLISH, *GERMAN, *FRENCH, *SPANISH]


@pytest.mark.parametrize("voice", VOICES, ids=[f"{v.of} ({v.where})" for v in VOICES])
def test_a_voice_is_understood_as_a_colleague_would(voice):
    reading = readings_of([Text(text=voice.text, **PLACES[voice.where])])[0]
    meant = (
        set(voice.kinds.split()),
        voice.sentiment,
        voice.urgency,
        voice.urgency > 0,
        "o" in voice.verdicts,
        "a" in voice.verdicts,
    )
    assert (
        set(reading.kinds),
        reading.sentiment,
        reading.urgency,
        reading.answer_due,
        reading.operational,
        reading.analytical,
    ) == meant, reading.reasons


@pytest.mark.parametrize(("voices", "language"), [(ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr"), (SPANISH, "es")])
def test_a_voice_is_taken_for_the_language_it_is_in(voices, language):
    readings = readings_of([Text(text=v.text, **PLACES[v.where]) for v in voices])
    assert [r.language for r in readings] == [language] * len(voices)
