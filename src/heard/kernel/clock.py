from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present moment, aware, UTC. Rules take it as an argument; only actions ask for it."""
    return timezone.now()
