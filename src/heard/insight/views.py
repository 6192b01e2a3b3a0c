from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.governance.permissions import Viewer
from heard.insight import fairness as report_on
from heard.insight.fairness import PERIODS
from heard.kernel import clock

USUAL_PERIOD = 30


@require_GET
def fairness(request: HttpRequest) -> HttpResponse:
    """Whether all waited alike."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    days = _days(request)
    found = report_on.report(viewer, days=days, now=clock.now())
    return render(request, "insight/fairness.html", {"report": found, "days": days, "periods": PERIODS})


@require_GET
def waits(request: HttpRequest, group: str) -> HttpResponse:
    """The conversations behind a number of that page."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    days, now = _days(request), clock.now()
    found = report_on.rows_of(viewer, group, days=days, now=now)
    if found is None:
        raise Http404
    about, rows = found
    waited = [(wait, ((wait.ended_at or now) - wait.started_at).total_seconds()) for wait in rows]
    return render(request, "insight/waits.html", {"group": about, "rows": waited, "days": days, "most": report_on.MOST_ROWS})


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, PERIODS) else USUAL_PERIOD
