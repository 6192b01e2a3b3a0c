from django.db import models


class Organisation(models.Model):
    name = models.CharField(max_length=200, unique=True)


class Customer(models.Model):
    """A person as Heard believes them to be. Which identities are theirs is computed from IdentityLink; see Face."""

    name = models.CharField(max_length=200, blank=True, default="")
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()


class IdentityLink(models.Model):
    """One reason to believe that two identities are the same person, or are not. Withdrawn, never deleted.

    The partition into customers is computed from the rows that are not withdrawn; see rules/partition.py.
    """

    class Kind(models.TextChoices):
        SAME_ADDRESS = "same_address", "same verified address"
        MATCHED = "matched", "they agree on enough"
        SAID_SAME = "said_same", "a colleague says: the same person"
        SAID_DIFFERENT = "said_different", "a colleague says: different people"

    left = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    weight = models.FloatField(default=0)  # bits for (positive) or against; certain kinds ignore it
    parts = models.JSONField(default=list, blank=True)  # what the weight is the sum of; see rules/matching
    weights_version = models.CharField(max_length=40, blank=True, default="")  # of the weights that judged, of a match
    why = models.TextField(default="", blank=True)
    author = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")  # null: Heard
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    # The newer word about the pair that took its place; this one stands again when that is taken back.
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["left", "right", "kind"], condition=models.Q(withdrawn_at=None), name="one_active_reason"
            ),
            models.CheckConstraint(condition=models.Q(left__lt=models.F("right")), name="link_in_order"),
        ]


class Face(models.Model):
    """The computed answer: this identity belongs to that customer. `home` is the customer made when it first spoke,
    so that taking evidence back restores exactly what was."""

    identity = models.OneToOneField("listening.Identity", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    home = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    certain_key = models.CharField(max_length=340, blank=True, default="")  # see rules/certain.py

    class Meta:
        indexes = [
            models.Index(fields=["customer", "identity"], name="faces_of_customer"),
            models.Index(fields=["certain_key"], name="faces_of_address"),
        ]


class Facet(models.Model):
    """How we treat one public face of somebody: who reads along there, in which tone, and whether it may be named beside the others."""

    identity = models.OneToOneField("listening.Identity", on_delete=models.CASCADE, related_name="+")
    never_link = models.BooleanField(default=False)  # openly; colleagues know
    audience = models.CharField(max_length=120, blank=True, default="")
    tone = models.CharField(max_length=120, blank=True, default="")
    set_by = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
