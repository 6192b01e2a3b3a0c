"""Signed webhooks: proved over the bytes as they came, kept, acknowledged; what they mean is found out afterwards."""

import logging
import re
import time
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from heard.kernel.secrets import CannotRead
from heard.listening.accounts import UnknownChannel, account_view, adapter_of
from heard.listening.actions import receive
from heard.listening.channels.contract import Account, BadSignature, ChannelAdapter, RawEvent, Request, Response
from heard.listening.models import ChannelAccount
from heard.listening.rules.pace import Pace

log = logging.getLogger(__name__)

MOST_BYTES = 10 * 1024 * 1024
# for one account from one address, so that a stranger's flood slows no one else
pace = Pace(limit=settings.WEBHOOK_PACE, window_seconds=60)


@dataclass(frozen=True)
class Door:
    """The webhook of one account that is switched on: all that is needed to judge a call without looking into the store."""

    account_id: int
    adapter: ChannelAdapter | None = None  # None: the channel is out of order
    account: Account | None = None


def door_of(account_id: int) -> Door | None:
    """As it is in the store now. None for an unknown and for a switched-off account: nobody learns what exists."""
    account = ChannelAccount.objects.filter(pk=account_id).exclude(state=ChannelAccount.State.OFF).first()
    if account is None:
        return None
    try:
        return Door(account_id, adapter_of(account.kind), account_view(account))
    except (UnknownChannel, CannotRead):
        return Door(account_id)


def judge(door: Door | None, request: Request) -> Response | list[RawEvent]:
    """What there is to keep, when the call proved where it comes from; else the answer. Pure but for the pace of callers.

    A wrong and a missing signature answer alike.
    """
    if door is None:
        return NO_SUCH
    if len(request.body) > MOST_BYTES:
        return _says(413, f"more than {MOST_BYTES} bytes")
    if pace.knock(f"{door.account_id} {request.remote}", at_seconds=time.monotonic()):
        return _says(429, "too many calls; try again in a minute")
    if door.adapter is None or door.account is None:
        return OUT_OF_ORDER
    methods = methods_at(door.adapter, request.below)
    if request.below and not methods:
        return NO_SUCH
    try:
        if (answer := door.adapter.challenge(request, door.account)) is not None:
            return answer
        if request.method not in methods:
            return _says(405, f"only {' and '.join(methods) or 'below this address'}")
        door.adapter.verify(request, door.account)
    except BadSignature as error:
        return _says(401, str(error))
    return door.adapter.deliveries_of(request)


def methods_at(adapter: ChannelAdapter, below: str) -> list[str]:
    """How a network may call this place below the address of its account; empty where there is nothing to call."""
    return [method for method, place in adapter.hook_calls.items() if re.fullmatch(place, below)]


def take(account_id: int, request: Request) -> Response:
    """Answer one call for one account. 202 means: stored, and safe against any crash of ours."""
    door = door_of(account_id)
    verdict = judge(door, request)
    if isinstance(verdict, Response):
        return verdict
    return answer(door, request, received=len(verdict), stored=receive(account_id, verdict))


def answer(door: Door | None, request: Request, *, received: int, stored: int) -> Response:
    """To a call that proved itself and is kept: what its network wants to read, else how much of it was new."""
    try:
        said = door.adapter.answer(request, door.account) if door and door.adapter and door.account else None
    except Exception:  # it is kept, so the network must not bring it again
        log.exception("the answer to a webhook of account %s failed", door.account_id if door else 0)
        said = None
    return said or _says(202, "", received=received, stored=stored)


def _says(status: int, problem: str, **numbers: int) -> Response:
    body = {"error": problem} if problem else numbers
    return Response(status=status, body=msgspec.json.encode(body), content_type="application/json")


NO_SUCH = _says(404, "no such webhook")
OUT_OF_ORDER = _says(503, "this channel is out of order; try again later")


@csrf_exempt
def hook(request: HttpRequest, account_id: int, below: str = "") -> HttpResponse:
    """The same under Django, where the bare ASGI door in front of it is not used."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    answer = take(account_id, _request_of(request, below))
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


hook.is_public = True  # type: ignore[attr-defined]  # the front door lets it pass: it proves itself by its signature


def _request_of(request: HttpRequest, below: str) -> Request:
    return Request(
        method=request.method or "",
        path=request.path,
        query={k: str(v) for k, v in request.GET.items()},
        headers={k.lower(): v for k, v in request.headers.items()},
        body=request.body,
        remote=request.META.get("REMOTE_ADDR", ""),
        url=settings.PUBLIC_URL + request.get_full_path(),
        below=below,
    )
