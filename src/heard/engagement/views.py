"""The composer and what becomes of words after it: fragments of the conversation page, which lives in routing."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest

from django.core.exceptions import ObjectDoesNotExist
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from heard.engagement import actions, known_facts, promises, selectors, views_promises
from heard.engagement.actions.notes import EmptyWords
from heard.engagement.rules.advice import Advice, Asked, advice
from heard.engagement.rules.templates import gaps
from heard.engagement.rules.warnings import warnings
from heard.engagement.selectors import Hidden, KeptDraft, Route
from heard.engagement.wording import Approved, Shaped, Wanted, attached, shape
from heard.governance.permissions import Viewer
from heard.identity import pages
from heard.listening import accounts
from heard.listening import reach as listening
from heard.listening.channels.contract import ChannelError
from heard.listening.channels.lengths import length_of
from heard.listening.selectors import Voice
from heard.listening.views.files import as_download
from heard.routing import story
from heard.routing.refusals import explaining
from heard.routing.slots import Beat, Mark, Opened

explained = explaining(actions.CannotSend, actions.CannotHide, actions.CannotAttach, actions.NotNow, EmptyWords)


def composer(request: HttpRequest, opened: Opened, *, mode: str = "reply") -> SafeString:
    """The composer of a conversation with the viewer's drafts; nothing for someone who may not speak."""
    viewer = _viewer(request)
    if not viewer.may("conversation.reply"):
        return mark_safe(render_to_string("engagement/may_not_reply.html", request=request))
    by_last_words = selectors.by_last_words(viewer, opened.faces)
    routes = selectors.open_first(by_last_words)
    drafts = selectors.drafts_in(viewer, opened.conversation_id)
    draft = drafts["reply"]
    chosen = _chosen(by_last_words, draft)
    shut = by_last_words[0] if by_last_words and not chosen else None
    context = {
        "conversation_id": opened.conversation_id,
        "routes": routes,
        "chosen": chosen,
        "shut": shut,
        "offers": _offers(shut, routes),
        "advice": _advice(opened, chosen, routes),
        "warnings": warnings(draft.text, visibility=chosen.visibility if chosen else ""),
        "draft": draft,
        "files": selectors.files_of_draft(viewer, opened.conversation_id) if draft.saved_at else [],
        "removed": None,
        "note": drafts["note"],
        "request_key": secrets.token_urlsafe(24),
        "mode": mode,
    }
    return mark_safe(render_to_string("engagement/composer.html", context, request=request))


def beats(viewer: Viewer, conversation_id: int, since: datetime) -> list[Beat]:
    """Notes and our own words for the story. What went out covers the interaction that it became."""
    notes = selectors.notes_in(conversation_id, since=since)
    said = selectors.with_amendments(viewer, selectors.utterances_in(conversation_id, since=since), conversation_id)
    promised = promises.of_replies(conversation_id) if said else {}
    said = [replace(s, promised=promised.get(s.reply_id, ())) if promised and s.number == s.total else s for s in said]
    return [
        *(Beat(n.written_at, f"note-{n.id}", "engagement/story/note.html", n) for n in notes),
        *(Beat(s.written_at, f"said-{s.id}", "engagement/story/said.html", s, covers=s.interaction_id) for s in said),
    ]


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
        alts=_alts(request),
    )
    said = warnings(kept.text, visibility=visibility) if given.get("mode") != "note" else []
    return JsonResponse({"version": kept.version, "text": kept.text, "conflict": kept.conflict, "warnings": said})


@require_POST
@explained
def preview(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What would go out, part by part as the network gets it, and why it would be held;
    and what it asks for although it was given. Nothing is written."""
    viewer, wanted = _viewer(request), _wanted(request)
    viewer.check("conversation.reply")
    selectors.check_sees(viewer, conversation_id)
    if not wanted.approved:
        wanted = replace(wanted, files=attached(viewer, conversation_id))
    again = _asked_again(request, conversation_id, wanted)
    if not (wanted.text or wanted.approved or wanted.files):
        return JsonResponse({"words": "", "parts": "", "held": "", "again": again, "promises": ""})
    promised = views_promises.in_words(request, conversation_id, wanted.text)
    try:
        shaped = shape(viewer, conversation_id, wanted)
    except actions.CannotSend as error:
        return JsonResponse({"words": str(error), "parts": "", "held": "", "again": again, "promises": promised})
    can = accounts.adapter_of(shaped.route.kind).capabilities
    about = {"shaped": shaped, "parts": [(part, length_of(part.text, can.length_unit)) for part in shaped.parts]}
    total = len(shaped.parts)
    return JsonResponse(
        {
            "words": f"Goes out in {total} parts" if total > 1 else "As it goes out",
            "parts": render_to_string("engagement/parts.html", about, request=request),
            "held": _held(request, shaped) if shaped.hold else "",
            "again": again,
            "promises": promised,
        }
    )


@require_GET
@explained
def facts(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What the customer of a conversation has given already, for the panel beside it."""
    found = known_facts.of_conversation(_viewer(request), conversation_id)
    return render(request, "engagement/facts_given.html", {"facts": found, "inserts": True})


@require_GET
@explained
def facts_of_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The same for the page of a customer, where there is nothing to put them into."""
    viewer = _viewer(request)
    found = known_facts.of_identities(viewer, pages.person(viewer, customer_id).identity_ids)
    return render(request, "engagement/facts_given.html", {"facts": found})


@require_GET
@explained
def approved_words(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The words that a network approved, to choose from where it takes no others, with fields for their gaps."""
    viewer = _viewer(request)
    viewer.check("conversation.reply")
    account_id, identity_id, visibility = _way(request.GET.get("route", ""))
    routes = selectors.reachable(viewer, conversation_id)
    wanted = (account_id, identity_id, visibility)
    route = next((r for r in routes if (r.account_id, r.identity_id, r.visibility) == wanted and r.takes_templates), None)
    if route is None:
        raise actions.CannotSend("Approved words are not needed here any more. Choose the channel again.")
    try:
        offered, refusal = listening.approved_words(account_id), ""
    except ChannelError as error:
        offered, refusal = [], f"{route.account_name} could not be asked for its approved words: {error}."
    chosen = next((t for t in offered if f"{t.name}|{t.language}" == request.GET.get("template")), None)
    fields = list(zip_longest(gaps(chosen.text), request.GET.getlist("gap"), fillvalue="")) if chosen else []
    about = {"offered": offered, "chosen": chosen, "fields": [f for f in fields if f[0]], "refusal": refusal, "route": route}
    return render(request, "engagement/approved_words.html", about | {"conversation_id": conversation_id})


@require_POST
@explained
def reply(request: HttpRequest, conversation_id: int) -> HttpResponse:
    given, wanted, viewer = request.POST, _wanted(request), _viewer(request)
    if alts := _alts(request):  # typed a moment ago, and not kept yet
        version = selectors.draft_of(viewer, conversation_id).version
        actions.save_draft(viewer, conversation_id, mode="reply", text=wanted.text, version=version, alts=alts)
    actions.send_reply(
        viewer,
        conversation_id,
        text=wanted.text,
        account_id=wanted.account_id,
        identity_id=wanted.identity_id,
        visibility=wanted.visibility,
        approved=wanted.approved,
        knowingly=given.get("knowingly", "").split(),
        promising=views_promises.promising(given),
        request_key=given.get("request_key", "")[:64],
    )
    return _said(HttpResponse(composer(request, story.opened(_viewer(request), conversation_id))))


@require_POST
@explained
def note(request: HttpRequest, conversation_id: int) -> HttpResponse:
    actions.write_note(_viewer(request), conversation_id, text=request.POST.get("text", ""))
    return _said(HttpResponse(composer(request, story.opened(_viewer(request), conversation_id), mode="note")))


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


@require_POST
@explained
def add_files(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Files for the next reply, each kept or refused in words."""
    viewer, refused = _viewer(request), []
    viewer.check("conversation.reply")
    selectors.check_sees(viewer, conversation_id)
    for upload in request.FILES.getlist("files"):
        try:
            name = upload.name or "file"
            actions.add_file(viewer, conversation_id, name=name, size_bytes=upload.size or 0, read=upload.read)
        except actions.CannotAttach as error:
            refused.append(str(error))
    return _files(request, conversation_id, refused=" ".join(dict.fromkeys(refused)))


@require_POST
@explained
def change_files(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take a file out of the draft, or bring it back."""
    viewer, given = _viewer(request), request.POST
    viewer.check("conversation.reply")
    selectors.check_sees(viewer, conversation_id)
    if back := _number(given.get("bring_back", "")):
        return _files(request, actions.bring_back_file(viewer, back))
    removed = _number(given.get("remove", ""))
    return _files(request, actions.remove_file(viewer, removed), removed=removed)


@require_GET
def file(request: HttpRequest, utterance_id: int) -> FileResponse:
    """A file that we sent, always as a download."""
    number = _number(request.GET.get("number", "1"))
    try:
        return as_download(*selectors.file_of_utterance(_viewer(request), utterance_id, number))
    except (ObjectDoesNotExist, FileNotFoundError):
        raise Http404 from None


def _files(request: HttpRequest, conversation_id: int, *, refused: str = "", removed: int = 0) -> HttpResponse:
    kept = selectors.files_of_draft(_viewer(request), conversation_id, with_removed=True)
    about = {
        "conversation_id": conversation_id,
        "files": [file for file in kept if file.removed_at is None],
        "removed": next((file for file in kept if file.id == removed), None),
        "refused": refused,
    }
    return render(request, "engagement/draft_files.html", about)


@require_POST
@explained
def hide(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """Hide a message at its network, or with `hidden=no` show it again; each is the undo of the other."""
    hidden = request.POST.get("hidden", request.GET.get("hidden")) != "no"
    actions.hide(_viewer(request), interaction_id, hidden=hidden)
    back = f"{reverse('engagement:hide', args=[interaction_id])}?hidden={'no' if hidden else 'yes'}"
    words = "Hidden from everybody but its author." if hidden else "Everybody sees it again."
    return _said(trigger_client_event(HttpResponse(status=204), "toast", {"words": words, "undo": back}))


def marks(viewer: Viewer, voices: Sequence[Voice]) -> list[tuple[int, Mark]]:
    """For what can be hidden: whether it is, and the act. One query, and none where no network can hide."""
    able = [voice.id for voice in voices if selectors.may_be_hidden(voice)]
    done = selectors.hidings(able) if able else {}
    return [(id_, _mark(viewer, id_, done.get(id_))) for id_ in able]


def _mark(viewer: Viewer, interaction_id: int, done: Hidden | None) -> Mark:
    is_hidden = done is not None and done.is_hidden
    words = f"hidden by {done.member}: only its author sees it" if done and is_hidden else ""
    if not viewer.may("conversation.reply"):
        return Mark("eye-off", words, is_hidden)
    address = f"{reverse('engagement:hide', args=[interaction_id])}?hidden={'no' if is_hidden else 'yes'}"
    return Mark("eye-off", words, is_hidden, "Hide", "Show again", address)


def _said(response: HttpResponse) -> HttpResponse:
    """The story beside reads itself anew at once, without waiting for the stream."""
    return trigger_client_event(response, "said", {})


def _alts(request: HttpRequest) -> dict[int, str]:
    given = {_number(name.removeprefix("alt-")): str(alt) for name, alt in request.POST.items() if name.startswith("alt-")}
    return {file_id: alt.strip() for file_id, alt in given.items() if file_id}


def _chosen(by_last_words: list[Route], draft: KeptDraft) -> Route | None:
    """The way of the draft while it is open, else where they spoke last. None when that is shut: a person chooses another."""
    of_draft = next((r for r in by_last_words if r.may_send and r.account_id == draft.account_id), None)
    first = by_last_words[0] if by_last_words else None
    return of_draft or (first if first and first.may_send else None)


def _offers(shut: Route | None, routes: list[Route]) -> list[Route]:
    """What can be used in the place of a way that is shut: approved words over the same, and the next best."""
    if shut is None:
        return []
    best = selectors.next_best(routes, than=shut)
    approved = shut if shut.takes_templates else next((r for r in routes if r.takes_templates), None)
    return [route for route in (best, approved) if route]


def _advice(opened: Opened, chosen: Route | None, routes: list[Route]) -> Advice | None:
    newest = opened.newest
    if newest is None or chosen is None:
        return None
    verdict = newest.verdict
    asked = Asked(newest.voice.text, verdict.private if verdict else (), verdict.kinds if verdict else ())
    private = selectors.next_best(routes, than=chosen, in_private=True)
    return advice(asked, visibility=chosen.visibility, in_private=private.value if private else "")


def _held(request: HttpRequest, shaped: Shaped) -> str:
    instead = selectors.next_best(shaped.routes, than=shaped.route, in_private=True)
    why_none = "" if instead else selectors.why_not_in_private(shaped.routes, than=shaped.route)
    return render_to_string(
        "engagement/held.html", {"hold": shaped.hold, "instead": instead, "why_none": why_none}, request=request
    )


def _asked_again(request: HttpRequest, conversation_id: int, wanted: Wanted) -> str:
    """A question for what is on file, said beside the words; empty for none."""
    again = known_facts.asked_again(_viewer(request), conversation_id, wanted.identity_id, wanted.text)
    return render_to_string("engagement/asked_again.html", {"again": again}, request=request) if again else ""


def _wanted(request: HttpRequest) -> Wanted:
    given = request.POST
    account_id, identity_id, visibility = _way(given.get("route", ""))
    name, _, language = given.get("template", "").partition("|")
    approved = Approved(name, language, tuple(given.getlist("gap"))) if name else None
    return Wanted(given.get("text", "").replace("\0", "").strip(), account_id, identity_id, visibility, approved=approved)


def _way(route: str) -> tuple[int, int, str]:
    """account:identity:visibility as the page gives it; (0, 0, "") for anything else, which no way matches."""
    account_id, _, rest = route.partition(":")
    identity_id, _, visibility = rest.partition(":")
    return _number(account_id), _number(identity_id), visibility


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 18 else 0


def _viewer(request: HttpRequest) -> Viewer:
    return request.viewer  # type: ignore[attr-defined]
