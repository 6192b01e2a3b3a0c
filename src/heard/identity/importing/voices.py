"""What was said in the tickets of an import: noted as it comes, and taken back with it.

A note is a stretch of deliveries, first and last: a million voices that came in one go are one row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from heard.identity.models import ImportBatch, ImportChange
from heard.identity.slots import worked_with
from heard.kernel import bulk
from heard.listening import imports
from heard.listening.retention import forget_voices

VOICES = "voices"  # the kind of an ImportChange; its row is the first delivery
PIECE = 100
ANSWERED = "a colleague has answered or done something in this conversation since"
BEING_READ = "a worker is reading it just now: take the import back once more"
Stretch = tuple[int, int]


def note(batch_id: int, delivery_ids: Sequence[int]) -> None:
    rows = [[batch_id, VOICES, first, {"last": last}, None] for first, last in stretches(delivery_ids)]
    fields = ["batch_id", "kind", "row", "before", "before_batch"]
    bulk.insert(ImportChange, fields, rows, ignore_conflicts=True)


def stretches(numbers: Iterable[int]) -> list[Stretch]:
    """Numbers without a gap between them, as (first, last)."""
    found: list[Stretch] = []
    for n in sorted(numbers):
        if found and n == found[-1][1] + 1:
            found[-1] = (found[-1][0], n)
        else:
            found.append((n, n))
    return found


def take_back(batch: ImportBatch, show: Callable[[int], None]) -> Counter[str]:
    """They are gone from every room, and may be brought again; where somebody at the desk went on with one, it stays. Returns why
    any stayed, and how many. May be repeated."""
    kept: Counter[str] = Counter()
    notes = ImportChange.objects.filter(batch=batch, kind=VOICES).order_by("row")
    for change in list(notes):
        stretch = (change.row, change.before["last"])
        with bulk.one_writer():
            being_read = imports.leave_unread(batch.voices_account or 0, stretch)
        stays = _forget(batch.voices_account or 0, stretch, show)
        kept[BEING_READ] += being_read
        kept[ANSWERED] += stays
        if not stays and not being_read:
            change.delete()
    return +kept


def _forget(account_id: int, stretch: Stretch, show: Callable[[int], None]) -> int:
    """Returns how many stay."""
    stays, after = 0, 0
    while some := imports.said_in(account_id, stretch, after=after, limit=PIECE):
        after = max(some)
        with bulk.one_writer():
            wanted = {id_ for ask in worked_with for id_ in ask(list(some))}
            gone = [id_ for id_ in some if id_ not in wanted]
            forget_voices(gone)
            imports.let_come_again([some[id_] for id_ in gone])
        stays += len(some) - len(gone)
        show(len(gone))
    return stays
