"""The inbox and the conversation. The same views render pages and fragments; htmx says which it wants by its target."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from heard.governance import selectors as people
from heard.governance.permissions import Viewer
from heard.identity import actions as identity
from heard.kernel import stream
from heard.listening.as_sent import html_as_sent
from heard.routing import actions, done, groups, inbox, story
from heard.routing.refusals import explaining
from heard.routing.rules import filters as asking
from heard.routing.rules.filters import Filters, Place
from heard.routing.rules.triage import WORK_KINDS
from heard.routing.selectors import conversation_of
from heard.routing.slots import composers, heads, panels
from heard.understanding import actions as understanding
from heard.understanding.actions_on_topics import BadTopic, sort_voices
from heard.understanding.rules.corrections import BadCorrection
from heard.understanding.selectors import Verdict
from heard.understanding.slots import KINDS
from heard.understanding.topics.selectors import about

DONE_WITH = (
    ("handled", "Handled without a reply", "It was dealt with outside this conversation."),
    ("no_answer_due", "No answer due", "Nothing was asked."),
    ("spam", "Spam", "Unsolicited promotion or a scam."),
)

URGENCIES = ((0, "none"), (1, "in days"), (2, "today"), (3, "now"))
explained = explaining(actions.CannotDo, BadCorrection, BadTopic, identity.CannotLink)


@require_GET
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The list, or only its next rows when `after` says where the last ones ended."""
    viewer, filters = _viewer(request), Filters.parse(request.GET)
    if "after" in request.GET:
        page = inbox.page(viewer, filters, after=Place.parse(request.GET["after"]))
        return render(request, "routing/rows.html", {"page": page, "filters": filters})
    template = "routing/list.html" if _wants(request, "list") else "routing/inbox.html"
    return render(request, template, _list(request))


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """What became of conversations that the live stream named: rows that are shown read anew, new ones wait behind a number."""
    viewer, filters = _viewer(request), Filters.parse(request.GET)
    named, shown = _ids(request, "ids"), _ids(request, "shown")
    rows = inbox.rows_of(viewer, filters, named)
    context = {
        "filters": filters,
        "changed": [row for row in rows if row.id in shown],
        "left": sorted((named & shown) - {row.id for row in rows}),
        "arrived": sorted((_ids(request, "waiting") | {row.id for row in rows}) - shown),
        "counts": inbox.view_counts(viewer, filters),
        "queues": inbox.queues(viewer),
    }
    return render(request, "routing/changes.html", context)


@require_GET
@explained
def conversation_page(request: HttpRequest, conversation_id: int) -> HttpResponse:
    position = stream.head()
    context = _conversation(request, conversation_id) | {"live_since": position}
    if _wants(request, "conversation-area"):
        return render(request, "routing/conversation.html", context)
    if _wants(request, "talk"):
        return render(request, "routing/talk.html", context | {"beside": True})
    return render(request, "routing/conversation_page.html", context)


@require_GET
@explained
def earlier(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The part of the story before a place."""
    viewer = _viewer(request)
    conversation = story.talk(viewer, conversation_id)
    before = Place.parse(request.GET.get("before", ""))
    told = story.story(viewer, conversation.id, before=before, zone=_zone(request))
    return render(request, "routing/steps.html", {"story": told, "conversation": conversation})


@require_GET
@explained
def why(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """What a message is held to mean, the reasons, and a way to say otherwise: the menu under it, or a page of its own."""
    return _about_message(request, interaction_id, "routing/why.html", _words() | {"topics": about(interaction_id)})


@require_GET
@explained
def source(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """The whole text of what a message points to, its link of that number: in its place in the story, or on a page of its own."""
    found = dict(enumerate(story.one_voice(_viewer(request), interaction_id).sources, 1))
    asked = request.GET.get("number", "1")
    if asked not in map(str, found):
        raise Http404
    return _about_message(request, interaction_id, "routing/source.html", {"source": found[int(asked)]})


@require_GET
@explained
def as_sent(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """A mail as it was written, for a sandboxed frame. Remote pictures tell the sender that somebody reads, so one asks for them."""
    spoken = story.one_voice(_viewer(request), interaction_id)
    pictures = "images" in request.GET
    response = render(request, "routing/as_sent.html", {"html": html_as_sent(spoken.voice, remote_pictures=pictures)})
    sources = "https: http: data:" if pictures else "data:"
    response["Content-Security-Policy"] = (
        f"sandbox allow-popups; default-src 'none'; img-src {sources}; style-src 'unsafe-inline'"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@require_POST
@explained
def assign(request: HttpRequest, conversation_id: int) -> HttpResponse:
    member_id = request.POST.get("member", "")
    actions.assign(_viewer(request), conversation_id, member_id=int(member_id) if member_id.isdecimal() else None)
    return _talk(request, conversation_id)


@require_POST
@explained
def finish(request: HttpRequest, conversation_id: int) -> HttpResponse:
    outcome = request.POST.get("outcome", "")
    why = request.POST.get("why", "") or _usual_reason(outcome)
    left = done.finish(_viewer(request), conversation_id, outcome=outcome, why=why)
    words = "Done. It left the list." if left else "Done. It stays until somebody says what became of the promise."
    undo = reverse("routing:reopen", args=[conversation_id])
    return trigger_client_event(_talk(request, conversation_id), "toast", {"words": words, "undo": undo})


@require_POST
@explained
def reopen(request: HttpRequest, conversation_id: int) -> HttpResponse:
    done.reopen(_viewer(request), conversation_id)
    return _talk(request, conversation_id)


@require_POST
@explained
def open_case(request: HttpRequest, conversation_id: int) -> HttpResponse:
    actions.open_case(_viewer(request), conversation_id, kind=request.POST.get("kind", ""))
    return _talk(request, conversation_id)


@require_POST
@explained
def resolve_case(request: HttpRequest, conversation_id: int, case_id: int) -> HttpResponse:
    actions.resolve_case(_viewer(request), case_id)
    return _talk(request, conversation_id)


@require_POST
@explained
def move_case(request: HttpRequest, conversation_id: int, case_id: int) -> HttpResponse:
    actions.move_case(_viewer(request), case_id, queue_id=int(request.POST.get("queue", "0")))
    return _talk(request, conversation_id)


@require_http_methods(["GET", "HEAD", "POST"])
@explained
def dispose(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """A message needs no answer, for one of some reasons: asked for, the menu under it or a page of its own; sent, what is so."""
    if request.method != "POST":
        _viewer(request).check("conversation.dispose")
        return _about_message(request, interaction_id, "routing/settle.html", {"done_with": DONE_WITH})
    outcome = request.POST.get("outcome", "")
    actions.dispose(_viewer(request), interaction_id, outcome=outcome, why=request.POST.get("why", "") or _usual_reason(outcome))
    return _talk(request, conversation_of(interaction_id))


@require_POST
@explained
def correct(request: HttpRequest, interaction_id: int) -> HttpResponse:
    """A colleague says what a voice really means, one field at a time: a kind is switched, the others are set."""
    viewer = _viewer(request)
    if "topic" in request.POST:
        sort_voices(viewer, [interaction_id], _topic(request.POST))
        return _talk(request, conversation_of(interaction_id))
    field, value = _correction(request.POST, story.one_voice(viewer, interaction_id).verdict)
    understanding.correct(viewer, interaction_id, field=field, value=value)
    return _talk(request, conversation_of(interaction_id))


@require_POST
@explained
def take_back(request: HttpRequest, conversation_id: int, link_id: int) -> HttpResponse:
    """These are not one person after all: the reason is withdrawn and everyone has the customer that they had."""
    identity.unlink(_viewer(request), link_id)
    return _talk(request, conversation_id)


def _topic(given: QueryDict) -> int | None:
    """The topic that was pressed, or chosen and confirmed; None for none."""
    topic = str(given["topic"])
    if topic == "chosen" and not (topic := str(given.get("chosen_topic", ""))):
        raise BadTopic("Choose a topic first.")
    return int(topic) if topic.isdecimal() and len(topic) < 18 else None


def _correction(given: QueryDict, verdict: Verdict | None) -> tuple[str, object]:
    if "toggle" in given:
        return "kinds", sorted(set(verdict.kinds if verdict else ()) ^ {given["toggle"]})
    if "answer_due" in given:
        return "answer_due", given["answer_due"] == "yes"
    if "urgency" in given:
        return "urgency", int(str(given["urgency"])) if str(given["urgency"]).isdecimal() else -1
    return "sentiment", given.get("sentiment", "")


def _list(request: HttpRequest) -> dict:
    viewer, filters = _viewer(request), Filters.parse(request.GET)
    position = stream.head()
    queues = inbox.queues(viewer)
    return {
        "live_since": position,
        "filters": filters,
        "page": inbox.page(viewer, filters),
        "queues": queues,
        "queue": next((q for q in queues if q.id == filters.queue), None),
        "same": groups.same(viewer, filters.group) if filters.group else None,
        "counts": inbox.view_counts(viewer, filters),
        "choices": inbox.choices(viewer),
        "asking": {"views": asking.VIEWS, "kinds": asking.KINDS, "sentiments": asking.SENTIMENTS, "reaches": asking.REACHES},
    }


def _conversation(request: HttpRequest, conversation_id: int) -> dict:
    viewer = _viewer(request)
    conversation = story.talk(viewer, conversation_id)
    opened = story.look_at(viewer, conversation)
    person = story.person(conversation, opened)
    told = story.story(viewer, conversation_id, zone=_zone(request))
    opened = replace(opened, newest=told.newest)
    return {
        "conversation": conversation,
        "filters": Filters.parse(request.GET),
        "story": told,
        "newest": told.newest,
        "topics": about(told.newest.voice.id) if told.newest and told.newest.verdict else None,
        "same": groups.same(viewer, conversation.group_id) if conversation.group_id else None,
        "cases": story.cases_in(conversation_id),
        "person": person,
        "others": story.others_of(viewer, conversation, person.faces),
        "colleagues": story.colleagues(viewer) if viewer.may("conversation.assign") else [],
        "movable_to": story.queues_to_move_to(viewer) if viewer.may("case.resolve") else [],
        "case_kinds": WORK_KINDS,
        "done_with": DONE_WITH,
        "heads": [draw(request, opened) for draw in heads],
        "composer": [draw(request, opened) for draw in composers],
        "panels": [draw(request, opened) for draw in panels],
    } | _words()


def _words() -> dict:
    """What there is to choose from when a colleague says what a message means."""
    return {"verdict_kinds": KINDS, "sentiments": asking.SENTIMENTS, "urgencies": URGENCIES}


def _about_message(request: HttpRequest, interaction_id: int, template: str, more: dict) -> HttpResponse:
    """Something about one message: as the content of a menu, or on a page of its own for who asks for that."""
    spoken = story.one_voice(_viewer(request), interaction_id)
    context = {"it": spoken, "voice": spoken.voice, "verdict": spoken.verdict} | more
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    context |= {"about": template, "is_page": True, "conversation_id": conversation_of(interaction_id)}
    return render(request, "routing/message.html", context)


def _talk(request: HttpRequest, conversation_id: int | None) -> HttpResponse:
    """After an act: the conversation as it stands now, beside the composer that keeps its words."""
    where = reverse("routing:conversation", args=[conversation_id]) if conversation_id else reverse("routing:inbox")
    if not request.headers.get("HX-Request"):
        return redirect(where)
    if conversation_id is None:
        return HttpResponseClientRedirect(where)
    return render(request, "routing/talk.html", _conversation(request, conversation_id) | {"beside": True})


def _usual_reason(outcome: str) -> str:
    return next((why for known, _, why in DONE_WITH if known == outcome), "")


def _wants(request: HttpRequest, target: str) -> bool:
    return request.headers.get("HX-Target") == target and "HX-History-Restore-Request" not in request.headers


def _ids(request: HttpRequest, name: str) -> set[int]:
    return {int(part) for part in request.GET.get(name, "").split(",")[:400] if part.isdecimal() and len(part) < 18}


def _zone(request: HttpRequest) -> ZoneInfo:
    """Where the company is; the frame of the page asks for it, too, and finds it here."""
    if not hasattr(request, "company"):
        request.company = people.company()  # type: ignore[attr-defined]
    return ZoneInfo(request.company.timezone or "UTC")  # type: ignore[attr-defined]


def _viewer(request: HttpRequest) -> Viewer:
    return request.viewer  # type: ignore[attr-defined]
