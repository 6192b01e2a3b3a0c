"""Questions about imports."""

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.identity.models import ImportBatch


def past_imports(viewer: Viewer) -> QuerySet[ImportBatch]:
    """Newest first; for those who may run one, and nobody else."""
    if not viewer.may("import.run"):
        return ImportBatch.objects.none()
    return ImportBatch.objects.select_related("member", "undone_by", "team").order_by("-id")


def import_of(viewer: Viewer, batch_id: int) -> ImportBatch:
    """Raises ImportBatch.DoesNotExist."""
    return past_imports(viewer).get(pk=batch_id)
