from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from heard.governance import selectors as people
from heard.kernel import clock, stream
from heard.listening import actions, pages
from heard.listening.accounts import UnknownChannel, adapter_of, adapters
from heard.listening.actions.tokens import end_token as end_this_token
from heard.listening.actions.tokens import make_token as make_a_token
from heard.listening.channels.contract import ChannelAdapter
from heard.listening.forms import AccountForm
from heard.listening.manual import manual_of
from heard.listening.models import ChannelAccount
from heard.listening.tokens import tokens_of


def or_404(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What does not exist and what this viewer may not see look the same."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (ChannelAccount.DoesNotExist, UnknownChannel) as error:
            raise Http404 from error

    return found


@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    live_since = stream.head()
    rows = pages.channels(request.viewer, clock.now())
    return render(
        request,
        "listening/channels.html",
        {"rows": rows, "adapters": _connectable(), "alarms": [r for r in rows if r.finding.is_blind], "live_since": live_since},
    )


@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """The strip over every page of the desk: channels on which we may be missing customers. Empty when all is well."""
    return render(request, "listening/_wall.html", {"alarms": pages.channel_alarms(request.viewer, clock.now())})


@require_GET
@or_404
def channel(request: HttpRequest, account_id: int) -> HttpResponse:
    row = pages.channel(request.viewer, account_id, clock.now())
    return render(request, "listening/channel.html", _about(request, row))


@or_404
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    request.viewer.check("channel.manage")
    adapter = adapter_of(kind)
    form = AccountForm(adapter, teams=_teams(request), data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account_id = actions.connect(request.viewer, kind=kind, **form.asked())
        except actions.BadConfig as bad:
            form.blame(bad.problems)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is connected. Test it now.")
            return redirect("listening:channel", account_id)
    return _form_page(request, form, adapter, title=f"Connect: {adapter.label}")


@or_404
def edit(request: HttpRequest, account_id: int) -> HttpResponse:
    request.viewer.check("channel.manage")
    account = pages.channel(request.viewer, account_id, clock.now()).account
    adapter = adapter_of(account.kind)
    form = AccountForm(adapter, teams=_teams(request), account=account, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(request.viewer, account_id, **form.asked())
        except actions.BadConfig as bad:
            form.blame(bad.problems)
        else:
            messages.success(request, "Saved.")
            return redirect("listening:channel", account_id)
    return _form_page(request, form, adapter, title=f"Edit {account.name}", account=account)


@require_POST
@or_404
def test(request: HttpRequest, account_id: int) -> HttpResponse:
    """What the adapter's check says, as a fragment for htmx and as a message without it."""
    health = actions.test(request.viewer, account_id)
    if request.htmx:
        return render(
            request, "listening/_health.html", {"health": health, "row": pages.channel(request.viewer, account_id, clock.now())}
        )
    (messages.success if health.ok else messages.error)(request, health.message)
    return redirect("listening:channel", account_id)


@require_POST
@or_404
def switch(request: HttpRequest, account_id: int) -> HttpResponse:
    on = request.POST.get("on") == "yes"
    actions.switch(request.viewer, account_id, on=on)
    messages.success(request, "Switched on." if on else "Switched off. What was heard stays.")
    return redirect("listening:channel", account_id)


@require_POST
@or_404
def make_token(request: HttpRequest, account_id: int) -> HttpResponse:
    """The new token is in this one answer and nowhere else."""
    token = make_a_token(request.viewer, account_id, request.POST.get("name", ""))
    row = pages.channel(request.viewer, account_id, clock.now())
    response = render(request, "listening/channel.html", {**_about(request, row), "new_token": token})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@or_404
def end_token(request: HttpRequest, account_id: int, token_id: int) -> HttpResponse:
    end_this_token(request.viewer, token_id)
    messages.success(request, "The token works no more.")
    return redirect("listening:channel", account_id)


def _about(request: HttpRequest, row: pages.ChannelHealth) -> dict:
    adapter = adapters().get(row.account.kind)
    return {
        "row": row,
        "adapter": adapter,
        "facts": _facts(adapter) if adapter else [],
        "takes_tokens": row.account.kind == "api",
        "tokens": tokens_of(request.viewer, row.account.pk) if request.viewer.may("token.manage") else [],
        "form_url": _form_url(row.account),
        "manual": manual_of(row.account.kind),
    }


def _form_url(account: ChannelAccount) -> str:
    if account.kind != "form" or not account.address:
        return ""
    return settings.PUBLIC_URL + reverse("contact_form", args=[account.address])


def _facts(adapter: ChannelAdapter) -> list[tuple[str, str]]:
    """What this network lets us do, in words."""
    can = adapter.capabilities
    ways = {
        "poll": "we ask",
        "stream": "as it happens",
        "webhook": "they call us",
        "upload": "from files",
        "form": "by hand or form",
    }
    facts = [
        ("Comes in", ", ".join(ways[way] for way in can.inbound) or "no"),
        ("Answers go out", "yes" if can.outbound else "no"),
    ]
    if can.outbound and can.max_length:
        facts.append(("Longest message", f"{can.max_length:,} {can.length_unit.replace('_', ' ')}"))
    if can.outbound:
        facts.append(("Seen by", ", ".join(can.visibilities)))
        facts.append(
            (
                "Who may begin",
                {"any": "either side", "only_reply": "only they; we answer", "nobody": "nobody"}[can.who_may_initiate],
            )
        )
    return facts


def _connectable() -> list[ChannelAdapter]:
    """Simulated networks are connected by the demo world alone."""
    return [adapter for adapter in adapters().values() if not adapter.kind.startswith("simulated")]


def _teams(request: HttpRequest) -> list[tuple[int, str]]:
    return [(team.pk, team.name) for team in people.teams(request.viewer)]


def _form_page(
    request: HttpRequest, form: AccountForm, adapter: ChannelAdapter, *, title: str, account: ChannelAccount | None = None
) -> HttpResponse:
    back = reverse("listening:channel", args=[account.pk]) if account else reverse("listening:channels")
    about = {
        "form": form,
        "adapter": adapter,
        "title": title,
        "account": account,
        "back": back,
        "manual": manual_of(adapter.kind),
    }
    return render(request, "listening/connect.html", about, status=422 if form.is_bound else 200)
