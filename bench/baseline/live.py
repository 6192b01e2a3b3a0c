"""The straightforward live page: one reader of the event table, a queue for each page, Django's own streaming answer.

Sign-in and viewer come from the product's middleware. No Last-Event-ID, no second look at who may still be here: what it leaves
out makes it quicker and lighter.
"""

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from heard.kernel import stream
from heard.project.live import encoded

LOOK_EVERY_SECONDS = 0.1
pages: dict[asyncio.Queue, object] = {}
readers: list[asyncio.Task] = []


async def live(request: HttpRequest) -> StreamingHttpResponse:
    if not readers:
        readers.append(asyncio.create_task(read()))
    queue: asyncio.Queue = asyncio.Queue()
    pages[queue] = request.viewer
    return StreamingHttpResponse(told(queue), content_type="text/event-stream")


async def told(queue: asyncio.Queue) -> AsyncIterator[bytes]:
    try:
        yield b": welcome\n\n"
        while True:
            yield encoded(await queue.get())
    finally:
        del pages[queue]


async def read() -> None:
    position = await sync_to_async(stream.head, thread_sensitive=False)()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        for event in await sync_to_async(stream.since, thread_sensitive=False)(position):
            position = event.position
            for queue, viewer in list(pages.items()):
                if viewer.sees_team(event.team_id):
                    queue.put_nowait(event)


urlpatterns = [path("live", live)]
