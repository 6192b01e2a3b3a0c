"""Something was said in the past of a customer that we hear only now: what came after it is told once more.

Networks deliver late and in any order. What a customer's conversations are must follow from what was said, and not from the
order in which it reached us. So everything of that customer since then is threaded again as if it had come in its time, and
what stands elsewhere now is moved. Conversations that a person has worked in stay as that person knows them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from msgspec import Struct

from heard.governance import audit
from heard.identity import selectors as identity
from heard.kernel import bulk
from heard.kernel.prepared import given_ids, prepared
from heard.listening import as_told
from heard.listening import selectors as listening
from heard.routing import slots
from heard.routing.book import Beginning, Book, Talk, orphans_of, write_entries, write_loose
from heard.routing.models import Conversation, Disposition, Entry, LooseRef, Participant, ThreadRef
from heard.routing.voices import Fresh, Retold, Voice, in_order
from heard.understanding import selectors as understanding


class Changed(Struct, frozen=True, kw_only=True):
    """What has to be judged anew, because its messages are others than before."""

    conversations: frozenset[int] = frozenset()
    emptied: frozenset[int] = frozenset()  # nothing is in them any more
    unplaced: frozenset[int] = frozenset()  # interactions that have no place any more
    begins: dict[int, Beginning] = {}  # conversations that are new, and have no row yet


def worked_in(conversation_ids: Iterable[int]) -> set[int]:
    """Those that a person has done anything with. A fixed number of queries, and none where none is asked for."""
    ids = set(conversation_ids)
    if not ids:
        return set()
    found = {id_ for ask in (_taken, _settled) for (id_,) in ask(ids=ids)} | audit.noted_of("conversation", ids)
    return found.union(*(brought(ids) for brought in slots.worked_in))


@prepared
def _taken() -> QuerySet:
    given = Conversation.objects.filter(id__in=given_ids("ids")).exclude(assignee=None, quieted_at=None)
    return given.values_list("id")


@prepared
def _settled() -> QuerySet:
    by_hand = Disposition.objects.filter(interaction=OuterRef("interaction"), member__isnull=False)
    return Entry.objects.filter(Exists(by_hand), conversation_id__in=given_ids("ids")).values_list("conversation_id")


def retell(fresh: Sequence[Fresh], late: Mapping[int, datetime], orphans: Collection[int]) -> tuple[Book, Changed]:
    """The book with every voice of `fresh` in its place, written down; and what changed beside them.

    `late`: {customer: since when}; `orphans`: interactions heard before without a place that may get one.
    """
    for v in fresh:
        v.talk, v.why = None, ""
    book = Book(fresh, also=late.keys())
    theirs = [t for t in book.talks.values() if t.customers & late.keys()]
    kept = worked_in(t.id for t in theirs if t.id)
    again = {t.id: t for t in theirs if t.id and t.id not in kept}
    before = _told_before(again, late, orphans)
    book.teams |= listening.teams_of_accounts({v.account_id for v in before} - book.teams.keys())
    book.forget(again.values())
    for voice in in_order([*fresh, *before]):
        book.place(voice)
    return book, _write(book, again, fresh, before)


def _told_before(again: Mapping[int, Talk], late: Mapping[int, datetime], orphans: Collection[int]) -> list[Retold]:
    entries = {
        interaction_id: (talk_id, towards, why)
        for talk_id, interaction_id, towards, why in bulk.select(
            Entry, ["conversation_id"], [(i,) for i in again], ["interaction_id", "towards_id", "why"]
        )
    }
    told = as_told.told([*entries, *orphans])
    verdicts = understanding.verdicts_on([t.id for t in told.values() if not t.is_ours])
    first: dict[int, int] = {}
    for t in sorted(told.values(), key=lambda t: t.order):
        if t.id in entries:
            first.setdefault(entries[t.id][0], t.id)
    whose = {t.id: _other_side(t, entries, first, again) for t in told.values()}
    customers = identity.customers_of({who for who in whose.values() if who})
    found = []
    for t in told.values():
        who = whose[t.id]
        v = Retold(t, verdicts.get(t.id), who=who, customer_id=customers.get(who) if who else None)
        if t.id in entries:
            v.was = again[entries[t.id][0]]
            v.is_pinned = v.at < min(late[c] for c in v.was.customers if c in late)
            v.why = entries[t.id][2]
        found.append(v)
    return found


def _other_side(t: as_told.Told, entries: Mapping, first: Mapping[int, int], again: Mapping[int, Talk]) -> int | None:
    """The identity on the other side. What we said first in a conversation went to whoever opened it."""
    if not t.is_ours:
        return t.identity_id
    talk_id, towards, _ = entries.get(t.id, (None, None, ""))
    return towards or (again[talk_id].opener_id if talk_id and first[talk_id] == t.id else None)


def _write(book: Book, again: Mapping[int, Talk], fresh: Sequence[Fresh], before: Sequence[Retold]) -> Changed:
    was = {v.interaction_id: v.was.id for v in before if v.was}
    _take_over(book.new, again.values())
    book.begin([t for t in book.new if t.id is None])
    moved = [v for v in before if v.talk and v.interaction_id in was and v.talk.id != was[v.interaction_id]]
    found = [v for v in before if v.talk and v.interaction_id not in was]
    lost = [v for v in before if not v.talk and v.interaction_id in was]
    gained = {v.talk.id for v in [*moved, *found, *(v for v in fresh if v.talk)]}
    changed = (gained | {was[v.interaction_id] for v in [*moved, *lost]}) & (again.keys() | {t.id for t in book.new})
    standing = {t.id: t for t in [*again.values(), *book.new] if t.id and t.voices}
    emptied = again.keys() - standing.keys()
    rewritten = (changed | emptied) & again.keys()
    Participant.objects.filter(conversation_id__in=bulk.among(rewritten)).delete()
    ThreadRef.objects.filter(conversation_id__in=bulk.among(rewritten)).delete()
    book.write(without=[t for t in [*again.values(), *book.new] if t.id in again and t.id not in changed])
    _rename([standing[i] for i in rewritten & standing.keys()])
    bulk.update(Entry, "interaction_id", ["conversation_id", "why"], [[v.interaction_id, v.talk.id, v.why] for v in moved])
    Entry.objects.filter(interaction_id__in=bulk.among(v.interaction_id for v in lost)).delete()
    LooseRef.objects.filter(interaction_id__in=bulk.among(v.interaction_id for v in found)).delete()
    write_entries([*fresh, *found])
    write_loose([*fresh, *lost])
    return Changed(
        conversations=frozenset(changed & standing.keys()),
        emptied=frozenset(emptied),
        unplaced=frozenset(v.interaction_id for v in lost),
        begins={t.id: t.begins for t in book.new if t.id and t.begins},
    )


def _take_over(new: Sequence[Talk], again: Collection[Talk]) -> None:
    """A conversation that begins anew with what another began with before goes on under that one's address."""
    free = {t.id: t for t in again if not t.voices}
    for talk in new:
        for v in talk.voices:
            if v.was and v.was.id in free:
                talk.id = v.was.id
                del free[talk.id]
                break


def _rename(talks: Iterable[Talk]) -> None:
    fields = ["opener_id", "channel_team_id", "team_id", "subject", "started_at"]
    rows = [[t.id, t.opener_id, t.channel_team_id, t.channel_team_id, t.title, t.started_at] for t in talks]
    bulk.update(Conversation, "id", fields, rows)


def all_orphans_of(placed: Sequence[Voice]) -> dict[int, Voice]:
    """{interaction: voice} of all that has no place and would go with these; and of what would go with that, and so on."""
    found: dict[int, Voice] = {}
    ring: Sequence[Voice] = placed
    while ring:
        near = {i: v for v, i, _ in orphans_of(ring) if i not in found}
        found |= near
        told = as_told.told(near) if near else {}
        ring = [Retold(t, None, who=None if t.is_ours else t.identity_id, customer_id=None) for t in told.values()]
    return found
