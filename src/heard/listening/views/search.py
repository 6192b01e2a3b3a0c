from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.governance.permissions import Viewer
from heard.listening import pages, selectors

PAGE = 25


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything the viewer may see with all the words: newest first, page by page, or the best matches of the newest."""
    asked = request.GET.get("q", "").strip()[:200]
    before = request.GET.get("before", "")
    by_match = request.GET.get("by") == "match"
    if by_match:
        ids, older = selectors.best(request.viewer, asked, limit=PAGE), None
    else:
        ids, older = _newest(request.viewer, asked, before_id=int(before) if before.isdigit() else None)
    template = "listening/_found.html" if request.htmx and not request.htmx.boosted else "listening/search.html"
    found = pages.hits(request.viewer, ids)
    context = {"asked": asked, "found": found, "older": older, "by_match": by_match, "among": selectors.BEST_AMONG}
    return render(request, template, context)


def _newest(viewer: Viewer, asked: str, *, before_id: int | None) -> tuple[list[int], int | None]:
    """A page, and the id below which the next one begins."""
    look = selectors.look(viewer, asked, limit=PAGE + 1, before_id=before_id)
    return look.ids[:PAGE], look.ids[PAGE - 1] if len(look.ids) > PAGE else look.looked_to
