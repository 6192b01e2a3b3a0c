"""Questions about reaching somebody: our accounts that a viewer may use, whom they heard, and what there is to answer."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max

from heard.governance.permissions import Viewer, within_teams
from heard.listening.accounts import account_view
from heard.listening.channels.contract import Account, Author
from heard.listening.models import ChannelAccount, Identity, Interaction


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


_VOICE = ("id", "account_id", "identity_id", "external_id", "direction", "visibility", "subject", "thread_ref", "parent_ref")


def own_accounts(viewer: Viewer) -> list[OwnAccount]:
    """Every account of the viewer's teams, by name."""
    rows = ChannelAccount.objects.filter(within_teams(viewer)).values_list("id", "kind", "name", "state")
    return [OwnAccount(*row) for row in rows]


def faces(identity_ids: Collection[int]) -> dict[int, Author]:
    """The identities as adapters see them; our own handles are left out."""
    identities = Identity.objects.filter(id__in=identity_ids, is_ours=False).order_by("id")
    return {
        i.pk: Author(network=i.network, external_id=i.external_id, handle=i.handle, name=i.name, verified=i.verified)
        for i in identities
    }


def last_heard(account_ids: Collection[int], identity_ids: Collection[int]) -> dict[tuple[int, int], Voice]:
    """By (account, identity): the newest thing that this identity said to us there."""
    newest = (
        Interaction.objects.filter(account_id__in=account_ids, identity_id__in=identity_ids, direction="inbound")
        .values("account_id", "identity_id")
        .annotate(newest=Max("id"))
        .values_list("newest", flat=True)
    )
    return {(v.account_id, v.identity_id): v for v in voices(list(newest)).values()}


def voices(interaction_ids: Collection[int]) -> dict[int, Voice]:
    rows = Interaction.objects.filter(id__in=interaction_ids).values_list(*_VOICE)
    return {row[0]: Voice(*row) for row in rows}


def account_without_secrets(account_id: int) -> Account:
    """An account of ours as an adapter's pure functions see it."""
    return account_view(ChannelAccount.objects.get(id=account_id), with_secrets=False)
