from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from heard.identity import actions, pages, preview, review_page, selectors
from heard.identity.models import ReviewPair
from heard.identity.views import number_in, or_404
from heard.listening.actions import CannotNote, note_consent


@require_GET
def to_judge(request: HttpRequest) -> HttpResponse:
    """The next pair that may be one person, and what was said about the one before."""
    request.viewer.check("customer.link")
    wanted, said = number_in(request, "pair"), number_in(request, "said")
    about = {
        "pair": review_page.next_pair(request.viewer, wanted=wanted),
        "waiting": review_page.waiting(request.viewer),
        "is_again": number_in(request, "again") == 1,
        "said": review_page.judgement(request.viewer, said) if said else None,
    }
    return render(request, "identity/to_judge.html", about)


@require_GET
def count_to_judge(request: HttpRequest) -> HttpResponse:
    """How many pairs wait, for the rail; nothing where none does."""
    request.viewer.check("customer.link")
    return render(request, "identity/_count_to_judge.html", {"waiting": review_page.waiting(request.viewer)})


@require_POST
def judge(request: HttpRequest, pair_id: int) -> HttpResponse:
    """One word about a pair; the next one follows at once."""
    said = ""
    try:
        actions.decide(request.viewer, pair_id, request.POST.get("decision", ""), why=request.POST.get("why", "")[:1000])
        said = str(pair_id)
    except ReviewPair.DoesNotExist as error:
        raise Http404 from error
    except actions.NotSeen as error:
        raise Http404 from error
    except actions.CannotLink as no:
        messages.error(request, str(no))
    return _next(said)


@require_POST
def judge_again(request: HttpRequest, pair_id: int) -> HttpResponse:
    """What was said about a pair is taken back, and the pair stands there again."""
    try:
        actions.take_back(request.viewer, pair_id)
    except (ReviewPair.DoesNotExist, actions.NotSeen) as error:
        raise Http404 from error
    return redirect(f"{reverse('identity:to_judge')}?{urlencode({'pair': pair_id, 'again': 1})}")


@require_GET
@or_404
def joining(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What would change if this customer and another were one; nothing changes by looking."""
    request.viewer.check("customer.link")
    person = pages.person(request.viewer, customer_id)
    one, other = number_in(request, "identity"), number_in(request, "other")
    if one not in person.identity_ids or other is None or not selectors.sees_identities(request.viewer, [other]):
        raise Http404
    whose = selectors.customers_of([other])[other]
    about = {
        "person": person,
        "other": pages.person(request.viewer, whose),
        "identity_id": one,
        "other_id": other,
        "why": request.GET.get("why", "")[:1000],
        "preview": preview.of_joining(request.viewer, one, other),
        "is_joined": whose == customer_id,
    }
    return render(request, "identity/joining.html", about)


@require_POST
@or_404
def treat_face(request: HttpRequest, customer_id: int, identity_id: int) -> HttpResponse:
    request.viewer.check("customer.link")
    _check_theirs(request, customer_id, identity_id)
    given = request.POST
    actions.treat_face(
        request.viewer,
        identity_id,
        never_link=given.get("never_link") == "on",
        audience=given.get("audience", ""),
        tone=given.get("tone", ""),
    )
    messages.success(request, "Kept for this face.")
    return redirect(f"{reverse('identity:customer', args=[customer_id])}#face-{identity_id}")


@require_POST
@or_404
def note_face_consent(request: HttpRequest, customer_id: int, identity_id: int) -> HttpResponse:
    request.viewer.check("consent.note")
    _check_theirs(request, customer_id, identity_id)
    given = request.POST
    try:
        note_consent(
            request.viewer,
            identity_id,
            channel_kind=given.get("channel", ""),
            purpose=given.get("purpose", ""),
            is_given=given.get("is_given") == "yes",
            how=given.get("how", ""),
        )
    except CannotNote as no:
        messages.error(request, str(no))
    else:
        messages.success(request, "Noted, with your name. It holds for this address alone.")
    return redirect(f"{reverse('identity:customer', args=[customer_id])}#face-{identity_id}")


def _check_theirs(request: HttpRequest, customer_id: int, identity_id: int) -> None:
    if identity_id not in pages.person(request.viewer, customer_id).identity_ids:
        raise Http404


def _next(said: str) -> HttpResponse:
    address = reverse("identity:to_judge")
    return redirect(f"{address}?{urlencode({'said': said})}" if said else address)
