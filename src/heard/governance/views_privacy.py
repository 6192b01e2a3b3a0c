"""Settings, Privacy: how long each kind of data is kept, and the receipts of erasures."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from heard.governance import actions_on_personal_data as actions
from heard.governance import retention, selectors
from heard.governance.actions import Refused
from heard.governance.models import Erasure
from heard.governance.rules.retention import LEAST_DAYS, MOST_DAYS, lasting
from heard.kernel.holdings import title_of


def keep(request: HttpRequest, kind: str) -> HttpResponse:
    """What would go, before it is said that it shall."""
    request.viewer.check("company.manage")
    days = _days(request)
    try:
        if request.method == "POST":
            actions.keep_for(request.viewer, kind, days=days)
            messages.success(request, _done(days))
            return redirect("governance:masking")
        preview = retention.preview(request.viewer, kind, days=days or MOST_DAYS)
    except KeyError as error:
        raise Http404 from error
    except Refused as no:
        messages.error(request, str(no))
        return redirect("governance:masking")
    return render(request, "governance/keep.html", {"preview": preview, "days": days, "kept_for": lasting(days) if days else ""})


@require_GET
def erasures(request: HttpRequest) -> HttpResponse:
    return render(request, "governance/erasures.html", {"rows": selectors.erasures(request.viewer)})


@require_GET
def erasure(request: HttpRequest, erasure_id: int) -> HttpResponse:
    try:
        row = selectors.erasure(request.viewer, erasure_id)
    except Erasure.DoesNotExist as error:
        raise Http404 from error
    return render(request, "governance/erasure.html", {"row": row, "erased": _rows(row.erased), "blanked": _rows(row.blanked)})


def _rows(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(((title_of(label), rows) for label, rows in counts.items()), key=lambda row: (-row[1], row[0]))


def _days(request: HttpRequest) -> int | None:
    given = (request.POST if request.method == "POST" else request.GET).get("days", "")
    return min(max(int(given), LEAST_DAYS), MOST_DAYS) if given.isdigit() and len(given) < 7 else None


def _done(days: int | None) -> str:
    if days is None:
        return "Kept for ever from now on. What went before does not come back."
    return f"Kept for {lasting(days)}. What is older goes within the next minutes, a little at a time."
