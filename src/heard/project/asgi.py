"""The one web application: live streams and webhooks as bare ASGI, every page as WSGI in a thread pool.

Pages are synchronous code, and synchronous Django under ASGI costs ten times what it costs under WSGI
(docs/decisions/0002). `heard.project.up` runs this; `uvicorn heard.project.asgi:application` runs the web part alone.
"""

import asyncio
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heard.project.settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

from heard.project.hooks import Hooks  # noqa: E402
from heard.project.live import Live  # noqa: E402

PAGE_THREADS = 8
live = Live()
hooks = Hooks()
pages = WSGIMiddleware(_django, workers=PAGE_THREADS)  # type: ignore[arg-type]


async def application(scope, receive, send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] != "http":
        await send({"type": "websocket.close"})
    elif scope["path"] == "/live" and scope["method"] == "GET":
        await live.app(scope, receive, send)
    elif scope["path"].startswith("/hooks/"):
        await hooks.app(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _lifespan(receive, send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await asyncio.to_thread(hooks.close)
            await live.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
