"""Questions about reaching somebody: our accounts that a viewer may use, whom they heard, and what there is to answer."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from django.core.cache import cache
from django.db.models import Max, QuerySet

from heard.governance.permissions import Viewer, within_teams
from heard.kernel.clock import now
from heard.kernel.prepared import given_ids, prepared
from heard.kernel.secrets import CannotRead
from heard.listening import allowance
from heard.listening.accounts import UnknownChannel, account_view, adapter_of, context_of
from heard.listening.channels.contract import Account, Author, ChannelAdapter, Context, RateLimited, Rejected, Template
from heard.listening.models import ChannelAccount, Identity, Interaction

KEPT_SECONDS = 600  # what a network approved changes over days


@dataclass(frozen=True)
class OwnAccount:
    id: int
    kind: str
    name: str
    state: str


@dataclass(frozen=True)
class Voice:
    """What a reply needs to know of the interaction that it answers."""

    id: int
    account_id: int
    identity_id: int
    external_id: str
    direction: str
    visibility: str
    subject: str
    thread_ref: str
    parent_ref: str
    occurred_at: datetime


_VOICE = tuple(field.name for field in fields(Voice))


def own_accounts(viewer: Viewer) -> list[OwnAccount]:
    """Every account of the viewer's teams, by name."""
    return [OwnAccount(*row) for row in _own_accounts(viewer)]


@prepared
def _own_accounts(viewer: Viewer) -> QuerySet:
    return ChannelAccount.objects.filter(within_teams(viewer)).values_list("id", "kind", "name", "state")


def faces(identity_ids: Collection[int]) -> dict[int, Author]:
    """The identities as adapters see them; our own handles are left out."""
    identities = Identity.objects.filter(id__in=identity_ids, is_ours=False).order_by("id")
    return {
        i.pk: Author(network=i.network, external_id=i.external_id, handle=i.handle, name=i.name, verified=i.verified)
        for i in identities
    }


def last_heard(account_ids: Collection[int], identity_ids: Collection[int]) -> dict[tuple[int, int], list[Voice]]:
    """By (account, identity): the newest thing that this identity said to us there, in each visibility."""
    found: dict[tuple[int, int], list[Voice]] = {}
    for row in _last_heard(identities=identity_ids):
        voice = Voice(*row)
        if voice.account_id in account_ids:
            found.setdefault((voice.account_id, voice.identity_id), []).append(voice)
    return found


@prepared
def _last_heard() -> QuerySet:
    """On every account: people have been heard on few, and a store that is asked for both may begin at the accounts."""
    said = Interaction.objects.filter(identity_id__in=given_ids("identities"), direction="inbound")
    newest = said.values("account_id", "identity_id", "visibility").annotate(newest=Max("id")).values("newest")
    return Interaction.objects.filter(id__in=newest).values_list(*_VOICE)


def voices(interaction_ids: Collection[int]) -> dict[int, Voice]:
    rows = Interaction.objects.filter(id__in=interaction_ids).values_list(*_VOICE)
    return {row[0]: Voice(*row) for row in rows}


def approved_words(account_id: int) -> list[Template]:
    """What a network approved for us, as it says now, or said some minutes ago. Raises ChannelError. Not inside a transaction."""
    key = f"approved-words:{account_id}"
    kept = cache.get(key)
    if kept is None:
        adapter, context = network_of(account_id)
        with context.http:
            kept = adapter.templates(context)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def network_of(account_id: int) -> tuple[ChannelAdapter, Context]:
    """The network behind an account and what is needed to call it, which is counted. Raises ChannelError where one may not now."""
    account = ChannelAccount.objects.get(id=account_id)
    try:
        adapter, context = adapter_of(account.kind), context_of(account)
    except (UnknownChannel, CannotRead) as error:
        raise Rejected(str(error) or "this channel's sign-in cannot be read any more; enter it again") from error
    if wait := allowance.wait_seconds(account_id, adapter.capabilities, now=now(), is_reply=True):
        context.http.close()
        raise RateLimited(f"we have called this network as often as it allows; in {wait:.0f} s again", after_seconds=wait)
    return adapter, context


def account_without_secrets(account_id: int) -> Account:
    """An account of ours as an adapter's pure functions see it."""
    return account_view(ChannelAccount.objects.get(id=account_id), with_secrets=False)
