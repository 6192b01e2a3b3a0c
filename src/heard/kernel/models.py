from django.db import models


class StreamEvent(models.Model):
    """One thing a live page should know; see stream.py for why readers do not simply take what they see."""

    topic = models.CharField(max_length=40)
    payload = models.JSONField()
    team_id = models.BigIntegerField(null=True)  # who may be told; null means every member
    at = models.DateTimeField(auto_now_add=True)


class News(models.Model):
    """One fact on its way to one listener; see outbox.py."""

    name = models.CharField(max_length=80)
    listener = models.CharField(max_length=160)
    payload = models.JSONField()
    told_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="news_due", condition=models.Q(heard_at=None)),
        ]


class Lease(models.Model):
    """A named duty that one process holds at a time: polling one mailbox, running one timetable entry."""

    name = models.CharField(max_length=120, unique=True)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()


class Allowance(models.Model):
    """How many calls somebody who counts still grants us; see allowance.py."""

    name = models.CharField(max_length=120, unique=True)
    left = models.FloatField()
    counted_at = models.DateTimeField()
    closed_until = models.DateTimeField(null=True)
