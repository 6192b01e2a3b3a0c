from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from heard.kernel import stream
from heard.listening import actions, pages
from heard.listening.forms import DismissForm

PAGE = 25


@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    live_since = stream.head()
    page = Paginator(pages.quarantined(request.viewer).select_related("account"), PAGE).get_page(request.GET.get("page"))
    return render(request, "listening/quarantine.html", {"page": page, "rows": pages.set_aside(page), "live_since": live_since})


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """One delivery, or with `all` every one that the viewer sees."""
    wanted = pages.quarantined(request.viewer)
    if "all" not in request.POST:
        wanted = wanted.filter(id__in=_ids(request))
    count = actions.replay(request.viewer, list(wanted.values_list("id", flat=True)))
    messages.success(request, f"{count} on the way again. What fails again comes back here.")
    return redirect("listening:quarantine")


@require_POST
def dismiss(request: HttpRequest, delivery_id: int) -> HttpResponse:
    request.viewer.check("quarantine.replay")
    form = DismissForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why it may stay out, so that nobody wonders later.")
        return redirect("listening:quarantine")
    actions.dismiss(request.viewer, delivery_id, why=form.cleaned_data["why"])
    messages.success(request, "Left out. Its bytes are kept.")
    return redirect("listening:quarantine")


def _ids(request: HttpRequest) -> list[int]:
    return [int(given) for given in request.POST.getlist("id") if given.isdigit()]
