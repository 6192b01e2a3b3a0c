"""Alice writes down what reached her without a wire."""

from datetime import UTC, datetime

import pytest

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.listening.actions.log import BadEntry, log
from heard.listening.models import ChannelAccount, Delivery

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = {"kind": "call", "who": "020 7946 0958", "occurred_at": NOON, "text": "Line is down"}


@pytest.fixture
def desk(company):
    return ChannelAccount.objects.create(kind="log", name="By hand", config={"country": "GB"})


def test_a_call_is_received_like_any_other_voice_and_noted(desk, alice, seen_by):
    assert log(seen_by(alice), account_id=desk.pk, **CALL) == 1
    assert Delivery.objects.get().account_id == desk.pk
    line = AuditLine.objects.get()
    assert (line.verb, line.member, line.detail["kind"]) == ("interaction.log", alice, "call")
    assert "down" not in str(line.detail), "what was said is not for the audit"


def test_two_clicks_are_one_call(desk, alice, seen_by):
    assert [log(seen_by(alice), account_id=desk.pk, **CALL) for _ in range(2)] == [1, 0]


def test_who_only_reads_logs_nothing(desk, vera, seen_by):
    with pytest.raises(NotAllowed):
        log(seen_by(vera), account_id=desk.pk, **CALL)
    assert not Delivery.objects.exists()


def test_nobody_logs_into_another_teams_channel_or_into_one_that_is_no_log(desk, alice, sales, seen_by):
    """Threat 18."""
    theirs = ChannelAccount.objects.create(kind="log", name="Sales calls", team=sales)
    form = ChannelAccount.objects.create(kind="form", name="Contact", address="help")
    for account in (theirs, form):
        with pytest.raises(ChannelAccount.DoesNotExist):
            log(seen_by(alice), account_id=account.pk, **CALL)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "rumour"},
        {"direction": "sideways"},
        {"who": "  "},
        {"text": ""},
        {"text": "a\0b"},
        {"occurred_at": datetime(2026, 3, 2)},  # noqa: DTZ001 - a time without a zone is the point
    ],
)
def test_an_entry_that_lacks_something_is_explained_and_not_stored(desk, alice, seen_by, changes):
    with pytest.raises(BadEntry):
        log(seen_by(alice), account_id=desk.pk, **{**CALL, **changes})
    assert not Delivery.objects.exists()
