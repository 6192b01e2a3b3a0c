from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.listening.models import Monitor


class BadPattern(Exception):
    """What to listen for is empty or too short to mean anything. Nothing was stored."""


def watch_for(viewer: Viewer, *, kind: str, pattern: str, brand: str = "") -> int:
    """Listen for a pattern on every channel from now on. The same one again changes its brand and switches it on."""
    viewer.check("monitor.manage")
    wanted = " ".join(pattern.split())
    if len(wanted.strip("#@ ")) < 2:
        raise BadPattern("Write at least two letters: a shorter pattern is found everywhere.")
    if kind not in Monitor.Kind.values:
        raise BadPattern(f"{kind} is no kind of monitor.")
    with transaction.atomic():
        monitor, _ = Monitor.objects.update_or_create(
            kind=kind, pattern=wanted, defaults={"brand": brand.strip(), "is_active": True}
        )
        audit.note(viewer, "monitor.watch", "monitor", monitor.pk, kind=kind, pattern=wanted)
    return monitor.pk


def stop_watching(viewer: Viewer, monitor_id: int) -> None:
    """Found mentions stay; nothing new is looked for."""
    viewer.check("monitor.manage")
    with transaction.atomic():
        Monitor.objects.filter(pk=monitor_id).update(is_active=False)
        audit.note(viewer, "monitor.stop", "monitor", monitor_id)
