from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.engagement.recap import recap_of
from heard.governance.permissions import Viewer
from heard.routing.refusals import explaining

explained = explaining()


@require_GET
@explained
def recap(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What one has to know to go on with a conversation, above its story."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return render(
        request, "engagement/recap.html", {"recap": recap_of(viewer, conversation_id), "conversation_id": conversation_id}
    )
