"""The fixtures are updates as Telegram's own types describe them."""

import json

import pytest

from heard.listening.channels.telegram.adapter import Adapter
from heard.listening.conformance.fixtures import fixtures_of
from tests.support.closed.telegram import check_update


@pytest.mark.parametrize("fixture", fixtures_of(Adapter()), ids=str)
def test_fixture_is_an_update_of_telegram(fixture):
    pytest.importorskip("aiogram")
    check_update(json.loads(fixture.path.read_text()))
