"""Which conversation a voice belongs to: the fourth step of the walk.

A voice goes where its network says it answers, when its author belongs there; else on with the same customer's warm
conversation on the same matter, by whatever channel that went so far; else it opens one. A stranger who quotes an id or
a subject opens a conversation of their own.

All of it follows from what was said and when, and not from the order in which it reached us: see retell.py.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from heard.kernel import bulk
from heard.routing.book import NEVER, Beginning, Book, write_entries, write_loose
from heard.routing.models import Entry
from heard.routing.moved import Moved, moved_by_edits
from heard.routing.retell import Changed, all_orphans_of, retell
from heard.routing.rules.triage import VoiceSigns
from heard.routing.voices import Fresh, parents_first
from heard.understanding.assess import Understood


class Threaded(Struct, frozen=True, kw_only=True, gc=False):
    """An understood event with its conversation, or None for chatter and for what is about a voice not heard yet."""

    understood: Understood
    n: int  # place in the batch
    conversation_id: int | None = None
    signs: VoiceSigns | None = None  # of a voice never heard before
    begins: Beginning | None = None  # the conversation is new, and has no row yet
    changed: Changed | None = None  # of the first event in a batch that made us tell something once more

    @property
    def is_reworded(self) -> bool:
        """An edit of a voice heard before: other words of it stand than until now."""
        return self.understood.was is not None and not self.understood.recognised.heard.is_new


def thread(understood: Sequence[Understood]) -> list[Threaded]:
    """One `Threaded` for each of `understood`, in order. A constant number of statements whatever the size of the batch.

    Conversations that begin have everything but their own row: `route` ends with it (see summary.py).
    """
    fresh = [Fresh(u) for u in understood if u.recognised.heard.is_new]
    fresh.sort(key=lambda v: v.interaction_id)  # ids were given in the order of time, so that a batch reads like a stream
    fresh = parents_first(fresh)
    changed = _place(fresh, moved_by_edits(understood))
    new = {v.heard.spoken.n: v for v in fresh}
    known = _conversations_of(u.recognised.heard.interaction_id for u in understood if not u.recognised.heard.is_new)
    return [_threaded(u, n, new.get(n), known, changed if n == 0 else None) for n, u in enumerate(understood)]


def _place(fresh: Sequence[Fresh], moved: Moved) -> Changed | None:
    """Every voice of `fresh` has its conversation, written down; what changed beside them, if something did."""
    book = Book(fresh)
    for v in fresh:
        book.place(v)
    placed = [v for v in fresh if v.talk]
    orphans = all_orphans_of([*placed, *moved.unplaced])
    late = book.late
    late |= {c: min(v.at, late.get(c, v.at)) for v in orphans.values() if v.talk for c in v.talk.customers}
    late |= {v.customer_id: NEVER for v in placed if v.customer_id and v.understood.recognised.is_joined}
    late |= {c: min(at, late.get(c, at)) for c, at in moved.since.items()}
    if late:
        book, changed = retell(fresh, late, [*orphans, *(v.interaction_id for v in moved.unplaced)])
        return changed
    book.begin(book.new)
    book.write()
    write_entries(fresh)
    write_loose(fresh)
    return None


def _threaded(u: Understood, n: int, voice: Fresh | None, known: dict[int, int], changed: Changed | None) -> Threaded:
    if voice is not None:
        talk = voice.talk
        if talk is None:
            return Threaded(understood=u, n=n, signs=voice.signs, changed=changed)
        return Threaded(understood=u, n=n, conversation_id=talk.id, signs=voice.signs, begins=talk.begins, changed=changed)
    place = known.get(u.recognised.heard.interaction_id or 0)
    return Threaded(understood=u, n=n, conversation_id=place, changed=changed)


def _conversations_of(interaction_ids: Iterable[int | None]) -> dict[int, int]:
    wanted = {(i,) for i in interaction_ids if i}
    return {key[0]: row[0] for key, row in bulk.existing(Entry, ["interaction_id"], wanted, ["conversation_id"]).items()}
