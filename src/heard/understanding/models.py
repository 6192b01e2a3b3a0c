from django.db import models
from django.db.models import Value


class Assessment(models.Model):
    """What Heard made of a voice: one row for each interaction, words that its author gave it, and version of the assessors."""

    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()  # of the assessors that made it
    words = models.PositiveSmallIntegerField(db_default=0)  # how often other words stood before these; the highest count
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
    emotion = models.CharField(max_length=8, db_default="")  # anger, joy, optimism, sadness; "" for none that is plain
    complexity = models.CharField(max_length=6, db_default="")  # low, medium, high; "" where it was not judged
    offence = models.BooleanField(db_default=False)
    ironic = models.BooleanField(db_default=False)
    topic_id = models.BigIntegerField(null=True)
    targets = models.JSONField(db_default=Value([], models.JSONField()))  # [["the phone", "positive"], ...]
    unsure = models.JSONField(db_default=Value([], models.JSONField()))  # fields that nobody should rely upon
    near = models.BigIntegerField(null=True)  # the same for texts that say nearly the same

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["interaction", "words", "version"], name="assessed_once_per_words_and_version")
        ]


class Correction(models.Model):
    """A person says what is true of one field; the newest correction of a field wins over any assessment."""

    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=20)
    value = models.JSONField()
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["interaction", "field", "-id"], name="corrections_of")]


class LearntHead(models.Model):
    """What was learnt from the corrections of one field, once. None is ever changed; at most one of a field is in use."""

    field = models.CharField(max_length=20)
    version = models.PositiveIntegerField()  # of this field, from 1
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("governance.Member", null=True, on_delete=models.SET_NULL, related_name="+")  # null: Heard itself
    # {"corrections": how many, "values": {value: how many}, "up_to": id of the newest correction}
    trained_on = models.JSONField()
    scores = models.JSONField()  # see learning/trial.py
    head = models.BinaryField()
    is_used = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "version"], name="learnt_once_per_version"),
            models.UniqueConstraint(fields=["field"], condition=models.Q(is_used=True), name="one_head_of_a_field_in_use"),
        ]


class ReadingVersion(models.Model):
    """What a version of assessments was read with. Without any row, everything was read as Heard ships."""

    number = models.PositiveIntegerField(unique=True)  # Assessment.version
    parent = models.PositiveIntegerField(null=True)  # the version that it went on from; its assessments count where this has none
    code = models.PositiveIntegerField()  # assessors.VERSION
    heads = models.JSONField(default=dict)  # {field: version of the learnt head}
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("governance.Member", null=True, on_delete=models.SET_NULL, related_name="+")
    is_current = models.BooleanField(default=False)  # new voices are read with it
    is_aside = models.BooleanField(default=False)  # what it said counts only of voices that no other version read

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_current"], condition=models.Q(is_current=True), name="one_current_reading")
        ]
        indexes = [models.Index(fields=["number"], name="readings_set_aside", condition=models.Q(is_aside=True))]


class ToLearn(models.Model):
    """A field of which something was corrected since it was learnt last. Learning waits until nobody has corrected for a moment."""

    field = models.CharField(max_length=20, unique=True)
    since = models.DateTimeField()
    last_at = models.DateTimeField()


class Rereading(models.Model):
    """The past, read once more with one version, newest voices first. A worker that is killed goes on where the last batch ended."""

    version = models.OneToOneField(ReadingVersion, on_delete=models.CASCADE, related_name="+")
    begun_at = models.DateTimeField()
    below = models.BigIntegerField()  # interactions with smaller ids are still to be read
    since = models.DateTimeField(null=True)  # older voices are left as they are
    read = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)


# The nouns of topics and of assessors elsewhere have folders of their own; Django looks for them here.
from heard.understanding.remote.models import RemoteAnswer, RemoteUse  # noqa: E402
from heard.understanding.topics.models import (  # noqa: E402
    ProposedVoice,
    Topic,
    TopicExample,
    TopicModel,
    TopicProposal,
    TopicsSorted,
    VoiceTopic,
)

__all__ = [
    "Assessment",
    "Correction",
    "LearntHead",
    "ProposedVoice",
    "ReadingVersion",
    "RemoteAnswer",
    "RemoteUse",
    "Rereading",
    "ToLearn",
    "Topic",
    "TopicExample",
    "TopicModel",
    "TopicProposal",
    "TopicsSorted",
    "VoiceTopic",
]
