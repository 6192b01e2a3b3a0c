"""What every request passes: the first-run page, sign-in, and the viewer that all selectors ask for."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve

from heard.governance import selectors as people
from heard.governance.permissions import NotAllowed, viewer_of
from heard.governance.sign_in import signed_in


def front_door(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Everything behind it has `request.viewer`, unless its view says `public`. No members yet leads to the first-run page."""

    def handle(request: HttpRequest) -> HttpResponse:
        if _is_public(request):
            return get_response(request)
        if known := signed_in(request.session):
            request.user, request.viewer = known
        elif request.user.is_authenticated:
            request.viewer = viewer_of(request.user)
        else:
            return _sign_in(request) if people.has_members() else redirect("first_run")
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotAllowed):
            return render(request, "refused.html", {"error": error}, status=403)
        return None

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle


def public(view: Callable) -> Callable:
    """Marks a view that needs no sign-in: sign-in itself, the web form, webhooks, the API with its own tokens."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def _is_public(request: HttpRequest) -> bool:
    if request.path.startswith(("/accounts/", "/static/", "/api/")):
        return True
    try:
        return getattr(resolve(request.path_info).func, "is_public", False)
    except Resolver404:
        return False


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = "/accounts/login/"
        return response
    return redirect_to_login(request.get_full_path())
