"""Raw deliveries are kept once, one by one or for many callers in one commit."""

import pytest
from django.db import IntegrityError

from heard.listening.actions import receive, receive_together
from heard.listening.channels.contract import RawEvent
from heard.listening.models import ChannelAccount, Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return ChannelAccount.objects.create(kind="api", name="Shop").pk


@pytest.fixture
def app():
    return ChannelAccount.objects.create(kind="api", name="App").pk


def _raw(*keys: str) -> list[RawEvent]:
    return [RawEvent(key=key, body=key.encode()) for key in keys]


def _kept() -> list[tuple[int, str]]:
    return sorted(Delivery.objects.values_list("account_id", "delivery_key"))


def test_calls_of_many_accounts_are_kept_together_and_counted_apart(shop, app):
    receive(shop, _raw("1"))
    assert receive_together([(shop, _raw("1", "2")), (app, _raw("1")), (shop, _raw("3", "4"))]) == [1, 1, 2]
    assert _kept() == sorted([(shop, "1"), (shop, "2"), (shop, "3"), (shop, "4"), (app, "1")])


def test_a_key_that_two_calls_bring_is_kept_once_and_counts_for_the_first(shop):
    assert receive_together([(shop, _raw("1", "1")), (shop, _raw("1", "2"))]) == [1, 1]
    assert _kept() == [(shop, "1"), (shop, "2")]


def test_calls_without_anything_in_them_are_kept_too(shop):
    assert receive_together([(shop, []), (shop, _raw("1")), (shop, [])]) == [0, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_one_call_that_cannot_be_kept_keeps_none_of_them(shop):
    with pytest.raises(IntegrityError):
        receive_together([(shop, _raw("1")), (999_999, _raw("2"))])
    assert _kept() == []
