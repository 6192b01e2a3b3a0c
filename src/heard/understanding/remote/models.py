"""What is asked of assessors elsewhere, and what they said."""

from django.db import models


class RemoteUse(models.Model):
    """Whether one is asked, and up to where it was. Without a row it never was switched on."""

    name = models.CharField(max_length=60, unique=True)
    is_on = models.BooleanField(default=False)
    switched_at = models.DateTimeField()
    switched_by = models.ForeignKey(
        "governance.Member", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # null: by a command
    after = models.BigIntegerField(default=0)  # the last assessment that was looked at
    failures = models.PositiveIntegerField(default=0)  # in a row
    paused_until = models.DateTimeField(null=True)


class RemoteAnswer(models.Model):
    """One question, and what became of it. What was asked is not kept, only its digest: the same is not asked twice."""

    class Outcome(models.TextChoices):
        ASKED = "asked", "asked"  # and nothing heard yet
        ANSWERED = "answered", "answered"
        FAILED = "failed", "no answer, or none that can be used"

    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.ASKED)
    values = models.JSONField(default=dict)  # {field: value}, as corrections hold them

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "digest"], name="asked_elsewhere_once")]
        indexes = [models.Index(fields=["name", "asked_at"], name="asked_elsewhere_by_day")]
