"""The one web application: live streams, webhooks and the chat of visitors as bare ASGI, every page as WSGI in a thread pool.

Pages are synchronous code, and synchronous Django under ASGI costs ten times what it costs under WSGI
(docs/decisions/0002). `heard.project.up` runs this; `uvicorn heard.project.asgi:application` runs the web part alone.
"""

import asyncio
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")

from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

from heard.project.collector import spare_what_stays  # noqa: E402
from heard.project.hooks import Hooks  # noqa: E402
from heard.project.live import Live  # noqa: E402
from heard.project.pages import Pages  # noqa: E402
from heard.project.webchat.door import Webchat  # noqa: E402

PAGE_THREADS = 8
# Threads that compute, as a walk does, let the event loop in after so long; Python's own 5 ms are felt by every open page.
TURN_SECONDS = 0.001
live = Live()
hooks = Hooks()
webchat = Webchat(is_watched=live.is_watched)
pages = Pages(_django, threads=PAGE_THREADS)


async def application(scope, receive, send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] != "http":
        await send({"type": "websocket.close"})
    elif scope["path"] == "/live" and scope["method"] == "GET":
        await live.app(scope, receive, send)
    elif scope["path"].startswith("/hooks/"):
        await hooks.app(scope, receive, send)
    elif scope["path"].startswith("/chat/"):
        await webchat.app(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _lifespan(receive, send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            sys.setswitchinterval(TURN_SECONDS)
            spare_what_stays()
        if message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(hooks.close)
            await live.close()
            await webchat.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
