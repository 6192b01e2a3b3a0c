from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST

from heard.identity import actions, pages, selectors
from heard.identity.models import Customer, IdentityLink
from heard.identity.slots import customer_panels

PAGE = 40


def or_404(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whom nobody knows and whom this viewer may not know look the same."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (Customer.DoesNotExist, IdentityLink.DoesNotExist) as error:
            raise Http404 from error

    return found


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:200]
    page = Paginator(pages.customers(request.viewer, asked), PAGE).get_page(request.GET.get("page"))
    template = "identity/_rows.html" if request.htmx and not request.htmx.boosted else "identity/customers.html"
    return render(request, template, {"asked": asked, "page": page, "rows": pages.rows(request.viewer, list(page))})


@require_GET
@or_404
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    person = pages.person(request.viewer, customer_id)
    filters = pages.Filters(
        kind=request.GET.get("kind", ""), account_id=_number(request, "account"), before=_number(request, "before")
    )
    story = pages.story(request.viewer, person.identity_ids, filters)
    about = {"person": person, "story": story, "filters": filters}
    if request.htmx and not request.htmx.boosted and filters.before:
        return render(request, "identity/_voices.html", about)
    about["grounds"] = pages.may_see_both(request.viewer, pages.ledger(person.identity_ids))
    about["panels"] = [mark_safe(panel) for panel in (draw(request, person.identity_ids) for draw in customer_panels) if panel]
    return render(request, "identity/customer.html", about)


@require_GET
@or_404
def same_person(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Look for the other identity of this person; nothing is joined by looking."""
    person = pages.person(request.viewer, customer_id)
    asked = request.GET.get("q", "").strip()[:200]
    found = pages.customers(request.viewer, asked).exclude(pk=customer_id)[:20] if asked else []
    return render(
        request, "identity/same_person.html", {"person": person, "asked": asked, "rows": pages.rows(request.viewer, list(found))}
    )


@require_POST
@or_404
def link(request: HttpRequest, customer_id: int) -> HttpResponse:
    return _say(request, customer_id, actions.link, "Joined. You can take it back below.")


@require_POST
@or_404
def say_different(request: HttpRequest, customer_id: int) -> HttpResponse:
    return _say(request, customer_id, actions.say_different, "Kept apart, whatever is found later. You can take it back below.")


@require_POST
@or_404
def unlink(request: HttpRequest, customer_id: int, link_id: int) -> HttpResponse:
    person = pages.person(request.viewer, customer_id)
    try:
        actions.unlink(request.viewer, link_id)
    except actions.CannotLink as no:
        messages.error(request, str(no))
    else:
        messages.success(request, "Taken back. Everyone is who they were without it.")
    return _to_whoever_has(person.identity_ids[0])


@require_POST
@or_404
def rename(request: HttpRequest, customer_id: int) -> HttpResponse:
    request.viewer.check("customer.link")
    pages.person(request.viewer, customer_id)
    actions.rename(request.viewer, customer_id, name=request.POST.get("name", ""))
    return redirect("identity:customer", customer_id)


def _say(request: HttpRequest, customer_id: int, verb: Callable[..., int], done: str) -> HttpResponse:
    request.viewer.check("customer.link")
    person = pages.person(request.viewer, customer_id)
    one, other = _number(request, "identity"), _number(request, "other")
    if one not in person.identity_ids or other is None:
        raise Http404
    try:
        verb(request.viewer, one, other, why=request.POST.get("why", "")[:1000])
    except actions.CannotLink as no:
        messages.error(request, str(no))
    else:
        messages.success(request, done)
    return _to_whoever_has(one)


def _to_whoever_has(identity_id: int) -> HttpResponse:
    """The customer of an identity may have become another one by what was just said."""
    return redirect("identity:customer", selectors.customers_of([identity_id])[identity_id])


def _number(request: HttpRequest, name: str) -> int | None:
    given = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(given) if given.isdigit() and len(given) < 19 else None
