from collections.abc import Iterable

from django.db.models import QuerySet

from heard.governance.models import AuditLine
from heard.governance.permissions import Viewer
from heard.kernel.prepared import given_ids, prepared


def note(viewer: Viewer, verb: str, kind: str, object_id: int | None, /, **detail: object) -> None:
    """Write the audit line of a verb, in the verb's own transaction. Detail is JSON and holds no secret and no message text."""
    AuditLine.objects.create(member_id=viewer.member_id, verb=verb, object_kind=kind, object_id=object_id, detail=detail)


def note_each(viewer: Viewer, verb: str, kind: str, details: Iterable[tuple[int, dict]], /) -> None:
    """The same of any number of objects, as (id, detail). One statement."""
    lines = [AuditLine(member_id=viewer.member_id, verb=verb, object_kind=kind, object_id=id_, detail=d) for id_, d in details]
    AuditLine.objects.bulk_create(lines)


def noted_of(kind: str, object_ids: Iterable[int]) -> set[int]:
    """Those of these objects with which anybody did anything. One query."""
    return {id_ for (id_,) in _noted_of(kind, ids=object_ids)}


@prepared
def _noted_of(kind: str) -> QuerySet:
    return AuditLine.objects.filter(object_kind=kind, object_id__in=given_ids("ids")).values_list("object_id")
