"""What becomes of words of ours after they were sent: edited, taken back, and what is left to decide when that got stuck."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from heard.engagement import actions
from heard.governance.permissions import Viewer
from heard.routing.refusals import explaining

explained = explaining(actions.CannotAmend, actions.CannotSend, actions.NotNow)


@require_POST
@explained
def edit(request: HttpRequest, utterance_id: int) -> HttpResponse:
    """What holds the words is shown below them, with the way on; `said` lets the story read itself anew."""
    given = request.POST
    try:
        actions.edit(
            _viewer(request),
            utterance_id,
            text=given.get("text", ""),
            instead_of=given.get("instead_of", ""),
            knowingly=given.get("knowingly", "").split(),
            without_time=given.get("without_time") == "yes",
        )
    except actions.Held as error:
        return render(request, "engagement/edit_held.html", {"words": str(error), "hold": error.hold, "given": given})
    except actions.NeedsTime as error:
        return render(request, "engagement/edit_held.html", {"words": str(error), "hold": None, "given": given})
    return _said("Being changed.")


@require_POST
@explained
def take_back(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.take_back(_viewer(request), utterance_id)
    return _said("Being taken back.")


@require_POST
@explained
def again(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.amend_again(_viewer(request), utterance_id)
    return _said("Tried again.")


@require_POST
@explained
def give_up(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.give_up_amending(_viewer(request), utterance_id)
    return _said("Left as it was.")


@require_POST
@explained
def confirm(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.confirm_amended(_viewer(request), utterance_id)
    return _said("Written down as done.")


def _said(words: str) -> HttpResponse:
    response = trigger_client_event(HttpResponse(status=204), "toast", {"words": words})
    return trigger_client_event(response, "said", {})


def _viewer(request: HttpRequest) -> Viewer:
    return request.viewer  # type: ignore[attr-defined]
