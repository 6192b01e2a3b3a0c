from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

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
