"""The life of an account: connected, paused, in trouble, disconnected, connected again; and the book that is kept of it."""

from datetime import timedelta

import pytest
from django.db import connection

from heard.governance.models import AuditLine
from heard.governance.permissions import NotAllowed
from heard.kernel import clock
from heard.kernel.secrets import unseal
from heard.listening import actions, health_log
from heard.listening.accounts import adapters, context_of
from heard.listening.channels.contract import (
    AuthExpired,
    BaseAdapter,
    Capabilities,
    ConfigField,
    Gone,
    Health,
    PullPage,
    Rejected,
    Retryable,
)
from heard.listening.models import ApiToken, ChannelAccount, HealthChange

pytestmark = pytest.mark.django_db


class Club(BaseAdapter):
    """A network in memory that hands out a key and takes it back."""

    kind = "club"
    label = "Club"
    capabilities = Capabilities(inbound=("poll",), silent_after_seconds=600)
    config_fields = (ConfigField(name="key", label="Key", secret=True),)

    def __init__(self) -> None:
        self.left_with: list[tuple[str, str, bool]] = []  # key, state of the account then, within a transaction
        self.trouble: Exception | None = None
        self.scopes = {"read": True, "write": False}

    def check(self, ctx):
        return Health(ok=True, message="Come in.", scopes=self.scopes)

    def pull(self, ctx, cursor, *, limit=200):
        if self.trouble:
            raise self.trouble
        return PullPage()

    def disconnect(self, ctx):
        state = ChannelAccount.objects.get(pk=ctx.account.id).state
        self.left_with.append((ctx.account.secrets["key"], state, connection.in_atomic_block))
        ctx.keep({"key": "renewed on the way out"})
        if self.trouble:
            raise self.trouble
        return "Give the badge back at the door."


@pytest.fixture
def club():
    adapters()["club"] = Club()
    yield adapters()["club"]
    adapters().pop("club")


@pytest.fixture
def admin(ada, seen_by):
    return seen_by(ada)


@pytest.fixture
def account(club, admin) -> ChannelAccount:
    return ChannelAccount.objects.get(pk=actions.connect(admin, kind="club", name="Club", secrets={"key": "s3cret"}))


def book(account) -> list[tuple[str, str]]:
    """Oldest first, without how it began."""
    return list(HealthChange.objects.filter(account=account).order_by("id").values_list("condition", "cause"))[1:]


# ── The book ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_change_of_condition_is_written_down_once_with_its_cause(account, club):
    for trouble in (
        None,
        None,
        Retryable("The club is full."),
        Retryable("The club is full."),
        None,
        AuthExpired("Who are you?"),
    ):
        club.trouble = trouble
        actions.pull(account.pk)
    assert book(account) == [("hearing", ""), ("failing", "The club is full."), ("hearing", ""), ("paused", "Who are you?")]


def test_book_starts_with_the_connection(account):
    assert HealthChange.objects.get().condition == "untested"


def test_silence_is_written_down_when_it_is_over(account, club):
    actions.pull(account.pk)
    heard_last = clock.now() - timedelta(hours=3)
    ChannelAccount.objects.update(last_success_at=heard_last)
    actions.pull(account.pk)
    silent, well = HealthChange.objects.order_by("id")[2:]
    assert (silent.condition, silent.at, well.condition) == ("silent", heard_last, "hearing")


def test_short_quiet_is_no_silence(account):
    actions.pull(account.pk)
    ChannelAccount.objects.update(last_success_at=clock.now() - timedelta(seconds=599))
    actions.pull(account.pk)
    assert book(account) == [("hearing", "")]


def test_last_fifty_changes_are_kept_of_each(account, wire):
    other = wire()
    health_log.note(other, "hearing")
    for number in range(60):
        health_log.note(account.pk, "failing", f"number {number}")
    assert [cause for _, cause in book(account)][-1] == "number 59"
    assert HealthChange.objects.filter(account=account).count() == health_log.KEPT
    assert HealthChange.objects.filter(account=other).count() == 1


def test_book_of_another_teams_channel_is_closed(account, sales, alice, bea, seen_by):
    """Threat 18."""
    ChannelAccount.objects.update(team=sales)
    assert not health_log.changes(seen_by(alice), account.pk).exists()
    assert health_log.changes(seen_by(bea), account.pk).exists()


# ── Trouble that a person must end ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", [AuthExpired("Sign in again."), Gone("It is gone for good.")])
def test_what_trying_again_cannot_mend_waits_for_an_administrator(account, club, trouble):
    club.trouble = trouble
    actions.pull(account.pk)
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("paused", str(trouble))
    assert actions.due_for_pull(clock.now() + timedelta(days=9)) == []


def test_refusal_is_told_in_the_words_of_the_network(account, club):
    club.trouble = Rejected("The club says 403.")
    actions.pull(account.pk)
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "The club says 403.")


def test_new_sign_in_starts_it_again_and_the_book_says_why(account, club, admin):
    club.trouble = AuthExpired("Sign in again.")
    actions.pull(account.pk)
    actions.change(admin, account.pk, name="Club", secrets={"key": "new"})
    account.refresh_from_db()
    assert (account.state, account.failures, account.failing_since) == ("new", 0, None)
    assert book(account)[-1] == ("untested", "A colleague changed how Heard signs in.")


def test_secrets_that_cannot_be_read_any_more_are_asked_for_anew(account, admin, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", []
    with pytest.raises(actions.BadConfig, match="Key is needed"):
        actions.change(admin, account.pk, name="Club")
    actions.change(admin, account.pk, name="Club", secrets={"key": "typed again"})
    account.refresh_from_db()
    assert unseal(account.sealed_secrets) == {"key": "typed again"}


# ── Pause, resume ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_paused_channel_is_left_alone_until_it_is_resumed(account, admin):
    actions.switch(admin, account.pk, on=False)
    assert actions.due_for_pull(clock.now()) == []
    actions.switch(admin, account.pk, on=True)
    assert actions.due_for_pull(clock.now()) == [account.pk]
    assert book(account) == [("off", "A colleague paused it."), ("untested", "A colleague resumed it.")]


def test_second_press_changes_nothing(account, admin):
    actions.switch(admin, account.pk, on=False)
    actions.switch(admin, account.pk, on=False)
    assert len(book(account)) == 1


# ── Scopes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_test_button_learns_of_scopes_is_kept(account, club, admin):
    actions.test(admin, account.pk)
    account.refresh_from_db()
    assert account.scopes == {"read": True, "write": False}
    club.scopes = {"read": True, "write": True}
    actions.test(admin, account.pk)
    account.refresh_from_db()
    assert account.scopes == {"read": True, "write": True}


# ── Disconnect ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_network_is_asked_outside_of_a_transaction_with_the_channel_already_off(account, club, admin):
    left = actions.disconnect(admin, account.pk)
    assert club.left_with == [("s3cret", "off", False)]
    assert left == "Give the badge back at the door."


def test_secrets_are_forgotten_and_what_was_heard_stays(account, admin, club):
    from heard.listening.channels.contract import RawEvent
    from heard.listening.models import Delivery

    actions.receive(account.pk, [RawEvent(key="1", body=b"hello")])
    late = context_of(account)  # of a worker that is under way
    actions.disconnect(admin, account.pk)
    late.keep({"key": "renewed meanwhile"})
    account.refresh_from_db()
    assert (account.sealed_secrets, account.state, account.left_to_do) == ("", "off", "Give the badge back at the door.")
    assert Delivery.objects.count() == 1
    assert book(account)[-1][0] == "disconnected"
    assert AuditLine.objects.filter(verb="channel.disconnect").count() == 1


@pytest.mark.parametrize("trouble", [Retryable("no route to host"), RuntimeError("a bug of the adapter")])
def test_network_that_cannot_be_told_does_not_keep_us_connected(account, club, admin, trouble):
    club.trouble = trouble
    left = actions.disconnect(admin, account.pk)
    account.refresh_from_db()
    assert str(trouble) in left
    assert "by hand" in left
    assert account.sealed_secrets == ""


def test_disconnected_twice_is_disconnected_once(account, club, admin):
    assert actions.disconnect(admin, account.pk) == actions.disconnect(admin, account.pk)
    assert len(club.left_with) == 1


def test_tokens_of_others_end_and_do_not_come_back(admin):
    account_id = actions.connect(admin, kind="api", name="Shop")
    ApiToken.objects.create(account_id=account_id, name="shop", sha256="x" * 64, expires_at=clock.now() + timedelta(days=9))
    actions.disconnect(admin, account_id)
    actions.change(admin, account_id, name="Shop")
    assert not ApiToken.objects.filter(expires_at__gt=clock.now()).exists()


def test_resume_and_test_refuse_what_is_disconnected(account, club, admin):
    actions.disconnect(admin, account.pk)
    with pytest.raises(actions.Disconnected, match="Connect it again"):
        actions.switch(admin, account.pk, on=True)
    assert "Connect it again" in actions.test(admin, account.pk).message
    account.refresh_from_db()
    assert (account.state, account.failures) == ("off", 0)


def test_it_is_connected_again_with_a_new_sign_in_and_not_without(account, admin):
    actions.disconnect(admin, account.pk)
    with pytest.raises(actions.BadConfig, match="Key is needed"):
        actions.change(admin, account.pk, name="Club")
    actions.change(admin, account.pk, name="Club", secrets={"key": "new"})
    account.refresh_from_db()
    assert (account.state, account.disconnected_at, account.left_to_do) == ("new", None, "")
    assert actions.due_for_pull(clock.now()) == [account.pk]


@pytest.mark.parametrize("who", ["alice", "sam", "vera"])
def test_only_an_administrator_disconnects(who, account, club, seen_by, request):
    with pytest.raises(NotAllowed):
        actions.disconnect(seen_by(request.getfixturevalue(who)), account.pk)
    assert club.left_with == []
