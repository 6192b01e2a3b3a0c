"""Accounts whose network pushes: each page is kept with its cursor as it comes."""

from collections.abc import Callable
from datetime import datetime

from heard.listening.accounts import UnknownChannel, adapter_of, context_of
from heard.listening.actions.pull import failed, take_in
from heard.listening.actions.receive import cursor_of, receive
from heard.listening.channels.contract import CursorLost, Rejected
from heard.listening.models import ChannelAccount

State = ChannelAccount.State


def due_for_stream(moment: datetime) -> list[int]:
    """Ids of switched-on accounts whose adapter streams and that are not waiting out a failure."""
    due = []
    for id_, kind, next_try_at in ChannelAccount.objects.exclude(state__in=[State.OFF, State.PAUSED]).values_list(
        "id", "kind", "next_try_at"
    ):
        try:
            streams = "stream" in adapter_of(kind).capabilities.inbound
        except UnknownChannel:
            continue
        if streams and (next_try_at is None or next_try_at <= moment):
            due.append(id_)
    return due


def listen(account_id: int, *, stopping: Callable[[], bool], keep_going: Callable[[], bool]) -> bool:
    """Take in what the stream brings until it ends, fails or is to stop. False when this server has no stream: poll it.

    Never raises: failures are written on the account.
    """
    account = ChannelAccount.objects.get(pk=account_id)
    try:
        adapter, ctx = adapter_of(account.kind), context_of(account, stopping=stopping)
        for page in adapter.stream(ctx, cursor_of(account_id)):
            take_in(account_id, page)
            if not keep_going() or _is_changed(account):
                break
    except Rejected:
        return False
    except CursorLost as lost:
        receive(account_id, [], cursor=lost.resync)
    except Exception as error:
        failed(account_id, error)
    return True


def _is_changed(account: ChannelAccount) -> bool:
    """Whether somebody paused the account or changed it since the stream began. What its adapter renewed itself is no change."""
    fields = ["state", "config", "address", "sealed_secrets"]
    fresh = ChannelAccount.objects.filter(pk=account.pk).values(*fields).first()
    if fresh is None or fresh.pop("state") == State.OFF:
        return True
    return any(fresh[f] != getattr(account, f) for f in fresh)
