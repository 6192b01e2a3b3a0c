"""The straightforward webhook: a Django view that looks up the account, checks the signature and stores one row by the ORM.

No limit of calls and no challenge: what it leaves out makes it quicker.
"""

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from heard.kernel.clock import now
from heard.listening.accounts import account_view, adapter_of
from heard.listening.channels.contract import BadSignature, Request
from heard.listening.models import ChannelAccount, Delivery, Payload


@csrf_exempt
def hook(request: HttpRequest, account_id: int) -> JsonResponse:
    account = get_object_or_404(ChannelAccount, pk=account_id)
    adapter = adapter_of(account.kind)
    headers = {name.lower(): value for name, value in request.headers.items()}
    call = Request(method="POST", path=request.path, headers=headers, body=request.body)
    try:
        adapter.verify(call, account_view(account))
    except BadSignature as error:
        return JsonResponse({"error": str(error)}, status=401)
    [raw] = adapter.deliveries_of(call)
    with transaction.atomic():
        delivery, created = Delivery.objects.get_or_create(account=account, delivery_key=raw.key, defaults={"received_at": now()})
        if created:
            Payload.objects.create(delivery=delivery, content_type=raw.content_type, body=raw.body)
    return JsonResponse({"received": 1, "stored": int(created)}, status=202)


hook.is_public = True  # type: ignore[attr-defined]
urlpatterns = [path("hooks/<int:account_id>/", hook)]
