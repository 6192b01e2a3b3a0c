"""Whoever wants an answer gets one, however they put it; whoever wants none is left in peace."""

import pytest

from heard.understanding.assess import readings_of
from heard.understanding.slots import Text
from heard.understanding.tests.asking import ASKING
from heard.understanding.tests.voices import PLACES


@pytest.mark.parametrize("voice", ASKING, ids=[v.text[:50] for v in ASKING])
def test_nobody_who_wants_an_answer_is_filed_away(voice):
    reading = readings_of([Text(text=voice.text, **PLACES[voice.where])])[0]
    assert reading.answer_due == voice.due, reading.reasons
    assert set(voice.kinds.split()) <= set(reading.kinds), reading.reasons
    assert voice.urgency in (None, reading.urgency), reading.reasons
