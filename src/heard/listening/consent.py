"""What we may use an address for, from what its owner said about it: to us, to a colleague who noted it, or to the network by
the word that it has for it. What they said is the evidence and the state at once; see rules/consent.py.

It is of one identity and moves with nobody: identities that are joined keep each their own.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from heard.kernel.prepared import given_ids, prepared
from heard.listening import accounts
from heard.listening.models import ChannelAccount, ConsentWord, Interaction
from heard.listening.rules.consent import ANSWERS, EVERYTHING, Use, Word, may_use, standing

WITHDRAWN, GIVEN = "withdrawn", "given"  # contract.Said.extra["consent"]


def silenced(identity_ids: Collection[int], *, kinds: Collection[str]) -> set[tuple[int, str]]:
    """(identity, kind of channel) to which nothing more may be written, not even an answer. None where no kind is named."""
    if not identity_ids or not kinds:
        return set()
    told = standing_of(identity_ids, kinds=kinds)
    return {(i, kind) for (i, kind, purpose), word in told.items() if purpose == ANSWERS and kind in kinds and not word.is_given}


def allowed(identity_ids: Collection[int], *, purpose: str) -> set[tuple[int, str]]:
    """(identity, kind of channel) that said yes to this purpose, and not no to everything. The door for whatever is sent unasked."""
    told = standing_of(identity_ids)
    yes = {(i, kind) for (i, kind, about), word in told.items() if about == purpose and word.is_given}
    return {(i, kind) for i, kind in yes if may_use((i, kind, ANSWERS), told)}


def standing_of(identity_ids: Collection[int], *, kinds: Collection[str] | None = None) -> dict[Use, Word]:
    """The word that counts, for each use of these addresses that was spoken about, on all kinds of channel or on some.

    One query, and one more where a network of these kinds has a word for it.
    """
    if not identity_ids:
        return {}
    noted = [Word(*row)._replace(by=row[-1] or "") for row in _noted(identities=identity_ids)]
    knowing = accounts.kinds_with_opt_out()
    if kinds is not None:
        knowing &= set(kinds)
    told = [_from_network(*row) for row in _told(frozenset(knowing), identities=identity_ids)] if knowing else []
    return standing([*noted, *told])


@prepared
def _noted() -> QuerySet:
    words = ConsentWord.objects.filter(identity_id__in=given_ids("identities"))
    return words.values_list("identity_id", "channel_kind", "purpose", "is_given", "said_at", "how", "member__name")


@prepared
def _told(kinds: Collection[str]) -> QuerySet:
    """The text of a part of a JSON column: as JSON it would be read by Django alone."""
    said = Interaction.objects.filter(
        identity_id__in=given_ids("identities"),
        direction="inbound",
        account__kind__in=kinds,
        extra__consent__in=[WITHDRAWN, GIVEN],
    )
    return said.values_list("identity_id", "account__kind", KT("extra__consent"), "occurred_at")


def _from_network(identity_id: int, kind: str, consent: str, at: datetime) -> Word:
    return Word(identity_id, kind, EVERYTHING, consent == GIVEN, at, "by the word that the network has for it")


def kinds_by_network(networks: Collection[str]) -> dict[str, list[str]]:
    """{network of an address: the kinds of channel over which it may be written to}, its own first."""
    reach = {kind: adapter.capabilities for kind, adapter in accounts.adapters().items() if adapter.capabilities.outbound}
    connected = {kind for (kind,) in _connected()}
    return {
        network: [
            network,
            *sorted(k for k, can in reach.items() if k != network and k in connected and can.address_kind == network),
        ]
        for network in networks
    }


@prepared
def _connected() -> QuerySet:
    return ChannelAccount.objects.filter(disconnected_at=None).values_list("kind").distinct()
