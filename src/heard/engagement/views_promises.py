"""Promises in the composer, beside a conversation, on the page of a customer, and on a page of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from heard.engagement import actions, pledging, promises, selectors
from heard.engagement.pledging import Promising
from heard.engagement.promises import VIEWS, by_words
from heard.engagement.rules import asking_time
from heard.engagement.rules.plain_words import plain_words
from heard.engagement.rules.promising import Found
from heard.governance.permissions import Viewer
from heard.kernel import stream
from heard.kernel.clock import now
from heard.routing.refusals import explaining
from heard.routing.slots import Opened

explained = explaining(actions.CannotPromise)


@dataclass(frozen=True)
class Line:
    """A promise in a draft, with what its author has said about it so far."""

    found: Found
    by: str
    is_confirmed: bool
    is_denied: bool


def promising(given: QueryDict) -> Promising:
    """What a form of the composer says about its promises."""
    return Promising(
        confirms=frozenset(given.getlist("confirms")),
        denies=frozenset(given.getlist("denies")),
        without_time=given.get("without_time") == "yes",
    )


def in_words(request: HttpRequest, conversation_id: int, text: str) -> str:
    """What stands beside a draft: its promises, a delay that names no time, and words that hide what happened."""
    if not text:
        return ""
    language = selectors.access(_viewer(request), conversation_id).language
    found, said = pledging.found_in(text, language=language), promising(request.POST)
    lines = [_line(each, said) for each in found]
    delays = [] if said.without_time or found else pledging.delays_in(text, language=language)
    about = {
        "lines": lines,
        "delay": delays[0] if delays else None,
        "offers": asking_time.offers(delays[0].language, now().astimezone(promises.zone()).date()) if delays else [],
        "flags": plain_words(text, language=language, has_time=bool(found)),
    }
    return render_to_string("engagement/in_words.html", about, request=request).strip()


def _line(found: Found, said: Promising) -> Line:
    return Line(found, by_words(found.due_at, promises.zone()), found.key in said.confirms, found.key in said.denies)


def beside(request: HttpRequest, opened: Opened) -> SafeString:
    """What was promised in a conversation, and what became of it."""
    found = promises.of_conversation(opened.conversation_id)
    first = next((row.id for row in found if row.is_to_confirm), None)
    about = {"promises": found, "conversation_id": opened.conversation_id, "first_to_confirm": first}
    return mark_safe(render_to_string("engagement/promised_beside.html", about, request=request))


def of_customer(request: HttpRequest, identity_ids: Sequence[int]) -> str:
    """What was promised to somebody over all of their channels."""
    found = promises.of_identities(_viewer(request), identity_ids)
    return render_to_string("engagement/promised_to_customer.html", {"promises": found}, request=request)


@require_GET
def promises_page(request: HttpRequest) -> HttpResponse:
    """Whose promises, and of which kind; for htmx the part that changes, or only its next rows."""
    viewer, given = _viewer(request), request.GET.get("view", "")
    view = given if given in VIEWS else "mine"
    after = request.GET.get("after", "")
    about = {"view": view, "views": VIEWS, "page": promises.page(viewer, view, after=after)}
    if after:
        return render(request, "engagement/promise_rows.html", about)
    about |= {"live_since": stream.head(), "counts": promises.counts(viewer)}
    template = "engagement/_promises.html" if request.htmx and not request.htmx.boosted else "engagement/promises.html"  # type: ignore[attr-defined]
    return render(request, template, about)


@require_POST
@explained
def confirm(request: HttpRequest, promise_id: int) -> HttpResponse:
    return _done(request, promise_id, actions.confirm_promise, "A promise. You are reminded before it is due.")


@require_POST
@explained
def keep(request: HttpRequest, promise_id: int) -> HttpResponse:
    return _done(request, promise_id, actions.keep_promise, "Kept.")


@require_POST
@explained
def break_(request: HttpRequest, promise_id: int) -> HttpResponse:
    return _done(request, promise_id, actions.break_promise, "Not kept. Tell them, and when it will be.")


@require_POST
@explained
def withdraw(request: HttpRequest, promise_id: int) -> HttpResponse:
    return _done(request, promise_id, actions.withdraw_promise, "Withdrawn.")


@require_POST
@explained
def take_back(request: HttpRequest, promise_id: int) -> HttpResponse:
    actions.take_back_promise(_viewer(request), promise_id)
    return _said(HttpResponse(status=204))


@require_POST
@explained
def move(request: HttpRequest, promise_id: int) -> HttpResponse:
    """Another time, of which the customer has to hear: the composer opens and says so."""
    due_at = _moment(request.POST.get("due", ""))
    conversation_id = actions.move_promise(_viewer(request), promise_id, due_at=due_at)
    words = f"The promise is due {by_words(due_at, promises.zone())} now. They do not know that yet: tell them."
    here = reverse("routing:conversation", args=[conversation_id])
    if here not in request.headers.get("HX-Current-URL", here):
        return HttpResponseClientRedirect(here)
    return _said(trigger_client_event(HttpResponse(status=204), "tell", {"words": words}))


@require_POST
@explained
def note(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What was promised by phone, at a meeting, or before Heard was here."""
    due_at = _moment(request.POST.get("due", ""))
    promise_id = actions.note_promise(_viewer(request), conversation_id, what=request.POST.get("what", ""), due_at=due_at)
    return _with_undo(promise_id, "Noted. You are reminded before it is due.")


def _done(request: HttpRequest, promise_id: int, act: Callable[[Viewer, int], int], words: str) -> HttpResponse:
    act(_viewer(request), promise_id)
    return _with_undo(promise_id, words)


def _with_undo(promise_id: int, words: str) -> HttpResponse:
    undo = reverse("engagement:take_back_promise", args=[promise_id])
    return _said(trigger_client_event(HttpResponse(status=204), "toast", {"words": words, "undo": undo}))


def _said(response: HttpResponse) -> HttpResponse:
    """The story, the panel and the page read themselves anew at once."""
    return trigger_client_event(response, "said", {})


def _moment(given: str) -> datetime:
    """As a field of a form gives it, where the desk is. Raises CannotPromise."""
    try:
        local = datetime.fromisoformat(given)
    except ValueError:
        raise actions.CannotPromise("Say by when: a day and a time.") from None
    return local if local.tzinfo else local.replace(tzinfo=promises.zone())


def _viewer(request: HttpRequest) -> Viewer:
    return request.viewer  # type: ignore[attr-defined]
