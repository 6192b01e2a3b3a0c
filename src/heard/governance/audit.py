from collections.abc import Iterable

from heard.governance.models import AuditLine
from heard.governance.permissions import Viewer
from heard.kernel import bulk


def note(viewer: Viewer, verb: str, kind: str, object_id: int | None, /, **detail: object) -> None:
    """Write the audit line of a verb, in the verb's own transaction. Detail is JSON and holds no secret and no message text."""
    AuditLine.objects.create(member_id=viewer.member_id, verb=verb, object_kind=kind, object_id=object_id, detail=detail)


def noted_of(kind: str, object_ids: Iterable[int]) -> set[int]:
    """Those of these objects with which anybody did anything. One query."""
    found = AuditLine.objects.filter(object_kind=kind, object_id__in=bulk.among(object_ids))
    return set(found.values_list("object_id", flat=True).distinct())  # type: ignore[arg-type]  # ids were asked for
