"""Beside a customer: who looks after them, where they work, whom they belong with; said by hand, each with its undo."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from heard.governance.selectors import members
from heard.identity import actions_on_belonging as actions
from heard.identity import directory, pages
from heard.identity.belonging import READS, belonging
from heard.identity.selectors import customers_of
from heard.identity.views import OTHERS, number_in, or_404


@require_GET
@or_404
def belongs(request: HttpRequest, customer_id: int) -> HttpResponse:
    person = pages.person(request.viewer, customer_id)
    request.viewer.check("customer.link")
    asked = request.GET.get("q", "").strip()[:200]
    found = directory.named(request.viewer, asked).customer_ids if asked else []
    about = {
        "person": person,
        "known": belonging(request.viewer, person.identity_ids),
        "members": [m for m in members(request.viewer) if m.is_active],
        "kinds": [(kind, words[0]) for kind, words in READS.items()],
        "asked": asked,
        "rows": directory.rows(request.viewer, [id_ for id_ in found if id_ != customer_id][:OTHERS]),
    }
    return render(request, "identity/belongs.html", about)


@require_POST
@or_404
def look_after(request: HttpRequest, customer_id: int) -> HttpResponse:
    def say() -> tuple[str, dict]:
        before = actions.look_after(request.viewer, customer_id, number_in(request, "member"))
        return _("Who looks after them is changed."), {"act": "look_after", "member": before or ""}

    return _said(request, customer_id, say)


@require_POST
@or_404
def relate(request: HttpRequest, customer_id: int) -> HttpResponse:
    def say() -> tuple[str, dict]:
        one, other = customer_id, number_in(request, "other")
        if other is None:
            raise Http404
        if request.POST.get("turned"):
            one, other = other, one
        id_ = actions.relate(request.viewer, one, other, kind=request.POST.get("kind", ""))
        return _("They belong together now. They stay two people."), {"act": "unrelate", "relation": id_}

    return _said(request, customer_id, say)


@require_POST
@or_404
def unrelate(request: HttpRequest, customer_id: int) -> HttpResponse:
    def say() -> tuple[str, dict]:
        other, kind, is_first = actions.unrelate(request.viewer, customer_id, number_in(request, "relation") or 0)
        undo = {"act": "relate", "other": customers_of([other])[other], "kind": kind, "turned": "" if is_first else "yes"}
        return _("Taken away."), undo

    return _said(request, customer_id, say)


@require_POST
@or_404
def employ(request: HttpRequest, customer_id: int) -> HttpResponse:
    def say() -> tuple[str, dict]:
        name, title = request.POST.get("name", ""), request.POST.get("title", "")
        id_ = actions.employ(request.viewer, customer_id, name, title=title)
        return _("They belong to it now."), {"act": "leave", "membership": id_}

    return _said(request, customer_id, say)


@require_POST
@or_404
def leave(request: HttpRequest, customer_id: int) -> HttpResponse:
    def say() -> tuple[str, dict]:
        name, title = actions.leave(request.viewer, customer_id, number_in(request, "membership") or 0)
        return _("Taken away."), {"act": "employ", "name": name, "title": title}

    return _said(request, customer_id, say)


def _said(request: HttpRequest, customer_id: int, say: Any) -> HttpResponse:
    """Do it, and offer its undo beside what was done."""
    try:
        done, undo = say()
    except actions.CannotSay as no:
        messages.error(request, str(no))
    else:
        about = {"done": done, "customer_id": customer_id, "act": f"identity:{undo.pop('act')}", "undo": undo}
        messages.success(request, render_to_string("identity/_done.html", about | {"csrf_token": get_token(request)}))
    return redirect("identity:belongs", customer_id)
