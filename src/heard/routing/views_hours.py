import re
from functools import cache

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from heard.governance import selectors as people
from heard.governance.forms import ZONE_CHOICES
from heard.governance.permissions import Viewer
from heard.routing.actions_on_hours import BadHours, drop_hours, keep_hours
from heard.routing.models import Hours
from heard.routing.rules.opening import CannotRead, closed_days_in, in_words, spells_in

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
USUAL = ("09:00–17:00",) * 5 + ("", "")


@cache
def countries() -> list[tuple[str, str]]:
    """Those whose public holidays are known: (ISO 3166 code, name), by name."""
    from holidays.registry import COUNTRIES  # here: a fifth of a second, and only on this page

    named = ((codes[1], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", codes[0])) for codes in COUNTRIES.values())
    return [("", "None"), *sorted(named, key=lambda country: country[1])]


class Spells(forms.CharField):
    """The times of opening of one day."""

    def clean(self, value: str) -> list:
        try:
            return [list(spell) for spell in spells_in(super().clean(value))]
        except CannotRead as wrong:
            raise forms.ValidationError(str(wrong)) from None


class HoursForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="As colleagues know them: Shop, Late shift.")
    zone = forms.ChoiceField(choices=ZONE_CHOICES, label="Time zone")
    country = forms.ChoiceField(required=False, label="Public holidays of", help_text="On these nobody is there.")
    subdivision = forms.CharField(
        required=False,
        max_length=6,
        label="Region",
        help_text="Where holidays differ, its code: BY for Bavaria, SCT for Scotland.",
    )
    closed = forms.CharField(
        required=False,
        label="Other days closed",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "2026-12-24 Christmas Eve"}),
        help_text="One a line.",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries()  # type: ignore[attr-defined]
        for number, day in enumerate(DAYS):
            self.fields[f"day{number}"] = Spells(
                required=False, max_length=80, label=day, widget=forms.TextInput(attrs={"class": "input-h"})
            )

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day{number}"] for number in range(7)]

    def clean_closed(self) -> list[tuple[str, str]]:
        try:
            return closed_days_in(self.cleaned_data["closed"])
        except CannotRead as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def asked(self) -> dict:
        given = self.cleaned_data
        plain = {name: given[name] for name in ("name", "zone", "country", "closed")}
        return plain | {"subdivision": given["subdivision"].upper(), "week": [given[f"day{n}"] for n in range(7)]}


def hours(request: HttpRequest, hours_id: int | None = None) -> HttpResponse:
    """Make business hours, or change some."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.check("queue.manage")
    found = get_object_or_404(Hours, pk=hours_id) if hours_id else None
    form = HoursForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            keep_hours(viewer, hours_id, **form.asked())
        except BadHours as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(request, "Saved. They count for voices from now on.")
            return redirect("routing:queues")
    return render(request, "routing/hours.html", {"form": form, "hours": found}, status=422 if form.is_bound else 200)


@require_POST
def drop(request: HttpRequest, hours_id: int) -> HttpResponse:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    try:
        drop_hours(viewer, hours_id)
    except BadHours as bad:
        messages.error(request, str(bad))
        return redirect("routing:hours", hours_id)
    messages.success(request, "Removed.")
    return redirect("routing:queues")


def _initial(hours: Hours | None) -> dict:
    if hours is None:
        return {"zone": people.company().timezone} | {f"day{n}": usual for n, usual in enumerate(USUAL)}
    closed = "\n".join(f"{day} {name}".strip() for day, name in hours.closed)
    plain = {"name": hours.name, "zone": hours.zone, "country": hours.country, "subdivision": hours.subdivision}
    return plain | {"closed": closed} | {f"day{n}": in_words(day) for n, day in enumerate(hours.week)}
