from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from heard.kernel.absent import as_404
from heard.understanding import actions_on_topics as actions
from heard.understanding import semantic
from heard.understanding.topics import selectors
from heard.understanding.topics.models import Topic

MOST_CHOSEN = 200  # voices at once
FROM_A_PROPOSAL = 12  # examples with which a proposal begins as a topic

or_404 = as_404(Topic.DoesNotExist, actions.NoTopic)


@require_GET
def topics(request: HttpRequest) -> HttpResponse:
    about = {
        "rows": selectors.topics(request.viewer),
        "proposals": selectors.how_many_proposals(),
        "by_words": semantic.why_not(),
    }
    return render(request, "understanding/topics.html", about)


@require_http_methods(["GET", "POST"])
@or_404
def new(request: HttpRequest) -> HttpResponse:
    """A name and five examples; what was written stays there when something is missing."""
    request.viewer.check("topic.manage")
    given = request.POST
    about: dict[str, Any] = {"name": given.get("name", ""), "texts": given.get("texts", ""), "enough": actions.ENOUGH}
    if request.method == "GET":
        return render(request, "understanding/new_topic.html", about)
    try:
        topic_id = actions.make_topic(request.viewer, about["name"], texts=about["texts"].splitlines())
    except actions.BadTopic as no:
        return render(request, "understanding/new_topic.html", about | {"refused": str(no)}, status=422)
    messages.success(request, _("The topic is there. What comes in is sorted with it from now on."))
    return redirect("topics:topic", topic_id)


@require_GET
@or_404
def topic(request: HttpRequest, topic_id: int) -> HttpResponse:
    page = selectors.topic(request.viewer, topic_id, before=_number(request.GET.get("before", "")))
    if page.row.id != topic_id:
        return redirect("topics:topic", page.row.id)
    return render(request, "understanding/topic.html", {"page": page})


@require_POST
@or_404
def rename(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _done(request, topic_id, _("Renamed."), actions.rename_topic, topic_id, request.POST.get("name", ""))


@require_POST
@or_404
def sort(request: HttpRequest, topic_id: int) -> HttpResponse:
    """The chosen voices belong here, elsewhere, or to no topic."""
    wanted = request.POST.get("to", "")
    to = topic_id if wanted == "here" else _number(wanted)
    words = _("Noted. What is like it is sorted with that from now on.")
    return _done(request, topic_id, words, actions.sort_voices, _chosen(request), to)


@require_POST
@or_404
def add_example(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _done(request, topic_id, _("Learnt."), actions.add_example, topic_id, request.POST.get("text", ""))


@require_POST
@or_404
def drop_example(request: HttpRequest, topic_id: int, example_id: int) -> HttpResponse:
    return _done(request, topic_id, _("It is no example any more."), actions.drop_example, example_id)


@require_POST
@or_404
def merge(request: HttpRequest, topic_id: int) -> HttpResponse:
    into = _number(request.POST.get("into", ""))
    if into is None:
        raise Http404
    words = _("Merged. Below you can take them apart again, as they were.")
    return _done(request, into, words, actions.merge_topics, topic_id, into)


@require_POST
@or_404
def take_apart(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _done(request, topic_id, _("It is a topic of its own again, as it was."), actions.take_apart, topic_id)


@require_http_methods(["GET", "POST"])
@or_404
def split(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Two parts that a program would make of it, for a person to change before anything happens."""
    request.viewer.check("topic.manage")
    about: dict[str, Any] = {"name": request.POST.get("name", "")}
    status = 200
    if request.method == "POST":
        try:
            made = actions.split_topic(request.viewer, topic_id, about["name"], voice_ids=_chosen(request))
        except actions.BadTopic as no:
            about, status = about | {"refused": str(no), "chosen": _chosen(request)}, 422
        else:
            messages.success(request, _("Split. Merging the new topic back undoes it."))
            return redirect("topics:topic", made)
    about["topic"], about["parts"] = selectors.two_parts(request.viewer, topic_id)
    return render(request, "understanding/split_topic.html", about, status=status)


@require_POST
@or_404
def end(request: HttpRequest, topic_id: int) -> HttpResponse:
    words = _("Ended. What was counted stays; nothing new is sorted to it.")
    return _done(request, topic_id, words, actions.end_topic, topic_id)


@require_POST
@or_404
def bring_back(request: HttpRequest, topic_id: int) -> HttpResponse:
    return _done(request, topic_id, _("What comes in is sorted to it again."), actions.bring_back, topic_id)


@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    return render(request, "understanding/topic_proposals.html", {"rows": selectors.proposals(request.viewer)})


@require_POST
@or_404
def take(request: HttpRequest, proposal_id: int) -> HttpResponse:
    viewer, name = request.viewer, request.POST.get("name", "")
    viewer.check("topic.manage")
    try:
        voices = selectors.proposed_voices(viewer, proposal_id, FROM_A_PROPOSAL)
        topic_id = actions.take_proposal(viewer, proposal_id, name, voice_ids=voices)
    except actions.BadTopic as no:
        messages.error(request, str(no))
        return redirect("topics:proposals")
    messages.success(request, _("The topic is there. What comes in is sorted with it from now on."))
    return redirect("topics:topic", topic_id)


@require_POST
@or_404
def dismiss(request: HttpRequest, proposal_id: int) -> HttpResponse:
    actions.dismiss_proposal(request.viewer, proposal_id)
    messages.success(request, _("Voices like these are not proposed again."))
    return redirect("topics:proposals")


def _done(request: HttpRequest, topic_id: int, words: str, verb: Callable[..., Any], *given: Any) -> HttpResponse:
    """The verb, what is said after it, and the page of the topic again."""
    try:
        verb(request.viewer, *given)
    except actions.BadTopic as no:
        messages.error(request, str(no))
    else:
        messages.success(request, words)
    return redirect("topics:topic", topic_id)


def _chosen(request: HttpRequest) -> list[int]:
    return [n for given in request.POST.getlist("voice")[:MOST_CHOSEN] if (n := _number(given)) is not None]


def _number(given: str) -> int | None:
    return int(given) if given.isdigit() and len(given) < 19 else None
