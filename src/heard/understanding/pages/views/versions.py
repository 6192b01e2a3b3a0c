"""What was learnt, version by version; what one would change before it is used; the past read again, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from heard.governance.permissions import Viewer
from heard.kernel.absent import as_404
from heard.kernel.clock import now
from heard.listening import pages as listening_pages
from heard.understanding import actions_on_learning as actions
from heard.understanding.learning import changes, versions
from heard.understanding.learning.learn import Learnt
from heard.understanding.learning.quality import Share
from heard.understanding.learning.taught import TooFew
from heard.understanding.learning.values import LEARNT
from heard.understanding.learning.versions import HeadLine, NoSuchVersion, VersionLine
from heard.understanding.models import Rereading
from heard.understanding.pages import words
from heard.understanding.pages.figure import Figure

NO_HEAD = 0  # in an address: without anything learnt
MOST_CHANGES = 30  # kinds of them on the page
MOST_READINGS = 50  # versions on the page, the newest
PAGE = 25  # voices behind a count
HOW_FAR = {"month": timedelta(days=30), "quarter": timedelta(days=90), "year": timedelta(days=365), "all": None}

or_404 = as_404(NoSuchVersion)


@dataclass(frozen=True)
class Head:
    """A version of what was learnt of a field, as the page says it."""

    line: HeadLine
    before: Figure
    after: Figure
    values: Sequence[tuple[str, int]]  # what colleagues said, and how often

    @property
    def name(self) -> Any:
        return words.name_of(self.line.field)


@dataclass(frozen=True)
class ChangeLine:
    name: Any
    before: str
    after: str
    change: changes.Change

    @property
    def asked(self) -> str:
        """The address of its rows."""
        return urlencode({"field": self.change.field, "before": self.change.before, "after": self.change.after})


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    heads = [_head(line) for line in versions.heads(request.viewer)]
    about = {
        "tab": "versions",
        "fields": [(field, words.name_of(field), list(some)) for field, some in groupby(heads, key=lambda h: h.line.field)],
        "readings": versions.versions(request.viewer)[:MOST_READINGS],
    }
    return render(request, "understanding/versions.html", about)


@require_GET
@or_404
def head(request: HttpRequest, field: str, version: int) -> HttpResponse:
    """What is known of it, before anybody uses it. Version 0: what ships."""
    lines = [line for line in versions.heads(request.viewer) if line.field == field]
    line = next((line for line in lines if line.version == version), None)
    if field not in LEARNT or (line is None and version != NO_HEAD):
        raise Http404
    used = next((line.version for line in lines if line.is_used), NO_HEAD)
    about = {
        "tab": "versions",
        "field": field,
        "name": words.name_of(field),
        "version": version,
        "head": _head(line) if line else None,
        "used": used,
        "how_far": HOW_FAR,
    }
    return render(request, "understanding/version.html", about)


@require_POST
@or_404
def use_head(request: HttpRequest, field: str, version: int) -> HttpResponse:
    """Voices to come are read with it."""
    request.viewer.check("model.manage")
    if field not in LEARNT:
        raise Http404
    actions.use_head(request.viewer, field, version or None)
    messages.success(request, _("In use from now on. What was read stays as it is."))
    return redirect("understanding:versions")


@require_POST
def learn(request: HttpRequest, field: str) -> HttpResponse:
    """A new version from all corrections, now."""
    request.viewer.check("model.manage")
    if field not in LEARNT:
        raise Http404
    try:
        learnt = actions.learn(request.viewer, field)
    except TooFew as few:
        messages.error(request, str(few))
        return redirect("understanding:versions")
    messages.success(request, _what_was_learnt(learnt))
    return redirect("understanding:version", field, learnt.version)


def _what_was_learnt(learnt: Learnt) -> str:
    if learnt.number is None:
        return _("Learnt and kept, but not used: %(why)s.") % {"why": _(learnt.scores.why)}
    return _("Learnt, and in use from now on.")


@require_POST
@or_404
def read_again(request: HttpRequest) -> HttpResponse:
    """The past is read with what is in use, or with one version in place of another. Nothing counts before that is used."""
    viewer, far = request.viewer, request.POST.get("how_far", "")
    viewer.check("model.manage")
    if far not in HOW_FAR:
        raise Http404
    back = HOW_FAR[far]
    heads = _heads(viewer, request.POST.get("field", ""), request.POST.get("version", ""))
    number = actions.read_past_again(viewer, heads=heads, since=now() - back if back else None)
    return redirect("understanding:reading", number)


def _heads(viewer: Viewer, field: str, version: str) -> Mapping[str, int] | None:
    """What is in use, with that version of the field; None for what is in use as it is."""
    if field not in LEARNT or not (version.isascii() and version.isdigit() and len(version) < 10):
        return None
    used = next((line.heads for line in versions.versions(viewer) if line.is_current), {})
    others = {f: v for f, v in used.items() if f != field}
    return others | {field: int(version)} if int(version) else others


@require_GET
@or_404
def reading(request: HttpRequest, number: int) -> HttpResponse:
    """How far the past is read with it, and what it would change."""
    lines = versions.versions(request.viewer)
    line = next((line for line in lines if line.number == number), None)
    if line is None:
        raise NoSuchVersion
    about: dict[str, Any] = {
        "tab": "versions",
        "line": line,
        "heads": [(words.name_of(field), field, version) for field, version in line.heads.items()],
        "current": next((other.number for other in lines if other.is_current), None),
        "percent": _percent(line),
        "back_to": _back_to(request, lines, number),
    }
    if line.reread is not None and not line.is_current and (line.is_done or "changes" in request.GET):
        found = changes.changes(request.viewer, number)
        about |= {
            "changes": found,
            "lines": [_change(one) for one in found.fields[:MOST_CHANGES]],
            "works": [(words.value_words(work.kind), work) for work in found.work],
        }
    return render(request, "understanding/reading.html", about)


@require_GET
@or_404
def changed(request: HttpRequest, number: int) -> HttpResponse:
    """The voices behind a count of what a version would change: those that go from one value to another, or what a queue is made of."""
    given, start = request.GET, _number(request.GET.get("from", ""))
    if "kind" in given:
        kind, then = given["kind"], given.get("when") == "then"
        ids = changes.due(request.viewer, number, kind, then=then)
        title = _("%(kind)s, then") if then else _("%(kind)s, now")
        about = {"title": title % {"kind": words.value_words(kind).capitalize()}, "is_due": True}
    else:
        step = (given.get("field", ""), given.get("before", ""), given.get("after", ""))
        ids = changes.changed(request.viewer, number, step)
        about = {"title": words.name_of(step[0]), "before": _value(step[1]), "after": _value(step[2])}
    older = given.copy()
    older["from"] = str(start + PAGE)
    about |= {
        "number": number,
        "count": len(ids),
        "hits": listening_pages.hits(request.viewer, ids[start : start + PAGE]),
        "older": older.urlencode() if start + PAGE < len(ids) else "",
    }
    return render(request, "understanding/changed.html", about)


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _back_to(request: HttpRequest, lines: Sequence[VersionLine], number: int) -> int | None:
    """The version that was used before this one, as the address says after a switch."""
    before = request.GET.get("before", "")
    return next((line.number for line in lines if str(line.number) == before and line.number != number), None)


@require_POST
@or_404
def use_reading(request: HttpRequest, number: int) -> HttpResponse:
    """Read as in that version, and let count of the past what counted then. The answer offers the way back."""
    request.viewer.check("model.manage")
    before = next((line.number for line in versions.versions(request.viewer) if line.is_current), number)
    changed = actions.use_version(request.viewer, number)
    said = ngettext(
        "In use. %(n)s voice of late means something else now, and its place in the queues follows.",
        "In use. %(n)s voices of late mean something else now, and their places in the queues follow.",
        changed,
    )
    messages.success(request, said % {"n": changed})
    response = redirect("understanding:reading", number)
    if before != number:
        response["Location"] += f"?before={before}"
    return response


def _head(line: HeadLine) -> Head:
    scores = line.scores
    values = [(words.value_words("" if value in ("none", "calm") else value), count) for value, count in line.values.items()]
    return Head(
        line,
        Figure(Share(scores.right_before, scores.count), "", ""),
        Figure(Share(scores.right_after, scores.count), "", ""),
        values,
    )


def _change(one: changes.Change) -> ChangeLine:
    return ChangeLine(words.name_of(one.field), _value(one.before), _value(one.after), one)


def _value(text: str) -> str:
    """Flags come as Python writes them."""
    return words.value_words({"True": True, "False": False}.get(text, text))


def _percent(line: VersionLine) -> int | None:
    """How far the past is read: by the numbers of voices, newest first. None where only a part of it is to be read, or all was."""
    row = Rereading.objects.filter(version__number=line.number, finished_at=None, since=None).first()
    if row is None or not row.read:
        return 0 if row else None
    return min(99, round(100 * row.read / (row.read + row.below)))
