from django.db import models


class Assessment(models.Model):
    """What Heard made of a voice: one row per interaction and version of the assessors."""

    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()  # of the assessors that made it
    language = models.CharField(max_length=8)
    sentiment = models.CharField(max_length=8)  # negative, neutral, positive, mixed
    kinds = models.JSONField(default=list)  # support, sales, praise, product, marketing, community, risk, spam
    answer_due = models.BooleanField()
    operational = models.BooleanField()
    analytical = models.BooleanField()
    urgency = models.PositiveSmallIntegerField(default=0)  # 0..3
    private = models.JSONField(default=list)  # kinds of personal data standing in the text
    confidence = models.FloatField(default=0)  # 0..1
    reasons = models.JSONField(default=list)  # [{"field": ..., "value": ..., "because": "...", "evidence": ["word", ...]}]
    assessed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction", "version"], name="assessed_once_per_version")]


class Correction(models.Model):
    """A person says what is true of one field; the newest correction of a field wins over any assessment."""

    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=20)
    value = models.JSONField()
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["interaction", "field", "-id"], name="corrections_of")]
