from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from heard.listening import files, pages
from heard.listening.models import Attachment
from heard.listening.rules.file_names import safe_name


@require_GET
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse | FileResponse:
    """Always a download, never a page: whatever a stranger sent is not opened under our address."""
    try:
        found = pages.attachment(request.viewer, attachment_id)
    except Attachment.DoesNotExist:
        raise Http404 from None
    try:
        return as_download(found.name, found.sha256)
    except FileNotFoundError:
        return render(request, "listening/file_missing.html", {"attachment": found}, status=404)


def as_download(name: str, sha256: str) -> FileResponse:
    """Of a file that the viewer may see, which was asked before. Raises FileNotFoundError."""
    content = files.open_file(sha256)
    response = FileResponse(content, as_attachment=True, filename=safe_name(name), content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
