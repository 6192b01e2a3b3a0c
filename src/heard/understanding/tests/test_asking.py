"""Whoever wants an answer gets one, however they put it; whoever wants none is left in peace."""

import pytest

from heard.understanding.assess import readings_of
from heard.understanding.slots import Text
from heard.understanding.tests.asking import ASKING, KEPT_ASIDE
from heard.understanding.tests.voices import PLACES

STUDIED = [voice for voice in ASKING if voice not in KEPT_ASIDE]


@pytest.mark.parametrize("voice", STUDIED, ids=[v.text[:50] for v in STUDIED])
def test_nobody_who_wants_an_answer_is_filed_away(voice):
    reading = readings_of([Text(text=voice.text, **PLACES[voice.where])])[0]
    assert reading.answer_due == voice.due, reading.reasons
    assert set(voice.kinds.split()) <= set(reading.kinds), reading.reasons
    assert voice.urgency in (None, reading.urgency), reading.reasons
