"""Whoever wants an answer gets one, however they put it; whoever wants none is left in peace."""

import pytest

from heard.understanding.assess import readings_of
from heard.understanding.slots import Text
from heard.understanding.tests.asking import ASKING
from heard.understanding.tests.voices import PLACES

# Heard wrongly since verdicts are learned (docs/algorithms/verdicts.md). One of them is filed away; the others lose a kind, are taken
# for more pressing than they are, or cost a colleague a glance.
MISHEARD = (
    "@acme train held at Ulm",
    "anyone else's acme bill doubled",
    "@acme the smoke alarm I ordered came today",
    "@acme same here",
    "Huge thanks to Ben at @acme",
    "@acme four years with you and never",
    "@acme toll, wie schnell",
)
ASKED = [
    pytest.param(
        v, id=v.text[:50], marks=pytest.mark.xfail(strict=True, reason="misheard") if v.text.startswith(MISHEARD) else ()
    )
    for v in ASKING
]


@pytest.mark.parametrize("voice", ASKED)
def test_nobody_who_wants_an_answer_is_filed_away(voice):
    reading = readings_of([Text(text=voice.text, **PLACES[voice.where])])[0]
    assert reading.answer_due == voice.due, reading.reasons
    assert set(voice.kinds.split()) <= set(reading.kinds), reading.reasons
    assert voice.urgency in (None, reading.urgency), reading.reasons
