"""The worker's part of imports that were asked for on a page: check a file, bring it, take an import back.

One at a time, under a claim with a lease that each batch of rows renews. A worker that is killed leaves the job to the next one,
which goes on behind the last batch that was kept.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from heard.governance.permissions import HEARD, NotAllowed, viewer_of
from heard.governance.selectors import member_by_id
from heard.identity.actions_on_imports import CannotUndo, can_be_undone, undone
from heard.identity.importing import batches
from heard.identity.importing.columns import BadMapping
from heard.identity.importing.kinds import KINDS
from heard.identity.importing.left_out import StoredRejects
from heard.identity.importing.plan import Plan, made
from heard.identity.importing.run import look, run
from heard.identity.importing.uploads import KEPT, drop_upload, path_of
from heard.identity.models import ImportBatch, ImportJob, ImportReject
from heard.kernel import claims, clock
from heard.listening.channels.file.sources import NotUnderstood
from heard.listening.imports import WrongAccount

log = logging.getLogger(__name__)
Step, State = ImportJob.Step, ImportBatch.State
WORK = (Step.CHECK, Step.BRING, Step.UNDO)
LEASE = timedelta(minutes=2)
LEFT_OUT_KEPT = timedelta(days=30)  # time to mend rows that were left out
MOST_ATTEMPTS = 5  # a file whose workers keep dying is not tried for ever

# Why a job ended before its end, in words for whoever asked; the page translates them.
GONE = gettext_noop("The file is no longer here. Bring it again: what was kept until then is not doubled.")
NOT_ALLOWED = gettext_noop("Whoever asked for it may no longer import.")
WORN_OUT = gettext_noop(
    "Its workers died five times. What was read until then is kept; take it back below, or bring the file again."
)
FAILED = gettext_noop(
    "Something went wrong that nobody foresaw; the log of the worker says what. What was read until then is kept."
)


class _Stopped(Exception):
    """A colleague stopped it, or another worker has it. What was kept is kept."""


def work_off(*, worker: str, now: datetime) -> int:
    """Do one thing that was asked for, to its end. Returns how many were done. Not inside a transaction."""
    ids = claims.claim(ImportJob.objects.filter(step__in=WORK), worker=worker, now=now, lease=LEASE, limit=1)
    if not ids:
        return 0
    job = ImportJob.objects.select_related("batch").get(pk=ids[0])
    try:
        if job.attempts > MOST_ATTEMPTS:
            raise _Problem(WORN_OUT)
        _check_member(job)
        _DO[job.step](job, _shower(job, worker))
    except _Stopped:
        log.info("import job %s was stopped", job.pk)
    except (_Problem, NotUnderstood, BadMapping, WrongAccount, CannotUndo, OSError) as error:
        _end(job, str(error))
    except Exception:
        log.exception("import job %s", job.pk)
        _end(job, FAILED)
    ImportJob.objects.filter(pk=job.pk, claimed_by=worker).update(claimed_by="", lease_until=None)
    return 1


def drop_old(now: datetime) -> int:
    """Files that nobody brought within a day are gone, and after a month the rows that were left out. Returns how many files."""
    ImportReject.objects.filter(job__asked_at__lt=now - LEFT_OUT_KEPT).delete()
    old = ImportJob.objects.exclude(key="").exclude(step__in=WORK).filter(asked_at__lt=now - KEPT)
    for job in old:
        drop_upload(job.key)
        if job.batch_id is None:
            job.delete()
        else:
            ImportJob.objects.filter(pk=job.pk).update(key="")
    return len(old)


def plan_of(job: ImportJob) -> Plan:
    """Raises NotUnderstood, BadMapping, and FileNotFoundError where the file went."""
    path = path_of(job.key, job.name)
    if not job.key or not path.is_file():
        raise FileNotFoundError(GONE)
    chosen = {f.name: job.mapping.get(f.name, "") for f in KINDS[job.kind].fields} if job.mapping and job.kind in KINDS else None
    return made(path, kind=job.kind, source=job.source, chosen=chosen)


class _Problem(Exception):
    """Why it cannot go on, in words."""


def _check_member(job: ImportJob) -> None:
    """Between asking and doing, a role may have ended."""
    member = member_by_id(job.member_id)
    try:
        if member is None:
            raise _Problem(NOT_ALLOWED)
        viewer_of(member).check("import.run")
    except NotAllowed:
        raise _Problem(NOT_ALLOWED) from None


def _shower(job: ImportJob, worker: str) -> Callable[[float], None]:
    mine = ImportJob.objects.filter(pk=job.pk, claimed_by=worker, step=job.step)

    def show(part: float) -> None:
        if not mine.update(part=part, lease_until=clock.now() + LEASE):
            raise _Stopped

    return show


def _check(job: ImportJob, show: Callable[[float], None]) -> None:
    ImportReject.objects.filter(job=job).delete()
    plan = plan_of(job)
    counts = look(plan, team_id=job.team_id, rejects=StoredRejects(job.pk), show=show)
    told = {name: getattr(counts, name) for name in ("read", "new", "changed", "same", "refused", "voices")}
    ImportJob.objects.filter(pk=job.pk, step=Step.CHECK).update(
        step=Step.CHECKED, counts={**told, "reasons": dict(counts.reasons.most_common())}, problem="", part=1
    )


def _bring(job: ImportJob, show: Callable[[float], None]) -> None:
    """HEARD opens the account of what was said in tickets: who may import need not be allowed to connect channels."""
    assert job.batch is not None  # of a job that was started
    plan = plan_of(job)
    begun = batches.counts_of(job.batch)
    if not begun.read:
        ImportReject.objects.filter(job=job).delete()  # of the check
    rejects = StoredRejects(job.pk, known=ImportReject.objects.filter(job=job).count())
    run(plan, HEARD, batch_id=job.batch.pk, team_id=job.team_id, rejects=rejects, show=show, begun=begun)
    batches.close(job.batch.pk, State.DONE)
    ImportJob.objects.filter(pk=job.pk).update(step=Step.ENDED, part=1, problem="", key="")
    drop_upload(job.key)


def _undo(job: ImportJob, show: Callable[[float], None]) -> None:
    assert job.batch_id is not None
    batch, done = can_be_undone(job.batch_id), 0
    written = max(1, batch.new + batch.changed)

    def more(rows: int) -> None:
        nonlocal done
        done += rows
        show(min(0.99, done / written))

    undone(batch, member_id=job.member_id, show=more)
    ImportReject.objects.filter(job__batch_id=batch.pk).delete()
    ImportJob.objects.filter(pk=job.pk).update(step=Step.ENDED, part=1, problem="", key="")
    drop_upload(job.key)


_DO: dict[str, Callable[[ImportJob, Callable[[float], None]], None]] = {
    Step.CHECK.value: _check,
    Step.BRING.value: _bring,
    Step.UNDO.value: _undo,
}


def _end(job: ImportJob, problem: str) -> None:
    """A file that could not be checked waits for another mapping; an import that broke off can go on or be taken back."""
    step = Step.MAPPED if job.step == Step.CHECK else Step.ENDED
    ImportJob.objects.filter(pk=job.pk).update(step=step, problem=problem[:2000])
    if job.step == Step.BRING and job.batch_id is not None:
        batches.close(job.batch_id, State.BROKEN_OFF)
