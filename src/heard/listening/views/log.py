from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from heard.governance import selectors as people
from heard.kernel import clock
from heard.listening import pages
from heard.listening.actions.log import BadEntry
from heard.listening.actions.log import log as write_down

KINDS = [("call", "Call"), ("meeting", "Meeting"), ("letter", "Letter"), ("visit", "Visit")]


class LogForm(forms.Form):
    kind = forms.ChoiceField(choices=KINDS)
    direction = forms.ChoiceField(choices=[("inbound", "They came to us"), ("outbound", "We went to them")], initial="inbound")
    who = forms.CharField(max_length=300, label="Who", help_text="A number, an address, or a name: “Dana Smith, 020 7946 0958”.")
    occurred_at = forms.DateTimeField(
        label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    text = forms.CharField(max_length=20_000, label="What was said", widget=forms.Textarea(attrs={"rows": 6}))
    account = forms.TypedChoiceField(coerce=int, label="Written down in")

    def __init__(self, *args, accounts: list[tuple[int, str]], zone: ZoneInfo, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = accounts  # type: ignore[attr-defined]
        self.fields["account"].initial = accounts[0][0] if accounts else None
        self.zone = zone

    def clean_occurred_at(self) -> datetime:
        """What was typed is in the company's time; nobody logs tomorrow's call."""
        at = self.cleaned_data["occurred_at"].replace(tzinfo=self.zone)
        if at > clock.now():
            raise forms.ValidationError("That is still to come. Write down what has happened.")
        return at


def log(request: HttpRequest) -> HttpResponse:
    """Write down a call, a meeting, a letter or a visit: choose what it was, write, save."""
    request.viewer.check("interaction.log")
    zone = ZoneInfo(people.company().timezone)
    accounts = [(account.pk, account.name) for account in pages.channels_to_log_on(request.viewer)]
    kind = request.GET.get("kind", "call")
    initial = {"kind": kind, "occurred_at": clock.now().astimezone(zone).replace(tzinfo=None), "who": request.GET.get("who", "")}
    form = LogForm(request.POST or None, accounts=accounts, zone=zone, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        account_id = asked.pop("account")
        try:
            write_down(request.viewer, account_id=account_id, **asked)
        except BadEntry as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(request, f"{dict(KINDS)[asked['kind']]} written down. It is on its way to a conversation.")
            return redirect("listening:log")
    return render(
        request, "listening/log.html", {"form": form, "accounts": accounts, "kinds": KINDS}, status=422 if form.is_bound else 200
    )
