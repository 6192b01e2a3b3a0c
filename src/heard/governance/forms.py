"""Forms about people. What they check is for the person typing; the actions check again."""

import zoneinfo
from collections.abc import Iterable

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from heard.governance.models import Member, Team
from heard.governance.rules import announcements, masking
from heard.governance.rules.roles import Role

ROLES = [(role.value, role.label) for role in Role]
TIMEZONES = sorted(
    zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))
) + ["UTC"]


ZONE_CHOICES = [(zone, zone.replace("_", " ")) for zone in TIMEZONES]


class CompanyForm(forms.Form):
    name = forms.CharField(max_length=120, label="Company", help_text="The name your customers know.")
    timezone = forms.ChoiceField(
        choices=ZONE_CHOICES,
        label="Time zone",
        help_text="In which your pages show the time.",
    )


class MaskingForm(forms.Form):
    """A choice for each kind of personal data."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in masking.KINDS.items():
            self.fields[kind] = forms.ChoiceField(choices=list(masking.WHEN.items()), label=label)


class PasswordField(forms.CharField):
    def __init__(self, **about) -> None:
        super().__init__(
            strip=False,
            label="Password",
            help_text="At least 10 characters. A few words in a row are easiest to remember.",
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            **about,
        )


class _ChoosesPassword(forms.Form):
    """Judges `password` against the name and address beside it."""

    def clean(self) -> dict:
        given = super().clean() or {}
        person = Member(email=given.get("email") or "", name=given.get("name") or "")
        try:
            password_validation.validate_password(given.get("password") or "", person)
        except ValidationError as weak:
            self.add_error("password", weak)
        return given


class FirstRunForm(_ChoosesPassword):
    company = forms.CharField(
        max_length=120,
        label="Company",
        help_text="The name your customers know.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    timezone = forms.ChoiceField(choices=ZONE_CHOICES, label="Time zone", initial="UTC")
    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Your e-mail address", help_text="You sign in with it.", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = PasswordField()


class AcceptForm(_ChoosesPassword):
    name = forms.CharField(max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = PasswordField()


class NewPasswordForm(_ChoosesPassword):
    password = PasswordField()


class TeamChoices(forms.Form):
    """Fields that need the teams there are."""

    role = forms.ChoiceField(choices=ROLES, initial=Role.AGENT.value)
    teams = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, teams: Iterable[Team], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"].choices = [(team.pk, team.name) for team in teams]  # type: ignore[attr-defined]


class InviteForm(TeamChoices):
    email = forms.EmailField(label="E-mail address")
    name = forms.CharField(max_length=120, required=False, label="Name")
    field_order = ("email", "name", "role", "teams")


class TeamForm(forms.Form):
    name = forms.CharField(max_length=80, label="Team")


class WebhookForm(forms.Form):
    name = forms.CharField(max_length=80, label="Name", help_text="Whom it tells, as colleagues know it.")
    url = forms.CharField(
        max_length=1000,
        label="Address",
        help_text="Begins with https://",
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        choices=list(announcements.EVENTS.items()), label="It is told", widget=forms.CheckboxSelectMultiple
    )
    team = forms.ChoiceField(required=False, label="Team", help_text="Of all teams, or only of what one team may see.")

    def __init__(self, *args, teams: Iterable[Team] = (), **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", "All teams"), *((str(team.pk), team.name) for team in teams)]  # type: ignore[attr-defined]

    def asked(self) -> dict:
        """As the verbs want it."""
        given = dict(self.cleaned_data)
        team = given.pop("team")
        return {**given, "team_id": int(team) if team else None}
