"""The channels that are installed, and our accounts on them as adapters see them."""

import logging
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points

from django.conf import settings
from django.db import transaction

from heard.kernel import http
from heard.kernel.addresses import is_public
from heard.kernel.clock import now
from heard.kernel.secrets import seal, unseal
from heard.listening.channels.contract import Account, ChannelAdapter, Context
from heard.listening.models import ChannelAccount

log = logging.getLogger(__name__)


class UnknownChannel(Exception):
    """No installed adapter has this kind; its package may have been removed. Nothing of the account was changed."""


@cache
def adapters() -> dict[str, ChannelAdapter]:
    """Every installed adapter by kind, ours and third parties' alike. One that cannot be loaded is left out and logged."""
    found = [adapter for point in entry_points(group="heard.channels") if (adapter := _load(point))]
    return {adapter.kind: adapter for adapter in sorted(found, key=lambda a: a.label)}


def _load(point: EntryPoint) -> ChannelAdapter | None:
    try:
        return point.load()()
    except Exception:  # one broken channel never stops another; its accounts say UnknownChannel
        log.exception("the channel adapter %s cannot be loaded", point.value)
        return None


def kinds_with_opt_out() -> set[str]:
    """Channels on which one word of theirs ends all that we write."""
    return {kind for kind, adapter in adapters().items() if adapter.capabilities.opt_out}


def adapter_of(kind: str) -> ChannelAdapter:
    """Raises UnknownChannel."""
    try:
        return adapters()[kind]
    except KeyError as error:
        raise UnknownChannel(f"no channel adapter for {kind!r} is installed") from error


def account_view(account: ChannelAccount, *, with_secrets: bool = True) -> Account:
    """Raises kernel.secrets.CannotRead when the secret key has changed."""
    secrets = unseal(account.sealed_secrets) if with_secrets else {}
    return Account(
        id=account.pk, kind=account.kind, name=account.name, address=account.address, config=account.config, secrets=secrets
    )


def context_of(account: ChannelAccount, *, stopping=lambda: False) -> Context:
    client = http.client(allow_private=settings.ALLOW_PRIVATE_ADDRESSES)
    permits = http.anywhere if settings.ALLOW_PRIVATE_ADDRESSES else is_public
    return Context(
        account=account_view(account),
        http=client,
        now=now,
        stopping=stopping,
        permits=permits,
        keep=partial(_keep_secrets, account),
        hook_url=hook_url(account.pk),
    )


def hook_url(account_id: int) -> str:
    """Where a network calls us for this account, as the outside sees it."""
    return f"{settings.PUBLIC_URL}/hooks/{account_id}/"


def _keep_secrets(known: ChannelAccount, renewed: Mapping[str, str]) -> None:
    """Store what a network renewed beside the other secrets of an account. Nobody's settings change, so nothing is tested anew.

    `known`, as whoever works with it read it, has them too; unless somebody else changed them since, for them to notice.
    """
    with transaction.atomic():
        account = ChannelAccount.objects.select_for_update().get(pk=known.pk)
        if account.disconnected_at:  # while this was under way: its secrets are to be forgotten
            return
        is_alone = account.sealed_secrets == known.sealed_secrets
        account.sealed_secrets = seal(unseal(account.sealed_secrets) | dict(renewed))
        account.save(update_fields=["sealed_secrets"])
    if is_alone:
        known.sealed_secrets = account.sealed_secrets


def existing(account_ids: Iterable[int]) -> set[int]:
    """Which of these accounts there are. One query."""
    return set(ChannelAccount.objects.filter(id__in=set(account_ids)).values_list("id", flat=True))
