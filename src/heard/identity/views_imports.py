"""Settings, Import: bring a file, see what would become of it, start it, follow it, fetch what was left out, take it back."""

from collections.abc import Callable
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from heard.governance.permissions import Viewer
from heard.governance.selectors import teams
from heard.identity import actions_on_import_jobs as actions
from heard.identity import import_page as pages
from heard.identity.actions_on_imports import CannotUndo
from heard.identity.importing.left_out import as_csv
from heard.identity.models import ImportBatch, ImportJob
from heard.identity.reasons import in_words
from heard.kernel.absent import as_404
from heard.listening.channels.file.sources import NotUnderstood
from heard.listening.rules.file_names import safe_name

or_404 = as_404(ImportBatch.DoesNotExist, ImportJob.DoesNotExist, verb="import.run")


@or_404
def imports(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _take_in(request)
    about = {
        "waiting": pages.waiting(request.viewer),
        "batches": pages.batches(request.viewer)[: pages.PAST],
        "teams": teams(request.viewer),
        "kind_words": pages.KIND_WORDS,
    }
    return render(request, "identity/imports.html", about)


def _take_in(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file first."))
        return redirect("identity_settings:imports")
    try:
        job_id = actions.take_in(request.viewer, file.name or "rows", file.chunks(), team_id=_team(request))
    except actions.CannotImport as no:
        messages.error(request, str(no))
        return redirect("identity_settings:imports")
    return redirect("identity_settings:import_file", job_id)


@or_404
def import_file(request: HttpRequest, job_id: int) -> HttpResponse:
    """A file that waits: what it is taken for, and what its check said. Once it is started, the page of its import."""
    job = pages.jobs(request.viewer).get(pk=job_id)
    if job.batch_id is not None:
        return redirect("identity_settings:import", job.batch_id)
    if request.method == "POST":
        return _check(request, job)
    about = {"job": job, "kinds": pages.KIND_WORDS.items(), "teams": teams(request.viewer), "rows": _shown(job)}
    about["reasons"] = _sorted((job.counts or {}).get("reasons", {}))
    try:
        about["sight"] = pages.sight(job, kind=request.GET.get("kind", ""))
    except NotUnderstood as no:
        about["gone"] = str(no)
    return render(request, "identity/import_file.html", about)


def _check(request: HttpRequest, job: ImportJob) -> HttpResponse:
    given = request.POST
    said = {name: str(words).strip() for name, words in given.items()}
    mapping = {name[7:]: column for name, column in said.items() if name.startswith("column-") and column}
    mapping |= {name[7:]: f"={words}" for name, words in said.items() if name.startswith("always-") and words}
    kind, source = said.get("kind", ""), said.get("source", "")
    try:
        actions.check_file(request.viewer, job.pk, kind=kind, source=source, mapping=mapping, team_id=_team(request))
    except actions.CannotImport as no:
        messages.error(request, str(no))
    return redirect("identity_settings:import_file", job.pk)


@require_POST
@or_404
def start(request: HttpRequest, job_id: int) -> HttpResponse:
    return _asked(request, job_id, actions.start)


def _asked(request: HttpRequest, job_id: int, act: Callable[[Viewer, int], object]) -> HttpResponse:
    """A file that was started is shown as its import."""
    try:
        act(request.viewer, job_id)
    except actions.CannotImport as no:
        messages.error(request, str(no))
    return redirect("identity_settings:import_file", job_id)


@require_POST
@or_404
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    actions.stop(request.viewer, job_id)
    messages.success(request, _("Stopped. What was kept until then stays."))
    return redirect("identity_settings:import_file", job_id)


@require_POST
@or_404
def go_on(request: HttpRequest, job_id: int) -> HttpResponse:
    return _asked(request, job_id, actions.go_on)


@require_POST
@or_404
def drop(request: HttpRequest, job_id: int) -> HttpResponse:
    actions.drop(request.viewer, job_id)
    messages.success(request, _("The file is gone. Nothing of it was imported."))
    return redirect("identity_settings:imports")


@require_GET
@or_404
def one_import(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = pages.batches(request.viewer).get(pk=batch_id)
    job = pages.job_of(request.viewer, batch)
    about = {
        "batch": batch,
        "job": job,
        "rows": _shown(job),
        "reasons": _sorted(batch.reasons),
        "kept": _sorted(batch.kept),
        "later": pages.since(request.viewer, batch),
        "kind_words": pages.KIND_WORDS,
    }
    return render(request, "identity/import.html", about)


@require_GET
@or_404
def left_out(request: HttpRequest, job_id: int) -> HttpResponse:
    """The rows that were left out, with their reasons, to be mended and brought again."""
    job = pages.jobs(request.viewer).get(pk=job_id)
    answer = HttpResponse(as_csv(job.columns, _told(pages.left_out(job))), content_type="text/csv; charset=utf-8")
    name = safe_name(f"{job.name.split('.')[0] or 'rows'}.rejects.csv").replace('"', "")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@or_404
def take_back(request: HttpRequest, batch_id: int) -> HttpResponse:
    try:
        actions.ask_back(request.viewer, pages.batches(request.viewer).get(pk=batch_id).pk)
    except CannotUndo as no:
        messages.error(request, str(no))
    return redirect("identity_settings:import", batch_id)


def _shown(job: ImportJob | None) -> list:
    return _told(pages.left_out(job, limit=pages.SHOWN)) if job else []


def _told(rows: list) -> list:
    return [(number, in_words(why), row) for number, why, row in rows]


def _sorted(counts: dict[str, int]) -> list[tuple[str, int]]:
    """In words, the most frequent first."""
    return [(in_words(why), count) for why, count in sorted(counts.items(), key=lambda row: (-row[1], row[0]))]


def _team(request: HttpRequest) -> int | None:
    """One that the viewer sees; None for everybody."""
    given = request.POST.get("team", "")
    found = teams(request.viewer).filter(pk=int(given)) if given.isdigit() and len(given) < 10 else None
    return found.values_list("pk", flat=True).first() if found is not None else None
