"""What people allowed, as another system has it written down. It can narrow what we may do, and never widens what somebody refused."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from heard.kernel import bulk
from heard.listening.consent import standing_of
from heard.listening.models import ConsentWord

FIELDS = ["id", "identity_id", "channel_kind", "purpose", "is_given", "said_at", "how", "member_id", "noted_at"]


class Brought(NamedTuple):
    """One word about one use of an address. `said_at` None: at the latest when it was brought; only a no may lack it."""

    identity_id: int
    channel_kind: str
    purpose: str
    is_given: bool
    said_at: datetime | None
    how: str

    @property
    def use(self) -> tuple[int, str, str]:
        return self.identity_id, self.channel_kind, self.purpose


def bring_words(words: Sequence[Brought], *, at: datetime) -> list[int]:
    """Write down those that change anything. Returns the ids of these.

    A yes is left out where a no stands, whichever is newer: only whoever said no can take it back, to us. Of a yes and a no about
    one use that come together, the no counts. What stands already is not said again. Runs inside the caller's `one_writer`.
    """
    if not words:
        return []
    stands = {use: word.is_given for use, word in standing_of({w.identity_id for w in words}).items()}
    wanted: dict[tuple[int, str, str], Brought] = {}
    for word in sorted(words, key=lambda w: w.is_given):  # a no first
        if stands.get(word.use) is None or (stands[word.use] and not word.is_given):
            wanted.setdefault(word.use, word)
    ids = bulk.reserve_ids(ConsentWord, len(wanted))
    rows = [
        [id_, *w.use, w.is_given, min(w.said_at or at, at), w.how[:200], None, at]
        for id_, w in zip(ids, wanted.values(), strict=True)
    ]
    bulk.insert(ConsentWord, FIELDS, rows)
    return ids


def take_back_words(ids: Collection[int]) -> None:
    """As if these had never been brought."""
    bulk.delete(ConsentWord, "id", ids)


def spoken_of(identity_ids: Collection[int]) -> set[int]:
    """Those of which somebody said what they allow."""
    found = ConsentWord.objects.filter(identity_id__in=bulk.among(identity_ids))
    return set(found.values_list("identity_id", flat=True))
