"""What every page of the desk carries: the palette and the choice of theme."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from heard.governance import actions as governance
from heard.project import navigation
from heard.routing import inbox


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """Every page and queue that this viewer can go to; the page filters as one types."""
    viewer = request.viewer  # type: ignore[attr-defined]
    return render(request, "palette.html", {"destinations": navigation.places(viewer), "queues": inbox.queues(viewer)})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    governance.choose_theme(request.viewer, request.POST.get("theme", ""))  # type: ignore[attr-defined]
    return redirect(_own_address(request, request.POST.get("next", "")))


def _own_address(request: HttpRequest, wanted: str) -> str:
    """`wanted` when it leads nowhere but here."""
    return (
        wanted
        if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
        else "/"
    )
