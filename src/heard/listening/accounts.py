"""The channels that are installed, and our accounts on them as adapters see them."""

import logging
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from django.conf import settings

from heard.kernel import http
from heard.kernel.addresses import is_public
from heard.kernel.clock import now
from heard.kernel.secrets import unseal
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
    return Context(account=account_view(account), http=client, now=now, stopping=stopping, permits=permits)


def existing(account_ids: Iterable[int]) -> set[int]:
    """Which of these accounts there are. One query."""
    return set(ChannelAccount.objects.filter(id__in=set(account_ids)).values_list("id", flat=True))
