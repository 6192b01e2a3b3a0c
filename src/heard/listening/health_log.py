"""When an account changed its condition and why: the last fifty changes of each, oldest forgotten first."""

from datetime import datetime

from django.db.models import QuerySet

from heard.governance.permissions import Viewer
from heard.kernel.clock import now
from heard.listening.models import HealthChange
from heard.listening.rules.health import Condition
from heard.listening.selectors import visible_accounts

KEPT = 50


def note(account_id: int, condition: Condition, cause: str = "", *, at: datetime | None = None) -> None:
    """Call it in the transaction that changes the account."""
    HealthChange.objects.create(account_id=account_id, at=at or now(), condition=condition, cause=cause[:1000])
    of_account = HealthChange.objects.filter(account=account_id)
    oldest = of_account.order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT].first()
    if oldest is not None:
        of_account.filter(id__lt=oldest).delete()


def changes(viewer: Viewer, account_id: int) -> QuerySet[HealthChange]:
    """Newest first; none of an account that the viewer does not see."""
    return HealthChange.objects.filter(account=account_id, account__in=visible_accounts(viewer)).order_by("-id")
