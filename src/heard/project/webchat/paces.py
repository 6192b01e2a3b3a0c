"""How often one visitor, and one address, may do what costs us something (threats 14 and 36). Each process counts for itself."""

import time

from heard.listening.rules.pace import Pace
from heard.project.webchat.calls import Refused


class Paces:
    """An address may be a whole office or a whole country behind one provider: it gets more than a visitor."""

    def __init__(self) -> None:
        self._calls = Pace(limit=300, window_seconds=60)
        self._newcomers = Pace(limit=30, window_seconds=600)
        self._words = (Pace(limit=20, window_seconds=60), Pace(limit=120, window_seconds=60))
        self._files = (Pace(limit=10, window_seconds=600), Pace(limit=30, window_seconds=600))
        self._proofs = Pace(limit=20, window_seconds=60)
        self._left = Pace(limit=10, window_seconds=600)

    def call(self, remote: str) -> None:
        self._knock(self._calls, remote)

    def newcomer(self, remote: str) -> None:
        self._knock(self._newcomers, remote)

    def words(self, who: str, remote: str) -> None:
        self._both(self._words, who, remote)

    def file(self, who: str, remote: str) -> None:
        self._both(self._files, who, remote)

    def proof(self, remote: str) -> None:
        self._knock(self._proofs, remote)

    def left(self, remote: str) -> None:
        self._knock(self._left, remote)

    def _both(self, paces: tuple[Pace, Pace], who: str, remote: str) -> None:
        self._knock(paces[0], who)
        self._knock(paces[1], remote)

    @staticmethod
    def _knock(pace: Pace, name: str) -> None:
        """Raises Refused."""
        if wait_seconds := pace.knock(name, at_seconds=time.monotonic()):
            raise Refused(429, "too_many", after_seconds=wait_seconds)
