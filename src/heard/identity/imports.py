"""Questions about imports: what there was, and what one would do."""

from collections.abc import Callable
from pathlib import Path

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.identity.importing.batches import Counts
from heard.identity.importing.plan import Plan, rejects_of
from heard.identity.importing.run import look
from heard.identity.models import ImportBatch


def past_imports(viewer: Viewer) -> QuerySet[ImportBatch]:
    """Newest first; for those who may run one, and nobody else."""
    if not viewer.may("import.run"):
        return ImportBatch.objects.none()
    return ImportBatch.objects.select_related("member", "undone_by", "team").order_by("-id")


def import_of(viewer: Viewer, batch_id: int) -> ImportBatch:
    """Raises ImportBatch.DoesNotExist."""
    return past_imports(viewer).get(pk=batch_id)


def try_out(
    viewer: Viewer,
    plan: Plan,
    *,
    team_id: int | None = None,
    rejects: Path | None = None,
    show: Callable[[float], None] = lambda _: None,
    limit: int | None = None,
) -> Counts:
    """What bringing it would do, row by row; nothing is written but the file of what would be refused."""
    viewer.check("import.run")
    refused = rejects_of(plan, rejects)
    try:
        return look(plan, team_id=team_id, rejects=refused, show=show, limit=limit)
    finally:
        refused.close()
