"""Whatever an adapter hands over, both stores take it."""

import pytest

from heard.governance.permissions import HEARD
from heard.listening import selectors as listening
from heard.listening.models import Delivery, Interaction
from heard.listening.storable import storable
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_voice_with_characters_that_no_store_takes_is_heard_all_the_same(wire, arrive):
    hostile = said("1", person("D\0ana"), "My router\0 is dead, please help", subject="\0", extra={"a\0": ["\0"]})
    arrive(wire(), delivery(hostile))
    assert not Delivery.objects.filter(state="quarantined").exists()
    [voice] = listening.voices(HEARD, Interaction.objects.values_list("id", flat=True)).values()
    assert voice.text == "My router\ufffd is dead, please help"


def test_half_a_surrogate_pair_becomes_a_question_mark():
    assert storable("a\ud83d b") == "a? b"


def test_what_is_fine_is_not_copied():
    event = said("1", person("Dana"), "Grüße 😀")
    assert storable(event) is event
