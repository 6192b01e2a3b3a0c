"""Settings → Webhooks: which other systems are told what, and how that goes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from heard.governance import actions_on_webhooks as actions
from heard.governance import selectors
from heard.governance.actions import Refused
from heard.governance.forms import WebhookForm
from heard.governance.models import WebhookEndpoint
from heard.kernel import stream
from heard.kernel.absent import as_404

or_404 = as_404(WebhookEndpoint.DoesNotExist, verb="webhook.manage")


@require_GET
@or_404
def endpoints(request: HttpRequest) -> HttpResponse:
    return _list(request, WebhookForm(teams=selectors.teams(request.viewer)))


@require_POST
@or_404
def add(request: HttpRequest) -> HttpResponse:
    """The secret is in this one answer and nowhere else."""
    form = WebhookForm(request.POST, teams=selectors.teams(request.viewer))
    if form.is_valid():
        try:
            endpoint_id, secret = actions.add_endpoint(request.viewer, **form.asked())
        except Refused as no:
            form.add_error(None, str(no))
        else:
            return _one(request, endpoint_id, secret=secret)
    return _list(request, form, status=422)


@or_404
def endpoint(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    if request.method == "GET":
        return _one(request, endpoint_id)
    form = WebhookForm(request.POST)
    if form.is_valid():
        asked = form.asked()
        asked.pop("team_id")
        try:
            actions.change_endpoint(request.viewer, endpoint_id, **asked)
        except Refused as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, "Saved.")
            return redirect("governance:webhook", endpoint_id)
    return _one(request, endpoint_id, form=form, status=422)


@require_POST
@or_404
def new_secret(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    return _one(request, endpoint_id, secret=actions.new_secret(request.viewer, endpoint_id))


@require_POST
@or_404
def test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    actions.test_endpoint(request.viewer, endpoint_id)
    messages.success(request, "A test message is on its way. What became of it stands below in a moment.")
    return redirect("governance:webhook", endpoint_id)


@require_POST
@or_404
def switch(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    actions.switch_endpoint(request.viewer, endpoint_id, on=on)
    messages.success(request, "Switched on." if on else "Switched off. What waits keeps waiting.")
    return redirect("governance:webhook", endpoint_id)


@require_POST
@or_404
def remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    actions.remove_endpoint(request.viewer, endpoint_id)
    messages.success(request, "Removed, with all its messages.")
    return redirect("governance:webhooks")


@require_POST
@or_404
def send_again(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    one = request.POST.get("id", "")
    count = actions.send_dead_again(
        request.viewer, endpoint_id, message_id=int(one) if one.isdecimal() and len(one) < 18 else None
    )
    messages.success(request, f"{count} will be sent again." if count != 1 else "It will be sent again.")
    return redirect("governance:webhook", endpoint_id)


def _list(request: HttpRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    rows = selectors.webhook_endpoints(request.viewer)
    return render(request, "governance/webhooks.html", {"rows": rows, "form": form}, status=status)


def _one(
    request: HttpRequest, endpoint_id: int, *, secret: str = "", form: WebhookForm | None = None, status: int = 200
) -> HttpResponse:
    live_since = stream.head()
    found = selectors.webhook_endpoint(request.viewer, endpoint_id)
    about = {
        "endpoint": found,
        "secret": secret,
        "form": form or WebhookForm(initial={"name": found.name, "url": found.url, "events": found.events}),
        "letters": selectors.webhook_messages(request.viewer, endpoint_id),
        "live_since": live_since,
        "dead": selectors.dead_webhook_messages(request.viewer, endpoint_id),
    }
    response = render(request, "governance/webhook.html", about, status=status)
    if secret:
        response["Cache-Control"] = "no-store"
    return response
