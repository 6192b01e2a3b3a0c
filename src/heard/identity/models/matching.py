from django.db import models


class Trait(models.Model):
    """One thing that is said about the person behind an identity: by their profile, a record of ours, or themselves.

    `value` is as it was given, to be shown; matching makes its own form of it. One row for each different value.
    """

    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=24)  # one of rules/traits.py
    value = models.CharField(max_length=320)
    source = models.CharField(max_length=60)  # "profile", "import 12", "said": who told us
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "field", "value"], name="trait_once")]
        indexes = [models.Index(fields=["field", "value"], name="traits_by_value")]


class ReviewPair(models.Model):
    """Two identities that may be one person, for a colleague to judge. Kept after the judgement: who judged, and when."""

    class Decision(models.TextChoices):
        SAME = "same", "the same person"
        DIFFERENT = "different", "different people"
        LATER = "later", "not now"
        MOOT = "moot", "answered by other evidence"

    left = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    right = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField()  # bits, between the thresholds of attaching and of new
    parts = models.JSONField(default=list, blank=True)
    weights_version = models.CharField(max_length=40)
    found_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    decided_by = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)  # of LATER: when to ask again

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="one_review_of_a_pair"),
            models.CheckConstraint(condition=models.Q(left__lt=models.F("right")), name="review_in_order"),
        ]
        indexes = [models.Index(fields=["decision", "-weight"], name="reviews_open_first")]


class MatchKey(models.Model):
    """What an identity is found by when somebody like it comes; see rules/matching/keys.py. Numbers that stand for texts."""

    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "identity"], name="match_key_once")]


class TermCount(models.Model):
    """How many people have a value, so that an agreement on a rare one says more. The value itself is not in it, only a number
    that stands for field and value; number 0 counts the people."""

    term = models.BigIntegerField(unique=True)
    count = models.BigIntegerField()


class MatchWeights(models.Model):
    """Weights that were learnt from one's own data. At most one is in use; without any, those that ship with Heard."""

    version = models.CharField(max_length=40, unique=True)
    levels = models.JSONField()  # {field: {level: {"base", "share", "most"}}}; see rules/matching/weights.py
    report = models.JSONField(default=dict)  # what it was learnt from and how it differs, as `heard identity learn` says it
    learnt_at = models.DateTimeField()
    is_used = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_used"], condition=models.Q(is_used=True), name="one_kind_of_weights_in_use")
        ]


class MatchedUpTo(models.Model):
    """How far what is said about people was held against everybody. One row."""

    trait_id = models.BigIntegerField(default=0)
