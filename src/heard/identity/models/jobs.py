"""Imports that colleagues asked for on a page: the file until it is brought, what the worker shall do, and the rows left out."""

from django.db import models

from heard.identity.models.records import ImportBatch


class ImportJob(models.Model):
    """A file that a colleague brought, or an import to be taken back, and how far the worker is with it.

    The file itself lies beside the attachments (importing/uploads.py) and goes when it is brought, at the latest after a day.
    """

    class Step(models.TextChoices):
        MAPPED = "mapped", "waits for a colleague"
        CHECK = "check", "being checked"
        CHECKED = "checked", "checked"
        BRING = "bring", "being brought"
        UNDO = "undo", "being taken back"
        ENDED = "ended", "ended"

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, null=True, related_name="+")
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=32, blank=True, default="")  # of its folder; empty when the file is gone
    name = models.CharField(max_length=255, blank=True, default="")
    size_bytes = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=20, blank=True, default="")
    source = models.CharField(max_length=60, blank=True, default="")
    mapping = models.JSONField(default=dict)  # {field: column}, all of them; empty: as it is guessed
    columns = models.JSONField(default=list)  # of the file, for the rows left out
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.MAPPED)
    part = models.FloatField(default=0)  # of the file that is read, 0..1; while taking back: rows done
    counts = models.JSONField(null=True)  # of the check; see importing.batches.Counts
    problem = models.TextField(blank=True, default="")  # why it ended before its end
    asked_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["step", "id"], name="import_jobs_by_step")]


class ImportReject(models.Model):
    """A row that was left out, as it stood in the file, and why."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()  # in the file; a header is row 1
    why = models.CharField(max_length=400)
    row = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["job", "number"], name="rejects_of_job")]
