from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from heard.governance.rules.erasing import Reason
from heard.governance.rules.roles import Role


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MemberManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "Member":
        member = Member(email=self.normalize_email(email).lower(), **fields)
        member.set_password(password)
        member.save()
        return member

    def get_by_natural_key(self, username: str | None) -> "Member":  # type: ignore[override]
        return self.get(email__iexact=username)  # type: ignore[return-value]


class Member(AbstractBaseUser):
    """Somebody who works here. A member who left is inactive, never deleted: their words and acts keep an author."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in Role], default=Role.AGENT.value)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    theme = models.CharField(
        max_length=10, choices=[("system", "system"), ("light", "light"), ("dark", "dark")], default="system"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = MemberManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A link that lets one person in once: a new colleague, or (`member`) one who needs a new password. Only a hash is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in Role], default=Role.AGENT.value)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)


class Company(models.Model):
    """The one row about whom this house belongs to."""

    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=60, default="UTC")
    masking = models.JSONField(default=dict)  # {kind of personal data: when it is masked}; see rules/masking.py
    has_demo_world = models.BooleanField(default=False)
    founded_at = models.DateTimeField(auto_now_add=True)


class AuditLine(models.Model):
    """Who did what to what, when. Written by every verb in its own transaction; never changed."""

    at = models.DateTimeField(auto_now_add=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")  # null: Heard itself
    verb = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_id", "id"], name="audit_of_object")]


class WebhookEndpoint(models.Model):
    """An address of another system that is told what happens here: signed, tried again, and never sent twice as two things."""

    class State(models.TextChoices):
        ON = "on", "on"
        OFF = "off", "switched off"
        GIVEN_UP = "given_up", "given up"  # it said it is gone, or failed for days; a person switches it on again

    url = models.CharField(max_length=1000)
    name = models.CharField(max_length=80)
    events = models.JSONField(default=list)  # of rules/announcements.py
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")  # null: of every team
    sealed_secrets = models.TextField()  # {"now": "whsec_...", "before": "whsec_..."}
    before_until = models.DateTimeField(null=True)  # how long the secret before still signs beside the new one
    state = models.CharField(max_length=8, choices=State.choices, default=State.ON)
    why = models.CharField(max_length=300, blank=True, default="")  # it is not on, or did not take the last message
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    quiet_until = models.DateTimeField(null=True)  # after a failure nothing is sent there before
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]


class WebhookMessage(models.Model):
    """One fact on its way to one endpoint. The body is kept as it was signed, so that a repetition is the same."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        DEAD = "dead", "not delivered"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=40, unique=True)  # the webhook-id: the same however often it is tried
    event = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True)  # HTTP status of the last try
    error = models.CharField(max_length=300, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], name="webhooks_due", condition=models.Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="webhooks_of_endpoint"),
        ]


class Erasure(models.Model):
    """Somebody is erased from every room, in batches, and this is the receipt: what went where, when, by whose word.

    Whom it is about stands in `sealed_subject` while it runs, and nowhere once it is done: a receipt names nobody.
    """

    class State(models.TextChoices):
        RUNNING = "running", "under way"
        DONE = "done", "done"
        STUCK = "stuck", "something is left"  # after several rounds; `left` says what, and it is tried again

    key = models.CharField(max_length=12, unique=True)  # what the person is told, to come back with
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")  # null: a command
    reason = models.CharField(max_length=20, choices=[(r.value, r.label) for r in Reason])
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    sealed_subject = models.TextField(blank=True, default="")
    place = models.JSONField(default=dict)  # {"step", "round", "at", "after", "ends"}: where it goes on
    erased = models.JSONField(default=dict)  # {model: rows that went}
    blanked = models.JSONField(default=dict)  # {model: rows of others in which their addresses were blanked}
    looked_at = models.BigIntegerField(default=0)  # rows of the last round, in which nothing was found
    left = models.JSONField(default=dict)  # {model: rows that could not go}
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)


class Suppression(models.Model):
    """An address that was erased, as a hash that only this house can make: so that no import brings it back, and what its
    owner said about being written to is still known. See suppression.py."""

    digest = models.CharField(max_length=64, unique=True)
    erased_at = models.DateTimeField()
    silent_on = models.JSONField(default=list)  # kinds of channels on which they had said no


class LegalHold(models.Model):
    """What an identity said must be kept, whoever asks for its erasure and whatever the rules say."""

    identity = models.BigIntegerField()  # of a later room, and kept when that one goes
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["identity"], name="holds_in_force", condition=models.Q(lifted_at=None))]


class RetentionRule(models.Model):
    """How long one kind of data is kept; of a kind without a rule nothing is ever removed."""

    kind = models.CharField(max_length=40, unique=True)  # of the slot in retention.py
    days = models.PositiveIntegerField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    after = models.BigIntegerField(default=0)  # up to which row the present round has looked
    removed = models.PositiveBigIntegerField(default=0)
    last_run_at = models.DateTimeField(null=True)
