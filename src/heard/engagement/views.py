"""The composer and what becomes of words after it: fragments of the conversation page, which lives in routing."""

import secrets
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from heard.engagement import actions, selectors
from heard.engagement.actions.notes import EmptyWords
from heard.engagement.rules.warnings import warnings
from heard.engagement.selectors import KeptDraft, Route
from heard.governance.permissions import Viewer
from heard.routing.refusals import explaining
from heard.routing.slots import Beat

explained = explaining(actions.CannotSend, actions.NotNow, EmptyWords)


def composer(request: HttpRequest, conversation_id: int, *, mode: str = "reply") -> SafeString:
    """The composer of a conversation with the viewer's drafts; nothing for someone who may not speak."""
    viewer = _viewer(request)
    if not viewer.may("conversation.reply"):
        return mark_safe(render_to_string("engagement/may_not_reply.html", request=request))
    routes = selectors.reachable(viewer, conversation_id)
    drafts = selectors.drafts_in(viewer, conversation_id)  # `reachable` has asked whether the viewer sees it
    draft = drafts["reply"]
    chosen = _chosen(routes, draft)
    context = {
        "conversation_id": conversation_id,
        "routes": routes,
        "chosen": chosen,
        "warnings": warnings(draft.text, visibility=chosen.visibility if chosen else ""),
        "draft": draft,
        "note": drafts["note"],
        "request_key": secrets.token_urlsafe(24),
        "mode": mode,
    }
    return mark_safe(render_to_string("engagement/composer.html", context, request=request))


def beats(viewer: Viewer, conversation_id: int, since: datetime) -> list[Beat]:
    """Notes and our own words for the story. What went out covers the interaction that it became."""
    selectors.check_sees(viewer, conversation_id)
    notes = [Beat(n.written_at, f"note-{n.id}", "engagement/story/note.html", n) for n in selectors.notes_in(conversation_id)]
    said = [
        Beat(s.written_at, f"said-{s.id}", "engagement/story/said.html", s, covers=s.interaction_id)
        for s in selectors.utterances_in(conversation_id)
    ]
    return [beat for beat in [*notes, *said] if beat.at >= since]


@require_POST
@explained
def draft(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Keep what was typed so far, and say what one may want to know about it."""
    given = request.POST
    account_id, _, visibility = _way(given.get("route", ""))
    kept = actions.save_draft(
        _viewer(request),
        conversation_id,
        mode="note" if given.get("mode") == "note" else "reply",
        text=given.get("text", ""),
        version=_number(given.get("version", "")),
        account_id=account_id or None,
    )
    said = warnings(kept.text, visibility=visibility) if given.get("mode") != "note" else []
    return JsonResponse({"version": kept.version, "text": kept.text, "conflict": kept.conflict, "warnings": said})


@require_POST
@explained
def reply(request: HttpRequest, conversation_id: int) -> HttpResponse:
    given = request.POST
    account_id, identity_id, visibility = _way(given.get("route", ""))
    actions.send_reply(
        _viewer(request),
        conversation_id,
        text=given.get("text", ""),
        account_id=account_id,
        identity_id=identity_id,
        visibility=visibility,
        request_key=given.get("request_key", "")[:64],
    )
    return _said(HttpResponse(composer(request, conversation_id)))


@require_POST
@explained
def note(request: HttpRequest, conversation_id: int) -> HttpResponse:
    actions.write_note(_viewer(request), conversation_id, text=request.POST.get("text", ""))
    return _said(HttpResponse(composer(request, conversation_id, mode="note")))


@require_POST
@explained
def retry(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.retry(_viewer(request), utterance_id)
    return _said(HttpResponse(status=204))


@require_POST
@explained
def send_again(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.send_again(_viewer(request), utterance_id)
    return _said(HttpResponse(status=204))


@require_POST
@explained
def confirm_sent(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.confirm_sent(_viewer(request), utterance_id)
    return _said(HttpResponse(status=204))


@require_POST
@explained
def cancel(request: HttpRequest, utterance_id: int) -> HttpResponse:
    actions.cancel(_viewer(request), utterance_id)
    return _said(HttpResponse(status=204))


def _said(response: HttpResponse) -> HttpResponse:
    """The story beside reads itself anew at once, without waiting for the stream."""
    return trigger_client_event(response, "said", {})


def _chosen(routes: list[Route], draft: KeptDraft) -> Route | None:
    """The way of the draft while it is open, else where they spoke last."""
    open_ones = [route for route in routes if route.may_send]
    return next((r for r in open_ones if r.account_id == draft.account_id), open_ones[0] if open_ones else None)


def _way(route: str) -> tuple[int, int, str]:
    """account:identity:visibility as the page gives it; (0, 0, "") for anything else, which no way matches."""
    account_id, _, rest = route.partition(":")
    identity_id, _, visibility = rest.partition(":")
    return _number(account_id), _number(identity_id), visibility


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 18 else 0


def _viewer(request: HttpRequest) -> Viewer:
    return request.viewer  # type: ignore[attr-defined]
