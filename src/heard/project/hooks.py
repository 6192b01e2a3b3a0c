"""Inbound webhooks: /hooks/<account id>/, kept raw and acknowledged before anything is read. Bare ASGI, thread for the store."""

from urllib.parse import parse_qsl

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from heard.listening.channels.contract import Request, Response
from heard.listening.webhook import take

LARGEST_BODY = 30 * 1024 * 1024


async def app(scope, receive, send) -> None:
    account_id = scope["path"].removeprefix("/hooks/").strip("/")
    body = await _body(receive)
    if not account_id.isdigit():
        await _answer(send, Response(status=404, body=b"no such channel"))
    elif body is None:
        await _answer(send, Response(status=413, body=b"larger than 30 MB; nothing was kept"))
    else:
        await _answer(send, await sync_to_async(_take, thread_sensitive=False)(int(account_id), _request(scope, body)))


def _take(account_id: int, request: Request) -> Response:
    close_old_connections()
    return take(account_id, request)


def _request(scope, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        remote=(scope.get("client") or ("",))[0],
    )


async def _body(receive) -> bytes | None:
    """The whole body; None when it is larger than we take."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send, response: Response) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [(b"content-type", response.content_type.encode("latin-1"))],
        }
    )
    await send({"type": "http.response.body", "body": response.body})
