"""Which words stand. Whatever the order in which edits and withdrawals arrive, the answer is the same."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Version(NamedTuple):
    withdrawn: bool
    version: str
    digest: str
    occurred_at: datetime
    subject: str
    text: str
    html: str

    def rank(self) -> tuple:
        """Order of versions: the network's own, then time, then the words themselves, so that no two are equal."""
        return (self.version, self.occurred_at, self.digest)


def newest(versions: Iterable[Version]) -> Version | None:
    """The edit that stands, or None when nothing was edited. Withdrawals are no versions."""
    return max((v for v in versions if not v.withdrawn), key=Version.rank, default=None)
