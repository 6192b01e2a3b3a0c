"""Fetch from channels, and keep book of how each one is doing. A channel that fails never stops another."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from heard.governance import webhooks
from heard.kernel import http, stream
from heard.kernel.clock import now
from heard.kernel.secrets import CannotRead
from heard.listening import allowance, health_log
from heard.listening.accounts import UnknownChannel, adapter_of, adapters, context_of
from heard.listening.actions.receive import cursor_of, receive
from heard.listening.channels.contract import AuthExpired, ChannelError, CursorLost, Gone, PullPage, RateLimited
from heard.listening.models import ChannelAccount

log = logging.getLogger(__name__)
State = ChannelAccount.State
NEEDS_A_PERSON = (AuthExpired, CannotRead, Gone)  # trying again by ourselves would not help
MOST_PAGES = 20  # in one go, so that a channel with a long backlog lets the others have their turn


def pull(account_id: int) -> int:
    """Fetch what is new on one account, page by page, each kept with its cursor. Returns how many deliveries were new.

    Never raises: a failure is written on the account, where the channel page and the wall show it.
    """
    account = ChannelAccount.objects.get(pk=account_id)
    new = 0
    try:
        adapter, ctx = adapter_of(account.kind), context_of(account)
        able, requests, page = adapter.capabilities, allowance.Requests(ctx), None
        for _ in range(MOST_PAGES):
            if wait := allowance.wait_seconds(account_id, able, now=now(), is_reply=False):
                _come_back(account_id, page, wait)
                return new
            page = adapter.pull(ctx, cursor_of(account_id))
            requests.spend(account_id, able, now=now())
            new += receive(account_id, page.deliveries, cursor=page.cursor)
            if not page.has_more:
                break
        succeeded(account_id, retry_after_seconds=page.retry_after_seconds if page else None)
    except CursorLost as lost:
        receive(account_id, [], cursor=lost.resync)
        log.warning("%s: %s; starting again with overlap", account.name, lost)
        succeeded(account_id)
    except Exception as error:
        failed(account_id, error)
    return new


def _come_back(account_id: int, page: PullPage | None, wait_seconds: float) -> None:
    """We have called as often as the network allows. That is no failure, and a success only if something came."""
    if page is not None:
        succeeded(account_id, retry_after_seconds=wait_seconds)
        return
    ChannelAccount.objects.filter(pk=account_id).update(next_try_at=now() + timedelta(seconds=wait_seconds))


def take_in(account_id: int, page: PullPage) -> int:
    """Keep a page that a stream brought; an empty one is a sign of life. Returns how many deliveries were new."""
    new = receive(account_id, page.deliveries, cursor=page.cursor)
    succeeded(account_id)
    return new


def succeeded(account_id: int, *, retry_after_seconds: float | None = None) -> None:
    """It works, now. An account that was in trouble, or silent, is well again, and the book says so."""
    moment = now()
    next_try_at = moment + timedelta(seconds=retry_after_seconds) if retry_after_seconds else None
    well = {"last_success_at": moment, "last_error": "", "failing_since": None, "failures": 0, "next_try_at": next_try_at}
    with transaction.atomic():
        before = ChannelAccount.objects.select_for_update().get(pk=account_id)
        recovered = before.state not in (State.OK, State.OFF)
        state = State.OK if recovered else before.state
        ChannelAccount.objects.filter(pk=account_id).update(**well, state=state)
        _note_silence(before, moment)
        if recovered:
            health_log.note(account_id, "hearing", at=moment)
            before.state = state
            stream.publish(stream.News("channel", {"id": account_id}))
            _announce("channel.recovered", before)


def _note_silence(before: ChannelAccount, moment: datetime) -> None:
    """Silence is told by the clock and changes no row while it lasts; so it is written down when it is over."""
    if before.state != State.OK or before.last_success_at is None:
        return
    adapter = adapters().get(before.kind)
    longest = adapter.capabilities.silent_after_seconds if adapter else None
    if longest and moment - before.last_success_at > timedelta(seconds=longest):
        health_log.note(before.pk, "silent", "No sign of life, and no error either.", at=before.last_success_at)
        health_log.note(before.pk, "hearing", at=moment)


def failed(account_id: int, error: Exception) -> None:
    """Write down why, and when to try again: soon after a hiccup, later each time, never after a lost sign-in."""
    moment = now()
    with transaction.atomic():
        account = ChannelAccount.objects.select_for_update().get(pk=account_id)
        account.failures += 1
        account.failing_since = account.failing_since or moment
        account.last_error = in_words(error)
        account.next_try_at = moment + _pause(error, account.failures)
        was = account.state
        if account.state != State.OFF:
            account.state = State.PAUSED if isinstance(error, NEEDS_A_PERSON) else State.FAILING
        account.save(update_fields=["failures", "failing_since", "last_error", "next_try_at", "state"])
        if account.state != was:
            health_log.note(account_id, "paused" if account.state == State.PAUSED else "failing", account.last_error, at=moment)
            stream.publish(stream.News("channel", {"id": account_id}))
            _announce("channel.failing", account)
    log.warning("%s: %s", account.name, account.last_error)


def _announce(event: str, account: ChannelAccount) -> None:
    about = {"account_id": account.pk, "channel": account.kind, "name": account.name, "state": str(account.state)}
    webhooks.announce([webhooks.Fact(event, about, account.team_id)])


def in_words(error: Exception) -> str:
    """The cause of failure for an administrator; an error nobody foresaw keeps its type."""
    if isinstance(error, CannotRead):
        return "The stored secrets cannot be read with the present secret key. Enter them again."
    if isinstance(error, ChannelError | UnknownChannel | http.Guarded) and str(error):
        return str(error)[:1000]
    return f"{type(error).__name__}: {error}"[:1000]


def _pause(error: Exception, failures: int) -> timedelta:
    if isinstance(error, RateLimited):
        return timedelta(seconds=min(error.after_seconds, 3600))
    return timedelta(seconds=min(900, 5 * 2 ** min(failures, 8)))


def due_for_pull(moment: datetime) -> list[int]:
    """Ids of switched-on accounts whose adapter is polled and whose time has come."""
    due = []
    accounts = ChannelAccount.objects.exclude(state__in=[State.OFF, State.PAUSED]).values_list(
        "id", "kind", "last_success_at", "next_try_at", "failures"
    )
    for id_, kind, last_success_at, next_try_at, failures in accounts:
        try:
            capabilities = adapter_of(kind).capabilities
        except UnknownChannel:
            continue
        if "poll" not in capabilities.inbound:
            continue
        rhythm = timedelta(seconds=capabilities.poll_every_seconds)
        if next_try_at and next_try_at > moment:
            continue
        if failures or last_success_at is None or last_success_at + rhythm <= moment:
            due.append(id_)
    return due
