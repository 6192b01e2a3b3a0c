from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from heard.listening import actions, pages
from heard.listening.forms import MonitorForm
from heard.listening.models import Monitor
from heard.listening.rules.matcher import likely_misspellings


@require_GET
def monitors(request: HttpRequest) -> HttpResponse:
    return _page(request, MonitorForm())


@require_GET
def monitor(request: HttpRequest, monitor_id: int) -> HttpResponse:
    try:
        watched = pages.monitor(monitor_id)
    except Monitor.DoesNotExist:
        raise Http404 from None
    return render(
        request, "listening/monitor.html", {"monitor": watched, "voices": pages.mentions_of(request.viewer, monitor_id)}
    )


@require_GET
def misspellings(request: HttpRequest) -> HttpResponse:
    """Likely slips of a name, as a fragment from which a person picks."""
    name = request.GET.get("pattern", "").strip()
    return render(
        request,
        "listening/_misspellings.html",
        {"name": name, "slips": likely_misspellings(name), "brand": request.GET.get("brand") or name},
    )


@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """One pattern from the form, or several misspellings that were ticked."""
    form = MonitorForm(request.POST)
    slips = request.POST.getlist("slip")
    try:
        for slip in slips:
            actions.watch_for(request.viewer, kind="misspelling", pattern=slip, brand=request.POST.get("brand", ""))
        if not slips and form.is_valid():
            actions.watch_for(request.viewer, **form.cleaned_data)
    except actions.BadPattern as bad:
        form.add_error("pattern" if "pattern" in form.fields else None, str(bad))
    if not slips and not form.is_valid():
        return _page(request, form, status=422)
    messages.success(request, "Listening for it on every channel from now on.")
    return redirect("listening:monitors")


@require_POST
def stop(request: HttpRequest, monitor_id: int) -> HttpResponse:
    actions.stop_watching(request.viewer, monitor_id)
    messages.success(request, "No longer listening for it. What was found stays.")
    return redirect("listening:monitors")


def _page(request: HttpRequest, form: MonitorForm, *, status: int = 200) -> HttpResponse:
    return render(request, "listening/monitors.html", {"rows": pages.monitors(request.viewer), "form": form}, status=status)
