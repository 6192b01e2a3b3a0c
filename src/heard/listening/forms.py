"""Forms of listening's pages. The form that connects a channel is made of what its adapter asks for."""

from typing import Any

from django import forms

from heard.listening.channels.contract import ChannelAdapter, ConfigField
from heard.listening.models import ChannelAccount, Monitor

KEPT = "stored; leave empty to keep it"


class AccountForm(forms.Form):
    """Name, address, team, and one field for each thing that the adapter needs. Secrets go in and never come out."""

    name = forms.CharField(max_length=120, help_text="What your colleagues call it, for example “Support mailbox”.")
    address = forms.CharField(max_length=320, required=False, help_text="Our own mailbox, handle or number there.")
    team = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, help_text="Only this team sees what comes in here."
    )

    def __init__(
        self, adapter: ChannelAdapter, *, teams: list[tuple[int, str]], account: ChannelAccount | None = None, data: Any = None
    ) -> None:
        super().__init__(data, initial=_initial(account))
        self.adapter = adapter
        self.fields["team"].choices = [("", "Everyone"), *teams]  # type: ignore[attr-defined]
        for wanted in adapter.config_fields:
            self.fields[_key(wanted)] = _field(
                wanted,
                stored=bool(account and account.sealed_secrets),
                value=(account.config if account else {}).get(wanted.name),
            )
        sign_in = getattr(adapter, "sign_in", None)
        self.filled_by_sign_in = sign_in.fills if sign_in else frozenset()
        if sign_in:
            self.fields["address"].help_text = "Our own handle or number there; signing in fills it."
        for name in self.filled_by_sign_in:  # whoever pastes and forgets one is told by the action, beside the field
            self.fields[f"config_{name}"].required = False

    def asked(self) -> dict:
        """The arguments of listening.actions.connect and change, without kind."""
        values = {f: self.cleaned_data.get(_key(f)) for f in self.adapter.config_fields}
        return {
            "name": self.cleaned_data["name"],
            "address": self.cleaned_data["address"],
            "team_id": self.cleaned_data["team"],
            "config": {f.name: value for f, value in values.items() if not f.secret and value not in (None, "", [])},
            "secrets": {f.name: value for f, value in values.items() if f.secret and value},
        }

    def to_enter(self) -> list[forms.BoundField]:
        """What is entered in any case; `to_paste` is what signing in at the network fills."""
        return [field for field in self if field.name.removeprefix("config_") not in self.filled_by_sign_in]

    def to_paste(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.removeprefix("config_") in self.filled_by_sign_in]

    def has_pasted(self) -> bool:
        """Whether something is to be looked at among `to_paste`."""
        return any(field.errors for field in self.to_paste())

    def blame(self, problems: dict[str, str]) -> None:
        """Put what an action refused beside the field it is about."""
        for name, problem in problems.items():
            key = f"config_{name}"
            self.add_error(key if key in self.fields else name if name in self.fields else None, problem)


class MonitorForm(forms.Form):
    kind = forms.ChoiceField(choices=Monitor.Kind.choices, label="What it is")
    pattern = forms.CharField(max_length=120, label="What people write")
    brand = forms.CharField(
        max_length=120, required=False, label="Belongs to", help_text="Which of our brands, or which competitor."
    )


class DismissForm(forms.Form):
    why = forms.CharField(max_length=500, label="Why it may stay out")


def _key(wanted: ConfigField) -> str:
    return f"config_{wanted.name}"


def _initial(account: ChannelAccount | None) -> dict:
    return {"name": account.name, "address": account.address, "team": account.team_id} if account else {}


def _field(wanted: ConfigField, *, stored: bool, value: Any) -> forms.Field:
    common: dict[str, Any] = {"label": wanted.label, "help_text": wanted.help, "required": wanted.required and not wanted.default}
    if wanted.secret:
        placeholder = KEPT if stored else ""
        common["required"] = common["required"] and not stored
        return forms.CharField(
            **common,
            strip=False,
            widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "placeholder": placeholder}),
        )
    common["initial"] = wanted.default if value is None else value
    if wanted.kind == "boolean":
        return forms.BooleanField(
            **{**common, "required": False, "initial": str(common["initial"]).lower() in ("true", "1", "yes")}
        )
    if wanted.kind == "choice":
        return forms.ChoiceField(**common, choices=[(c, c) for c in wanted.choices])
    if wanted.kind == "number":
        return forms.IntegerField(**common)
    if wanted.kind == "list":
        shown = "\n".join(value) if isinstance(value, list) else common["initial"]
        return ListField(**{**common, "initial": shown})
    return forms.CharField(**common, max_length=2000)


class ListField(forms.CharField):
    """One thing a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
