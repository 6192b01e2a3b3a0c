from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from heard.governance import selectors as people
from heard.kernel import clock, stream
from heard.kernel.absent import as_404
from heard.listening import actions, pages
from heard.listening.accounts import UnknownChannel, account_view, adapter_of, adapters, hook_url
from heard.listening.actions.tokens import end_token as end_this_token
from heard.listening.actions.tokens import make_token as make_a_token
from heard.listening.channels.contract import ChannelAdapter
from heard.listening.forms import AccountForm
from heard.listening.health_log import changes
from heard.listening.kinds import grouped
from heard.listening.manual import manual_of
from heard.listening.models import ChannelAccount
from heard.listening.tokens import tokens_of
from heard.listening.trouble import told_at
from heard.listening.views.sign_in import back_url, leave

UNITS = {"graphemes": "characters", "utf16": "characters", "weighted": "characters", "sms_segments": "text messages"}


or_404 = as_404(ChannelAccount.DoesNotExist, UnknownChannel)


@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    live_since = stream.head()
    rows = pages.channels(request.viewer, clock.now())
    return render(
        request,
        "listening/channels.html",
        {"rows": rows, "groups": _connectable(), "alarms": [r for r in rows if r.finding.is_blind], "live_since": live_since},
    )


@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """The strip over every page of the desk: channels on which we may be missing customers. Empty when all is well."""
    return render(request, "listening/_wall.html", {"alarms": pages.channel_alarms(request.viewer, clock.now())})


@require_GET
@or_404
def channel(request: HttpRequest, account_id: int) -> HttpResponse:
    live_since = stream.head()
    row = pages.channel(request.viewer, account_id, clock.now())
    return render(request, "listening/channel.html", {**_about(request, row), "live_since": live_since})


@or_404
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    request.viewer.check("channel.manage")
    adapter = adapter_of(kind)
    form = AccountForm(adapter, teams=_teams(request), data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _signs_in(request):
            return leave(request, form, kind=kind, account_id=None) or _form_page(
                request, form, adapter, title=_connecting(adapter)
            )
        try:
            account_id = actions.connect(request.viewer, kind=kind, **form.asked())
        except actions.BadConfig as bad:
            form.blame(bad.problems)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is connected. Test it now.")
            return redirect("listening:channel", account_id)
    return _form_page(request, form, adapter, title=_connecting(adapter))


def _connecting(adapter: ChannelAdapter) -> str:
    return f"Connect: {adapter.label}"


def _signs_in(request: HttpRequest) -> bool:
    return request.POST.get("how") == "sign-in"


@or_404
def edit(request: HttpRequest, account_id: int) -> HttpResponse:
    request.viewer.check("channel.manage")
    account = pages.channel(request.viewer, account_id, clock.now()).account
    adapter = adapter_of(account.kind)
    form = AccountForm(adapter, teams=_teams(request), account=account, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _signs_in(request) and (left := leave(request, form, kind=account.kind, account_id=account_id)):
            return left
        if form.errors:
            return _form_page(request, form, adapter, title=f"Edit {account.name}", account=account)
        try:
            actions.change(request.viewer, account_id, **form.asked())
        except actions.BadConfig as bad:
            form.blame(bad.problems)
        else:
            words = (
                "Saved."
                if account.state not in ("paused", "off")
                else f"{form.cleaned_data['name']} is tried again. Test it now."
            )
            messages.success(request, words)
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
    """Pause and resume."""
    on = request.POST.get("on") == "yes"
    try:
        actions.switch(request.viewer, account_id, on=on)
    except actions.Disconnected as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Resumed." if on else "Paused. What was heard stays.")
    return redirect("listening:channel", account_id)


@or_404
def disconnect(request: HttpRequest, account_id: int) -> HttpResponse:
    """What it means, and doing it. What is left to do by hand stands on the page of the account afterwards."""
    request.viewer.check("channel.manage")
    row = pages.channel(request.viewer, account_id, clock.now())
    if request.method == "POST":
        actions.disconnect(request.viewer, account_id)
        messages.success(request, f"{row.account.name} is disconnected. What was heard stays.")
        return redirect("listening:channel", account_id)
    return render(request, "listening/disconnect.html", {"row": row, "adapter": adapters().get(row.account.kind)})


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
        "in_words": adapter.in_words(account_view(row.account, with_secrets=False)) if adapter else [],
        "scopes": _scopes(row.account, adapter),
        "changes": changes(request.viewer, row.account.pk),
        "told_at": told_at(row.account.pk) if row.finding.is_blind else None,
        "takes_tokens": row.account.kind == "api" and not row.account.disconnected_at,
        "tokens": tokens_of(request.viewer, row.account.pk) if request.viewer.may("token.manage") else [],
        "form_url": _form_url(row.account),
        "manual": manual_of(row.account.kind),
        **_hook(row.account, adapter),
    }


def _scopes(account: ChannelAccount, adapter: ChannelAdapter | None) -> list[tuple[str, str, bool]]:
    """(name, what does not work without it, whether we are allowed it), by the last test; what is missing comes first."""
    words = adapter.scope_words if adapter else {}
    named = [(name, words.get(name, ""), bool(allowed)) for name, allowed in account.scopes.items()]
    return sorted(named, key=lambda scope: scope[2])


def _hook(account: ChannelAccount | None, adapter: ChannelAdapter | None) -> dict:
    """Where the network calls us; before an account is saved it has no address yet."""
    takes = adapter is not None and "webhook" in adapter.capabilities.inbound
    is_reachable = settings.PUBLIC_URL.startswith("https://")
    return {"takes_hooks": takes, "hook_url": hook_url(account.pk) if takes and account else "", "is_reachable": is_reachable}


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
        facts.append(("Longest message", f"{can.max_length:,} {UNITS.get(can.length_unit, can.length_unit)}"))
    if can.outbound:
        facts.append(("Seen by", ", ".join(can.visibilities)))
        facts.append(
            (
                "Who may begin",
                {"any": "either side", "only_reply": "only they; we answer", "nobody": "nobody"}[can.who_may_initiate],
            )
        )
    return facts


def _connectable() -> list[tuple[str, list[tuple[ChannelAdapter, str]]]]:
    """By what they are for, each with what it is in a sentence. Simulated networks are connected by the demo world alone."""
    offered = [adapter for adapter in adapters().values() if not adapter.kind.startswith("simulated")]
    return [(group, [(a, manual_of(a.kind).gist) for a in members]) for group, members in grouped(offered)]


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
        "sign_in": getattr(adapter, "sign_in", None),
        "back_url": back_url(),
        **_hook(account, adapter),
    }
    return render(request, "listening/connect.html", about, status=422 if form.is_bound else 200)
