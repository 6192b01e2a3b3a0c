"""Who asked to be left alone: the newest word counts, for every account of that kind, in whatever order it was heard."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from heard.listening import consent
from heard.listening.models import ChannelAccount, Identity, Interaction

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def dana():
    return Identity.objects.create(network="phone", external_id="+447700900123", first_seen_at=NOON, profile_at=NOON)


def hear(account, dana, word, minute, direction="inbound"):
    at = NOON + timedelta(minutes=minute)
    id_ = f"{account.pk}-{word}-{minute}-{direction}"
    Interaction.objects.create(
        account=account, external_id=id_, identity=dana, direction=direction, kind="message", visibility="private",
        occurred_at=at, received_at=at, extra={"consent": word},
    )  # fmt: skip


def account(kind="sms"):
    return ChannelAccount.objects.create(kind=kind, name="Acme")


@pytest.mark.parametrize("order", list(permutations([("withdrawn", 1), ("given", 2), ("withdrawn", 3)])))
def test_newest_word_counts_in_any_order(dana, order):
    ours = account()
    for word, minute in order:
        hear(ours, dana, word, minute)
    assert consent.silenced([dana.pk], kinds=["sms"]) == {(dana.pk, "sms")}


def test_of_one_moment_the_refusal_counts(dana):
    ours = account()
    hear(ours, dana, "withdrawn", 1)
    hear(ours, dana, "given", 1)
    assert consent.silenced([dana.pk], kinds=["sms"])


def test_word_to_one_number_of_ours_holds_for_all_of_them_until_it_is_taken_back_at_any(dana):
    one, other = account(), account()
    hear(one, dana, "withdrawn", 1)
    assert consent.silenced([dana.pk], kinds=["sms"])
    hear(other, dana, "given", 2)
    assert not consent.silenced([dana.pk], kinds=["sms"])


def test_other_kinds_of_channel_other_people_and_our_own_words_change_nothing(dana):
    hear(account("other"), dana, "withdrawn", 1)
    hear(account(), dana, "withdrawn", 1, direction="outbound")
    robin = Identity.objects.create(network="phone", external_id="+447700900456", first_seen_at=NOON, profile_at=NOON)
    hear(account(), robin, "withdrawn", 1)
    assert consent.silenced([dana.pk], kinds=["sms"]) == set()
    assert consent.silenced([robin.pk], kinds=[]) == set()
