"""The nouns of topics. Merging is a pointer and splitting is a word about each voice, so both are taken back exactly."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Topic(models.Model):
    """A theme that somebody of the house named. None is ever deleted: what was counted under it keeps its name."""

    name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("governance.Member", null=True, on_delete=models.PROTECT, related_name="+")  # null: Heard itself
    into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")  # merged: counts as this one
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)  # no voice is sorted to it any more

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(into__isnull=True, ended_at__isnull=True), name="one_topic_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TopicExample(models.Model):
    """Somebody's word that a voice, or a text that they wrote down, belongs to a topic, or does not although it looks like it."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    interaction = models.ForeignKey("listening.Interaction", null=True, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(default="")  # empty where a voice is the example
    belongs = models.BooleanField()
    member = models.ForeignKey("governance.Member", null=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "interaction"], name="one_word_about_a_voice_and_a_topic")]


class VoiceTopic(models.Model):
    """The topic that a voice is under now. Most voices are under none, and have no row."""

    interaction = models.OneToOneField("listening.Interaction", primary_key=True, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["topic", "-interaction"], name="voices_of_a_topic")]


class TopicModel(models.Model):
    """What was learnt from the examples. The newest row is in use; the last few stay, to go back to."""

    made_at = models.DateTimeField()
    examples = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # of what it was learnt from
    head = models.BinaryField()


class TopicsSorted(models.Model):
    """How far voices from before the newest model were sorted with it. One row."""

    model_id = models.BigIntegerField(default=0)
    below = models.BigIntegerField(default=0)  # interactions with smaller ids are still to be looked at; 0: done
    stops_at = models.BigIntegerField(default=0)


class TopicProposal(models.Model):
    """Voices under no topic that say much the same. What they have in common is read out of them when somebody looks."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        TAKEN = "taken", "made a topic"
        DISMISSED = "dismissed", "not a topic"

    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    topic = models.ForeignKey(Topic, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey("governance.Member", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="proposals_by_state")]


class ProposedVoice(models.Model):
    """A voice of a proposal; the first in order say best what it is about."""

    proposal = models.ForeignKey(TopicProposal, on_delete=models.CASCADE, related_name="+", db_index=False)
    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    place = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "place"], name="one_voice_at_a_place")]
