"""Teach me: one voice after the other, the most useful first. Right, what else is true, or skip; the next comes at once."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from heard.understanding.actions import NothingToCorrect, correct
from heard.understanding.learning.values import LEARNT
from heard.understanding.pages import words
from heard.understanding.pages.card import ASKED_FIRST, MOST_SKIPPED, Card, card_of, next_card
from heard.understanding.pages.taught import taught
from heard.understanding.rules.corrections import BadCorrection

WHOLE, PART = "understanding/teach.html", "understanding/_teach.html"


@require_GET
def teach(request: HttpRequest) -> HttpResponse:
    """The next voice; with `voice` and `asked` that one, to say it anew."""
    request.viewer.check("verdict.correct")
    field, skipped = _field(request.GET.get("field", "")), _ids(request.GET.get("skipped", ""))
    card = _again(request) or next_card(request.viewer, field=field, skipped=skipped)
    return _drawn(request, field, skipped, card)


@require_POST
def say(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """What is true of that field; "skip" says nothing. The answer is the next voice."""
    request.viewer.check("verdict.correct")
    field, skipped = _field(request.POST.get("queue", "")), _ids(request.POST.get("skipped", ""))
    asked = _field(request.POST.get("field", ""))
    if not asked:
        raise Http404
    if "skip" in request.POST:
        return _next(request, field, [*skipped, interaction_id], None)
    try:
        value = words.read(asked, request.POST.getlist("value"))
        correct(request.viewer, interaction_id, field=asked, value=value)
    except NothingToCorrect as error:
        raise Http404 from error
    except BadCorrection as no:
        return _drawn(request, field, skipped, card_of(request.viewer, interaction_id, asked), refused=str(no), status=422)
    return _next(request, field, skipped, (interaction_id, asked, words.value_words(value)))


def _next(request: HttpRequest, field: str, skipped: Sequence[int], said: tuple[int, str, str] | None) -> HttpResponse:
    """In place of this one; as a page of its own for a browser without scripts."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(address(field, skipped))
    return _drawn(request, field, skipped, next_card(request.viewer, field=field, skipped=skipped), said=_said(said))


def _said(said: tuple[int, str, str] | None) -> dict[str, str]:
    if said is None:
        return {}
    interaction_id, field, value = said
    again = urlencode({"voice": interaction_id, "asked": field})
    return {"words": _("%(field)s: %(value)s.") % {"field": words.name_of(field), "value": value}, "again": again}


def _drawn(
    request: HttpRequest, field: str, skipped: Sequence[int], card: Card | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    about = {
        "tab": "teach",
        "card": card,
        "queue": field,
        "queues": [("", _("What helps most"))] + [(name, words.name_of(name)) for name in LEARNT],
        "skipped": ",".join(map(str, skipped[-MOST_SKIPPED:])),
        "asked_name": words.name_of(card.field) if card else "",
        "taught": taught(request.viewer, card.field if card else field or ASKED_FIRST),
        "is_part": bool(request.htmx),  # type: ignore[attr-defined]
    }
    return render(request, PART if about["is_part"] else WHOLE, about | more, status=status)


def address(field: str, skipped: Sequence[int] = ()) -> str:
    asked = {"field": field, "skipped": ",".join(map(str, skipped[-MOST_SKIPPED:]))}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("understanding:teach") + (f"?{query}" if query else "")


def _again(request: HttpRequest) -> Card | None:
    asked, voice = _field(request.GET.get("asked", "")), _ids(request.GET.get("voice", ""))
    return card_of(request.viewer, voice[0], asked) if asked and voice else None


def _field(given: str) -> str:
    return given if given in LEARNT else ""


def _ids(given: str) -> list[int]:
    return [int(one) for one in given.split(",")[-MOST_SKIPPED:] if one.isascii() and one.isdigit() and len(one) < 19]
