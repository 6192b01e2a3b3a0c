"""Who keeps what of a conversation whose people turn out to be several. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple


class Said(NamedTuple):
    """A message of a conversation. `whose`: the identity that spoke, or that we spoke to; None when nobody knows."""

    interaction_id: int
    whose: int | None
    is_ours: bool
    external_id: str
    parent_ref: str
    occurred_at: datetime


def leaving(story: Iterable[Said], identities: frozenset[int]) -> list[Said]:
    """What these identities said and what we said to them, in order of time.

    Words of ours whose addressee nobody knows go with what they answer.
    """
    in_order = sorted(story, key=lambda s: (s.occurred_at, s.interaction_id))
    theirs = {s.external_id for s in in_order if s.whose in identities}
    gone = []
    for said in in_order:
        follows = said.is_ours and said.whose is None and bool(said.parent_ref) and said.parent_ref in theirs
        if said.whose in identities or follows:
            theirs.add(said.external_id)
            gone.append(said)
    return gone


def unanswered(story: Iterable[Said], answered: Mapping[int, datetime]) -> set[int]:
    """Of voices that count as answered ({interaction: when it was said}): those after which no word of ours is left in the story."""
    last = max((s.occurred_at for s in story if s.is_ours), default=None)
    return {id_ for id_, at in answered.items() if last is None or last < at}
