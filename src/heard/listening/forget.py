"""Take accounts away with everything that was heard on them. Later rooms forget first: nothing here asks whether it is needed."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from heard.kernel.search import TextIndex
from heard.listening.models import ChannelAccount, Identity, Interaction, Monitor, Reaction, StatusMark
from heard.listening.sources import forget_unused

words = TextIndex("listening_words")


def speakers_of(account_ids: Collection[int], *, also: Collection[int] = ()) -> set[int]:
    """Of the identities met on these accounts, and of `also`, those that said nothing elsewhere; our own faces included."""
    here = set(Interaction.objects.filter(account_id__in=account_ids).values_list("identity_id", flat=True)) | set(also)
    for told in (Reaction, StatusMark):
        here |= set(told.objects.filter(account_id__in=account_ids).values_list("identity_id", flat=True))
    elsewhere = Interaction.objects.filter(identity_id=OuterRef("pk")).exclude(account_id__in=account_ids)
    return set(Identity.objects.filter(~Exists(elsewhere), id__in=here).values_list("id", flat=True))


def forget_accounts(account_ids: Collection[int]) -> None:
    """Every voice, delivery, cursor and status of these accounts is gone, and the accounts too."""
    interactions = Interaction.objects.filter(account_id__in=account_ids)
    words.remove(list(interactions.values_list("id", flat=True)))
    interactions.delete()
    forget_unused()
    ChannelAccount.objects.filter(id__in=account_ids).delete()


def forget_identities(identity_ids: Collection[int]) -> None:
    Identity.objects.filter(id__in=identity_ids).delete()


def forget_monitors(monitor_ids: Collection[int]) -> None:
    Monitor.objects.filter(id__in=monitor_ids).delete()
