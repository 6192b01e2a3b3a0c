"""Somebody who asks, the brand, and its desk, on mastodon-mock."""

import pytest

from heard.listening.channels.mastodon.tests.desk import Desk, account_of


@pytest.fixture
def alice(mastodon):
    return mastodon.add("alice")


@pytest.fixture
def brand(mastodon):
    return mastodon.add("brand")


@pytest.fixture
def desk(brand) -> Desk:
    return Desk(account_of(brand, hashtags=["help"], keywords="order"))


def statuses_of(person) -> list[dict]:
    me = person.api("GET", "/api/v1/accounts/verify_credentials")["id"]
    return person.api("GET", f"/api/v1/accounts/{me}/statuses")
