"""Whose record goes on when several people turn out to be one."""

from collections.abc import Iterable
from typing import NamedTuple

from heard.identity.rules.certain import SITES

VISITORS = frozenset({*SITES, "site", "visitor"})  # networks on which one may be nobody yet


class Standing(NamedTuple):
    """A face, as far as it decides whose record goes on."""

    identity_id: int
    home_id: int  # the customer made when it first spoke; ids ascend with time
    network: str
    certain_key: str

    @property
    def is_anonymous(self) -> bool:
        """A visitor of a site whom nothing vouches for."""
        return self.network in VISITORS and not self.certain_key


def survivor(faces: Iterable[Standing]) -> int:
    """The oldest home of somebody known; a visitor without a name gives way to any of those, however early they came."""
    return min((face.is_anonymous, face.home_id) for face in faces)[1]
