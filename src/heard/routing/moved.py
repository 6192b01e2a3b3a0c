"""Voices that may belong elsewhere since their authors changed the words: what threading has to tell once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from heard.identity import selectors as identity
from heard.kernel import bulk
from heard.listening import as_told
from heard.routing.models import Entry
from heard.routing.voices import Retold, Voice
from heard.understanding.assess import Understood


class Moved(NamedTuple):
    since: dict[int, datetime]  # {customer: when such a voice of theirs was said first}
    unplaced: list[Voice]  # those that have no place until now


def moved_by_edits(understood: Sequence[Understood]) -> Moved:
    """A voice's place follows from its matter and from whether it asks for anything. Four queries, none where neither changed."""
    ids = [u.recognised.heard.interaction_id or 0 for u in understood if _is_about_something_else(u)]
    if not ids:
        return Moved({}, [])
    told = as_told.told(ids)
    customers = identity.customers_of({t.identity_id for t in told.values()})
    since: dict[int, datetime] = {}
    for t in told.values():
        if (customer_id := customers.get(t.identity_id)) is not None:
            since[customer_id] = min(t.occurred_at, since.get(customer_id, t.occurred_at))
    placed = {key[0] for key in bulk.existing(Entry, ["interaction_id"], [(i,) for i in ids], ["id"])}
    loose = [t for i, t in told.items() if i not in placed]
    return Moved(since, [Retold(t, None, who=t.identity_id, customer_id=customers.get(t.identity_id)) for t in loose])


def _is_about_something_else(u: Understood) -> bool:
    if u.was is None or u.reading is None or u.recognised.heard.is_new:
        return False
    return set(u.was.kinds) != set(u.reading.kinds) or u.was.answer_due != u.reading.answer_due
