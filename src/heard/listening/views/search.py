from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.listening import pages, selectors

PAGE = 25


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything the viewer may see with all the words, newest first; the next page goes on below the last id."""
    asked = request.GET.get("q", "").strip()[:200]
    before = request.GET.get("before", "")
    ids = (
        selectors.search(request.viewer, asked, limit=PAGE + 1, before_id=int(before) if before.isdigit() else None)
        if asked
        else []
    )
    found = pages.hits(request.viewer, ids[:PAGE])
    older = ids[PAGE - 1] if len(ids) > PAGE else None
    template = "listening/_found.html" if request.htmx and not request.htmx.boosted else "listening/search.html"
    return render(request, template, {"asked": asked, "found": found, "older": older})
