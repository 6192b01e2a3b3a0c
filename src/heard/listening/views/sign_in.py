"""Leaving for a network to sign in there, and coming back."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from heard.listening import actions
from heard.listening.accounts import UnknownChannel, adapter_of
from heard.listening.actions.sign_in import Errand, NotOurs, SomebodyElse, begin_sign_in, errand_of, finish_sign_in
from heard.listening.channels.contract import ChannelError
from heard.listening.forms import AccountForm
from heard.listening.models import ChannelAccount

SESSION = "sign_in_errand"
SAID_NO = ("access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize")


def back_url() -> str:
    """Where every network sends people back to; it must be entered there for an application that somebody made."""
    return settings.PUBLIC_URL + reverse("listening:signed_in")


def leave(request: HttpRequest, form: AccountForm, *, kind: str, account_id: int | None) -> HttpResponse | None:
    """To the network; None, with the form blamed, when that is not possible."""
    try:
        url, errand = begin_sign_in(request.viewer, kind=kind, account_id=account_id, back=back_url(), **form.asked())
    except actions.BadConfig as bad:
        form.blame(bad.problems)
    except ChannelError as error:
        form.add_error(None, f"Signing in could not begin. {error}")
    else:
        request.session[SESSION] = errand
        return redirect(url)
    return None


@require_GET
def signed_in(request: HttpRequest) -> HttpResponse:
    """Every network comes back here: with a code, with a no, or with what nobody of ours asked for.

    An errand is for one time: whatever comes of it, it cannot be used again.
    """
    request.viewer.check("channel.manage")
    asked = request.GET
    try:
        errand = errand_of(request.session.get(SESSION, ""), asked.get("state", ""))
    except NotOurs:
        return render(request, "listening/sign_in_lost.html", status=400)
    del request.session[SESSION]
    if refusal := asked.get("error", ""):
        said_no = "Nothing was connected: the consent was refused at the network."
        failed = f"Nothing was connected: the network answers “{refusal[:60]}”. See that it knows our address {back_url()}."
        messages.error(request, said_no if refusal in SAID_NO else failed)
        return redirect(_form_of(errand))
    return _come_back(request, errand, asked.get("code", ""))


def _come_back(request: HttpRequest, errand: Errand, code: str) -> HttpResponse:
    try:
        account_id = finish_sign_in(request.viewer, errand, code=code[:4000], back=back_url())
    except (ChannelError, SomebodyElse, actions.BadConfig) as error:
        messages.error(request, f"Nothing was connected. {error}")
    except (ChannelAccount.DoesNotExist, UnknownChannel):
        messages.error(request, "Nothing was connected: this channel is gone meanwhile.")
        return redirect("listening:channels")
    else:
        health = actions.test(request.viewer, account_id)
        words = f"{adapter_of(errand.kind).label} let us in. {health.message}"
        (messages.success if health.ok else messages.error)(request, words)
        return redirect("listening:channel", account_id)
    return redirect(_form_of(errand))


def _form_of(errand: Errand) -> str:
    if errand.account_id is None:
        return reverse("listening:connect", args=[errand.kind])
    return reverse("listening:edit", args=[errand.account_id])
