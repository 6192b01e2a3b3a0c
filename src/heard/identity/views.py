from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST

from heard.identity import actions, directory, facets, ledger, pages, review, selectors, timeline_page
from heard.identity.models import Customer, IdentityLink
from heard.identity.slots import customer_panels
from heard.kernel.absent import as_404

OTHERS = 20  # who may be the same person


or_404 = as_404(Customer.DoesNotExist, IdentityLink.DoesNotExist)


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    place = directory.Place(number_in(request, "before"), number_in(request, "below"), number_in(request, "met"))
    part = directory.named(request.viewer, asked, place) if asked else directory.last_heard(request.viewer, place)
    template = "identity/_rows.html" if request.htmx and not request.htmx.boosted else "identity/customers.html"
    about = {
        "asked": asked,
        "rows": directory.rows(request.viewer, part.customer_ids),
        "count": part.count,
        "is_first": place == directory.FIRST,
        "newest": _address(asked, directory.FIRST),
        "older": _address(asked, part.older) if part.older else "",
    }
    if template == "identity/customers.html" and request.viewer.may("customer.link"):
        about["to_judge"] = review.how_many(request.viewer)
    return render(request, template, about)


@require_GET
@or_404
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    person = pages.person(request.viewer, customer_id)
    known = pages.acquaintance(request.viewer, person.identity_ids)
    about = timeline_page.part(request, person) | {"known": known, "kinds": timeline_page.choices(known)}
    about["grounds"] = ledger.ledger(request.viewer, person.identity_ids)
    about["faces"] = mark_safe(facets.draw(request, person))
    return render(request, "identity/customer.html", about)


@require_GET
@or_404
def beside(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What stands beside the timeline, fetched when the page is there: nobody waits for it to read what was said."""
    person = pages.person(request.viewer, customer_id)
    panels = [draw(request, person.identity_ids) for draw in customer_panels]
    return HttpResponse(mark_safe("".join(panels)))


@require_GET
@or_404
def stretch(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Part of the timeline, above or below a place, for a page that has the rest."""
    person = pages.person(request.viewer, customer_id)
    return render(request, "identity/_stretch.html", timeline_page.part(request, person))


@require_GET
@or_404
def same_person(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Look for the other identity of this person; nothing is joined by looking."""
    person = pages.person(request.viewer, customer_id)
    asked = _asked(request)
    found = directory.named(request.viewer, asked).customer_ids if asked else []
    others = directory.rows(request.viewer, [id_ for id_ in found if id_ != customer_id][:OTHERS])
    return render(request, "identity/same_person.html", {"person": person, "asked": asked, "rows": others})


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
    one, other = number_in(request, "identity"), number_in(request, "other")
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


def _address(asked: str, place: directory.Place) -> str:
    given = {"q": asked, "before": place.voice, "below": place.customer, "met": place.face}
    return "?" + urlencode({name: value for name, value in given.items() if value})


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]


def number_in(request: HttpRequest, name: str) -> int | None:
    """A whole number that a form or an address gives; None for anything else."""
    given = (request.POST if request.method == "POST" else request.GET).get(name, "")
    return int(given) if given.isdigit() and len(given) < 19 else None
