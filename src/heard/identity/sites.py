"""Questions about web sites of ours: what is set up, and when somebody was last there."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Max, OuterRef, Subquery

from heard.governance.permissions import Viewer
from heard.identity.models import Site, Visit


@dataclass(frozen=True)
class SiteShown:
    id: int
    key: str
    name: str
    origins: list[str]
    team: str | None
    is_on: bool
    last_visit_at: datetime | None

    @property
    def snippet(self) -> str:
        return f'<script async src="{settings.PUBLIC_URL}/site/{self.key}/visits.js"></script>'


def sites(viewer: Viewer) -> list[SiteShown]:
    """By name; for those who may manage them. One query."""
    viewer.check("site.manage")
    last = Visit.objects.filter(site=OuterRef("pk")).order_by().values("site").annotate(last=Max("last_at")).values("last")
    rows = Site.objects.annotate(last=Subquery(last)).order_by("name", "id")
    return [SiteShown(*row) for row in rows.values_list("id", "key", "name", "origins", "team__name", "is_on", "last")]
