"""What identities are known as, for whoever wants to know who they are."""

from collections.abc import Iterable
from typing import NamedTuple

from heard.kernel import bulk
from heard.listening.models import Identity


class KnownAs(NamedTuple):
    id: int
    network: str
    external_id: str
    handle: str
    name: str
    profile_url: str
    verified: bool


def known_as(identity_ids: Iterable[int]) -> list[KnownAs]:
    """Of those that are not our own. One query."""
    rows = bulk.select(Identity, ["id"], [(i,) for i in identity_ids], [*KnownAs._fields[1:], "is_ours"])
    return [KnownAs(*row[:-1]) for row in rows if not row[-1]]
