"""Addresses that were erased, as hashes: nothing of before comes back with them, and a "no" of theirs is still a no.

The hash is keyed with the secret of this house, so that nobody who reads the table can try out addresses. After the secret was
changed, those made with an earlier one are found as long as it stands among the fallbacks.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from heard.governance.models import Suppression
from heard.kernel import bulk
from heard.kernel.prepared import prepared

Address = tuple[str, str]  # (network, external id)


class Erased(NamedTuple):
    """`silent_on`: kinds of channels on which they had asked us not to write any more."""

    at: datetime
    silent_on: frozenset[str]


def suppress(addresses: Mapping[Address, Collection[str]], *, at: datetime) -> None:
    """Remember {address: kinds of channels on which it was to be left alone} without knowing them. May be repeated: the later
    moment counts, and what was refused before stays so. Inside the caller's transaction."""
    known = erased(addresses)
    Suppression.objects.filter(digest__in=[d for address in known for d in _digests(address)]).delete()
    Suppression.objects.bulk_create(
        [
            Suppression(digest=_digests(address)[0], erased_at=at, silent_on=sorted({*kinds, *_silent(known.get(address))}))
            for address, kinds in addresses.items()
        ]
    )


def suppressed(addresses: Iterable[Address]) -> dict[Address, datetime]:
    """{address: when it was erased} of those that were. Two queries at most, one in a house that never erased anybody.

    Whoever brings old data in asks first, and leaves out what is older than that moment.
    """
    return {address: found.at for address, found in erased(addresses).items()}


def erased(addresses: Iterable[Address]) -> dict[Address, Erased]:
    asked = list(dict.fromkeys(addresses))
    if not asked or not _anybody():
        return {}
    digests = {digest: address for address in asked for digest in _digests(address)}
    rows = bulk.select(Suppression, ["digest"], [(d,) for d in digests], ["erased_at", "silent_on"])
    return {digests[digest]: Erased(at, frozenset(kinds)) for digest, at, kinds in rows}


@prepared
def _anybody() -> QuerySet:
    return Suppression.objects.order_by().values_list("pk")[:1]


def _silent(found: Erased | None) -> frozenset[str]:
    return found.silent_on if found else frozenset()


def _digests(address: Address) -> list[str]:
    """The present one first."""
    network, external_id = address
    told = f"{network}\0{external_id.strip().casefold()}".encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(b"heard suppression " + key.encode(), told, hashlib.sha256).hexdigest() for key in keys]
