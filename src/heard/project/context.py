from django.http import HttpRequest
from django.middleware.csrf import get_token

from heard.governance import selectors as people


class FormToken:
    """One for all forms of a page, made when the first of them is drawn. Django makes another one for each, from 64 random numbers."""

    def __init__(self, request: HttpRequest) -> None:
        self._request, self._token = request, ""

    def __str__(self) -> str:
        if not self._token:
            self._token = get_token(self._request)
        return self._token


def house(request) -> dict:
    """What every page knows: the company, asked for once a request, the viewer, and the token of its forms."""
    if not hasattr(request, "company"):
        request.company = people.company()
    if not hasattr(request, "form_token"):
        request.form_token = FormToken(request)
    return {"company": request.company, "viewer": getattr(request, "viewer", None), "csrf_token": request.form_token}
