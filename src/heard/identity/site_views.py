"""The doors for pages of our own web sites: a tiny script, and where it tells what visitors did who agreed to it.

Nobody is signed in here and no cookie is set. A page is let in by its origin, compared whole; it can bring, and read nothing.
"""

import time
from functools import cache
from pathlib import Path

import msgspec
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from heard.identity.clickstream import look_at, open_site
from heard.identity.rules.clickstream import Looked
from heard.listening.rules.pace import Pace

MOST_BYTES = 64 * 1024
MOST_AT_ONCE = 50
SCRIPT_SECONDS = 3600
pace = Pace(limit=240, window_seconds=60)  # calls from one address
_EVENTS = msgspec.json.Decoder(list[Looked])


@require_GET
def script(request: HttpRequest, key: str) -> HttpResponse:
    if open_site(key) is None:
        raise Http404
    answer = HttpResponse(_program(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={SCRIPT_SECONDS}"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@csrf_exempt
@require_POST
def events(request: HttpRequest, key: str) -> HttpResponse:
    """204 when they are kept; the page of a visitor never learns more. Who is signed in, a page cannot say."""
    site = open_site(key)
    if site is None:
        raise Http404
    if request.headers.get("Origin", "") not in site.origins:
        return HttpResponse("this site is not among those that an administrator allowed", status=403, content_type="text/plain")
    if pace.knock(request.META.get("REMOTE_ADDR", ""), at_seconds=time.monotonic()):
        return HttpResponse("too many calls", status=429, content_type="text/plain")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse("larger than 64 KB; nothing was kept", status=413, content_type="text/plain")
    try:
        told = _EVENTS.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return HttpResponse(f"not understood: {error}", status=400, content_type="text/plain")
    if len(told) > MOST_AT_ONCE:
        return HttpResponse(f"more than {MOST_AT_ONCE} events", status=400, content_type="text/plain")
    look_at(site, told)
    return HttpResponse(status=204)


@cache
def _program() -> bytes:
    path = finders.find("built/visits.js")
    if not path:
        raise Http404("make frontend has not run here")
    return Path(str(path)).read_bytes()


script.is_public = events.is_public = True  # type: ignore[attr-defined]  # the front door lets strangers in here
