"""Imports asked for on a page: a worker does them (import_jobs.py), and the page follows."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.identity.actions_on_imports import can_be_undone
from heard.identity.import_jobs import WORK, plan_of
from heard.identity.importing import batches
from heard.identity.importing.columns import BadMapping
from heard.identity.importing.uploads import TooLarge, drop_upload, keep_upload
from heard.identity.models import ImportBatch, ImportJob
from heard.kernel.clock import now
from heard.listening.channels.file.sources import NotUnderstood

Step, State = ImportJob.Step, ImportBatch.State


class CannotImport(Exception):
    """What was asked for cannot be done; the text says why, and what was kept."""


def take_in(viewer: Viewer, name: str, chunks: Iterable[bytes], *, team_id: int | None = None) -> int:
    """Keep a file until it is brought or a day is over; nothing of it is imported yet. Returns the id of its job. Raises
    CannotImport where no row of it can be read: then nothing is kept."""
    viewer.check("import.run")
    try:
        key, size = keep_upload(name, chunks)
    except TooLarge:
        raise CannotImport(_("The file is larger than 2 GB. Nothing was kept; bring it in parts, or by heard import.")) from None
    job = ImportJob(member_id=_member(viewer), team_id=team_id, key=key, name=name[:255], size_bytes=size, asked_at=now())
    try:
        plan = plan_of(job)
    except BadMapping:
        columns: list[str] = []  # the page shows what is missing
    except (NotUnderstood, OSError) as error:
        drop_upload(key)
        raise CannotImport(_("%(why)s. Nothing was kept.") % {"why": error}) from None
    else:
        columns = list(plan.skimmed.columns)
    with transaction.atomic():
        job.columns = columns
        job.save()
        audit.note(viewer, "import.take_in", "import_file", job.pk, size_bytes=size)
    return job.pk


def check_file(
    viewer: Viewer, job_id: int, *, kind: str, source: str, mapping: Mapping[str, str], team_id: int | None = None
) -> None:
    """A worker reads the whole file and says what would become of each row; nothing is written. Raises CannotImport where
    the mapping leaves out what is needed."""
    viewer.check("import.run")
    job = _waiting(viewer, job_id)
    job.kind, job.source, job.mapping, job.team_id = kind, source, dict(mapping), team_id
    try:
        plan = plan_of(job)
    except (BadMapping, NotUnderstood, OSError) as error:
        raise CannotImport(str(error)) from None
    with transaction.atomic():
        ImportJob.objects.filter(pk=job.pk).update(
            kind=plan.kind_name,
            source=plan.source,
            mapping=plan.mapping,
            columns=list(plan.skimmed.columns),
            team_id=team_id,
            counts=None,
            **_asked(Step.CHECK),
        )
        audit.note(viewer, "import.check", "import_file", job.pk, source=plan.source, kind=plan.kind_name)


def start(viewer: Viewer, job_id: int) -> int:
    """A worker brings the file as it was checked. Returns the id of the import. Raises CannotImport."""
    viewer.check("import.run")
    job = _waiting(viewer, job_id)
    if job.step != Step.CHECKED:
        raise CannotImport(_("Check the file first: then you see what would become of each row."))
    try:
        plan = plan_of(job)
    except (BadMapping, NotUnderstood, OSError) as error:
        raise CannotImport(str(error)) from None
    with transaction.atomic():
        batch = batches.open_batch(plan, team_id=job.team_id, member_id=viewer.member_id)
        ImportBatch.objects.filter(pk=batch.pk).update(file_name=job.name)
        ImportJob.objects.filter(pk=job.pk).update(batch=batch, **_asked(Step.BRING))
        audit.note(viewer, "import.run", "import", batch.pk, source=plan.source, kind=plan.kind_name)
    return batch.pk


def stop(viewer: Viewer, job_id: int) -> None:
    """The worker stops before its next thousand rows; what was brought until then stays, and can be gone on with or taken back.
    May be repeated."""
    viewer.check("import.run")
    with transaction.atomic():
        for job in ImportJob.objects.filter(pk=job_id, step__in=(Step.CHECK, Step.BRING)):
            step = Step.MAPPED if job.step == Step.CHECK else Step.ENDED
            ImportJob.objects.filter(pk=job_id).update(step=step, problem="", claimed_by="", lease_until=None)
            if job.step == Step.BRING and job.batch_id is not None:
                batches.close(job.batch_id, State.BROKEN_OFF)
            audit.note(viewer, "import.stop", "import_file", job_id)


def go_on(viewer: Viewer, job_id: int) -> None:
    """One that broke off goes on behind the last rows that it kept. Raises CannotImport."""
    viewer.check("import.run")
    job = ImportJob.objects.select_related("batch").filter(pk=job_id, step=Step.ENDED).exclude(key="").first()
    if job is None or job.batch is None or job.batch.state != State.BROKEN_OFF:
        raise CannotImport(_("The file is no longer here. Bring it again: what was kept until then is not doubled."))
    with transaction.atomic():
        ImportBatch.objects.filter(pk=job.batch.pk).update(state=State.RUNNING, ended_at=None)
        ImportJob.objects.filter(pk=job.pk).update(**_asked(Step.BRING))
        audit.note(viewer, "import.go_on", "import", job.batch_id)


def drop(viewer: Viewer, job_id: int) -> None:
    """The file and what was found out about it are gone; nothing of it was imported. May be repeated."""
    viewer.check("import.run")
    with transaction.atomic():
        for job in ImportJob.objects.filter(pk=job_id, batch=None).exclude(step__in=WORK):
            job.delete()
            audit.note(viewer, "import.drop", "import_file", job_id)
            transaction.on_commit(lambda key=job.key: drop_upload(key))  # type: ignore[misc]


def ask_back(viewer: Viewer, batch_id: int) -> None:
    """A worker takes the whole import back; see actions_on_imports.take_back. May be repeated. Raises CannotUndo."""
    viewer.check("import.run")
    batch = can_be_undone(batch_id)
    with transaction.atomic():
        job = ImportJob.objects.filter(batch=batch).first()
        if job is None:  # a command brought it
            job = ImportJob.objects.create(batch=batch, member_id=_member(viewer), name=batch.file_name, asked_at=now())
        if job.step == Step.UNDO:
            return
        ImportJob.objects.filter(pk=job.pk).update(member_id=viewer.member_id, **_asked(Step.UNDO))
        audit.note(viewer, "import.take_back", "import", batch_id)


def _waiting(viewer: Viewer, job_id: int) -> ImportJob:
    job = ImportJob.objects.filter(pk=job_id, batch=None).exclude(step__in=WORK).first()
    if job is None:
        raise CannotImport(_("This file is being read or was brought already. Nothing was changed."))
    return job


def _member(viewer: Viewer) -> int:
    assert viewer.member_id is not None  # what is asked for on a page is asked by somebody; a command does it itself
    return viewer.member_id


def _asked(step: str) -> dict:
    return {"step": step, "part": 0, "problem": "", "attempts": 0, "claimed_by": "", "lease_until": None}
