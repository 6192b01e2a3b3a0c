"""An index made again from what is in the store holds what the walk would have put there."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from heard.kernel.search import RenewTextIndex
from heard.listening.channels.contract import Edited, Withdrawn
from heard.listening.models import Interaction
from heard.listening.selectors import words
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

words_that_stand = import_module("heard.listening.migrations.0004_lighter_words").words_that_stand


@pytest.fixture
def heard(wire, arrive):
    account_id, dana = wire(), person("Dana")
    arrive(account_id, *(delivery(said(n, dana, f"kettle {n}", subject="Tea", minute=int(n))) for n in "123"))
    arrive(account_id, delivery(Edited(target="2", version="2", occurred_at=at(9), text="teapot")))
    arrive(account_id, delivery(Withdrawn(target="3", occurred_at=at(9))))
    return account_id


def _documents() -> dict[str, tuple[str, int]]:
    names = dict(Interaction.objects.values_list("id", "external_id"))
    return {names[id_]: (text.strip(), shelf) for part in words_that_stand(apps) for id_, text, shelf in part}


def test_the_newest_words_stand_and_withdrawn_ones_are_gone(heard):
    assert _documents() == {"1": ("Tea kettle 1", heard), "2": ("teapot", heard)}


def test_an_index_made_again_finds_the_same(heard):
    asked = ("kettle", "teapot", "tea", "kettle 3", "te")
    before = [list(words.hits(question, shelves=[heard])) for question in asked]
    assert before[0]
    assert before[3] == []
    _renew()
    assert [list(words.hits(question, shelves=[heard])) for question in asked] == before


def _renew() -> None:
    state = SimpleNamespace(apps=apps)
    with connection.schema_editor() as editor:
        RenewTextIndex("listening_words", words_that_stand).database_forwards("listening", editor, state, state)
