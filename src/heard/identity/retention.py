"""What a rule may remove of what people looked at."""

from collections.abc import Sequence

from heard.governance.retention import Example, Kind, Old
from heard.identity.models import Visit


def _old_visits(old: Old, limit: int) -> Sequence[int]:
    visits = Visit.objects.filter(last_at__lt=old.before, id__gt=old.after).exclude(identity_id__in=old.held)
    return list(visits.order_by("id").values_list("id", flat=True)[:limit])


def _remove_visits(ids: Sequence[int]) -> int:
    return Visit.objects.filter(id__in=ids).delete()[0]


def _show_visits(ids: Sequence[int]) -> Sequence[Example]:
    visits = Visit.objects.filter(id__in=ids).order_by("id").values_list("last_at", "site__name", "pages")
    return [Example(at, f"{site}: {pages} page{'' if pages == 1 else 's'}") for at, site, pages in visits]


VISITS = Kind(
    key="visits",
    name="Visits of our sites",
    about="Which pages somebody looked at, who had agreed to that.",
    find=_old_visits,
    remove=_remove_visits,
    show=_show_visits,
)
KINDS = (VISITS,)
