"""Bringing what other systems know, and taking it back: each import is one batch."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.identity.importing import batches
from heard.identity.importing.batches import Counts
from heard.identity.importing.plan import Plan, rejects_of
from heard.identity.importing.run import run
from heard.identity.importing.undo import undo
from heard.identity.models import ImportBatch
from heard.kernel.clock import now

State = ImportBatch.State


class CannotUndo(Exception):
    """It cannot be taken back now; the text says why. Nothing was changed."""


def bring(
    viewer: Viewer,
    plan: Plan,
    *,
    team_id: int | None = None,
    rejects: Path | None = None,
    show: Callable[[float], None] = lambda _: None,
    limit: int | None = None,
) -> tuple[int, Counts]:
    """Keep everything in the file that can be kept, as one batch. Returns (its id, its counts). May be repeated: what is here
    already is left as it is. One that is broken off keeps what it had, and the same file again goes on."""
    viewer.check("import.run")
    batch = batches.open_batch(plan, team_id=team_id, member_id=viewer.member_id)
    audit.note(viewer, "import.run", "import", batch.pk, source=plan.source, kind=plan.kind_name)
    refused = rejects_of(plan, rejects)
    state = State.BROKEN_OFF
    try:
        counts = run(plan, viewer, batch_id=batch.pk, team_id=team_id, rejects=refused, show=show, limit=limit)
        state = State.DONE
    finally:
        refused.close()
        batches.close(batch.pk, state)
    return batch.pk, counts


def take_back(viewer: Viewer, batch_id: int, *, show: Callable[[int], None] = lambda _: None) -> Counter[str]:
    """What the import wrote is gone, what it changed says again what it said before. Returns why something stayed, and how
    often. May be repeated. Raises CannotUndo."""
    viewer.check("import.run")
    batch = can_be_undone(batch_id)
    audit.note(viewer, "import.take_back", "import", batch_id)
    return undone(batch, member_id=viewer.member_id, show=show)


def can_be_undone(batch_id: int) -> ImportBatch:
    """Raises CannotUndo."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise CannotUndo(f"There is no import {batch_id}.")
    if batch.state == State.UNDONE:
        raise CannotUndo(f"Import {batch_id} is undone already.")
    if batch.state == State.RUNNING and batch.ended_at is None and _is_moving(batch):
        raise CannotUndo(f"Import {batch_id} is still under way; break it off first, or wait until it is done.")
    return batch


def undone(batch: ImportBatch, *, member_id: int | None, show: Callable[[int], None]) -> Counter[str]:
    """Of a batch that can be undone, after its audit line."""
    kept = undo(batch, show=show)
    ImportBatch.objects.filter(pk=batch.pk).update(
        state=State.PARTLY_UNDONE if kept else State.UNDONE, kept=dict(kept), undone_at=now(), undone_by_id=member_id
    )
    return kept


def _is_moving(batch: ImportBatch) -> bool:
    """One whose process was killed stands still: its lease is what it last wrote down."""
    return (now() - (batch.moved_at or batch.started_at)).total_seconds() < 60
