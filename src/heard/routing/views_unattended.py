from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.kernel import stream
from heard.routing.unattended import unattended as who_is_unattended


@require_GET
def unattended(request: HttpRequest) -> HttpResponse:
    """The whole page, or for htmx the part that changes."""
    live_since = stream.head()
    template = "routing/_unattended.html" if request.htmx and not request.htmx.boosted else "routing/unattended.html"
    return render(request, template, {"waiting": who_is_unattended(request.viewer), "live_since": live_since})
