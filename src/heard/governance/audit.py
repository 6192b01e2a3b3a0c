from heard.governance.models import AuditLine
from heard.governance.permissions import Viewer


def note(viewer: Viewer, verb: str, kind: str, object_id: int | None, /, **detail: object) -> None:
    """Write the audit line of a verb, in the verb's own transaction. Detail is JSON and holds no secret and no message text."""
    AuditLine.objects.create(member_id=viewer.member_id, verb=verb, object_kind=kind, object_id=object_id, detail=detail)
