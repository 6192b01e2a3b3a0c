"""What was taught so far, and when the desk learns from it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.understanding.learning.in_use import in_use, notice
from heard.understanding.learning.taught import LEAST
from heard.understanding.models import Correction, LearntHead, ToLearn


@dataclass(frozen=True)
class Taught:
    """Of one field: of how many `voices` something was said, by whom today, and what became of it."""

    voices: int
    mine_today: int
    ours_today: int
    missing: int  # voices until there are enough to learn from
    is_waiting: bool  # something was said since it was learnt last
    learnt_at: datetime | None  # the newest version
    version: int | None  # in use


def taught(viewer: Viewer, field: str) -> Taught:
    """Three queries, and one to see what is in use by now."""
    notice()
    start = now().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(made_at__gte=start)
    counts = Correction.objects.filter(field=field).aggregate(
        voices=Count("interaction_id", distinct=True),
        mine=Count("interaction_id", distinct=True, filter=today & Q(member_id=viewer.member_id)),
        ours=Count("interaction_id", distinct=True, filter=today),
    )
    newest = LearntHead.objects.filter(field=field).order_by("-version").values_list("made_at", flat=True).first()
    return Taught(
        voices=counts["voices"],
        mine_today=counts["mine"],
        ours_today=counts["ours"],
        missing=max(0, LEAST - counts["voices"]),
        is_waiting=ToLearn.objects.filter(field=field).exists(),
        learnt_at=newest,
        version=in_use().versions.get(field),
    )
