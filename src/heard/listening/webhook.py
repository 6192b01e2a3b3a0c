"""Signed webhooks: proved over the bytes as they came, kept, acknowledged; what they mean is found out afterwards."""

import time

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from heard.kernel.secrets import CannotRead
from heard.listening.accounts import UnknownChannel, account_view, adapter_of
from heard.listening.actions import receive
from heard.listening.channels.contract import BadSignature, Request, Response
from heard.listening.models import ChannelAccount
from heard.listening.rules.pace import Pace

MOST_BYTES = 10 * 1024 * 1024
pace = Pace(limit=600, window_seconds=60)  # for one account from one address, so that a stranger's flood slows no one else


def take(account_id: int, request: Request) -> Response:
    """Answer one call for one account. 202 means: stored, and safe against any crash of ours.

    Unknown and switched-off accounts answer alike, and so do a wrong and a missing signature: nobody learns what exists.
    """
    account = ChannelAccount.objects.filter(pk=account_id).exclude(state=ChannelAccount.State.OFF).first()
    if account is None:
        return _says(404, "no such webhook")
    if len(request.body) > MOST_BYTES:
        return _says(413, f"more than {MOST_BYTES} bytes")
    if pace.knock(f"{account_id} {request.remote}", at_seconds=time.monotonic()):
        return _says(429, "too many calls; try again in a minute")
    return _checked(account, request)


def _checked(account: ChannelAccount, request: Request) -> Response:
    try:
        adapter, view = adapter_of(account.kind), account_view(account)
        if (answer := adapter.challenge(request, view)) is not None:
            return answer
        if request.method != "POST":
            return _says(405, "only POST")
        adapter.verify(request, view)
    except BadSignature as error:
        return _says(401, str(error))
    except (UnknownChannel, CannotRead):
        return _says(503, "this channel is out of order; try again later")
    deliveries = adapter.deliveries_of(request)
    new = receive(account.pk, deliveries)
    return _says(202, "", received=len(deliveries), stored=new)


def _says(status: int, problem: str, **numbers: int) -> Response:
    body = {"error": problem} if problem else numbers
    return Response(status=status, body=msgspec.json.encode(body), content_type="application/json")


@csrf_exempt
def hook(request: HttpRequest, account_id: int) -> HttpResponse:
    """The same under Django, where the bare ASGI door in front of it is not used."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    answer = take(account_id, _request_of(request))
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


hook.is_public = True  # type: ignore[attr-defined]  # the front door lets it pass: it proves itself by its signature


def _request_of(request: HttpRequest) -> Request:
    return Request(
        method=request.method or "",
        path=request.path,
        query={k: str(v) for k, v in request.GET.items()},
        headers={k.lower(): v for k, v in request.headers.items()},
        body=request.body,
        remote=request.META.get("REMOTE_ADDR", ""),
    )
