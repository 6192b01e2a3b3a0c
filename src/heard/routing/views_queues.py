from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from heard.governance import selectors as people
from heard.routing.actions_on_queues import Answers, BadQueue, change_queue, make_queue
from heard.routing.models import Hours, Queue
from heard.routing.rules.opening import in_short
from heard.routing.rules.triage import WORK_KINDS
from heard.routing.selectors import visible_queues


class QueueForm(forms.Form):
    name = forms.CharField(max_length=80)
    team = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, help_text="Who works in it and sees it.")
    hours = forms.FloatField(
        min_value=0.1, max_value=720, label="Answer due within, in hours", help_text="Urgent voices are due sooner."
    )
    counted = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label="Which hours count", help_text="Only while somebody is there."
    )
    emergencies_any_time = forms.BooleanField(required=False, label="What cannot wait is due by night as well")
    kinds = forms.MultipleChoiceField(
        required=False,
        choices=[(kind, kind.capitalize()) for kind in WORK_KINDS],
        widget=forms.CheckboxSelectMultiple,
        label="Kinds of case",
        help_text="The queue without any takes the rest.",
    )

    def __init__(self, *args, teams: list, hours: list[Hours], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", "Everyone"), *((t.pk, t.name) for t in teams)]  # type: ignore[attr-defined]
        self.fields["counted"].choices = [("", "Day and night"), *((h.pk, h.name) for h in hours)]  # type: ignore[attr-defined]

    def asked(self) -> dict:
        given = self.cleaned_data
        seconds = round(given["hours"] * 3600)
        return {
            "name": given["name"],
            "team_id": given["team"],
            "kinds": given["kinds"],
            "target": Answers(seconds, given["counted"], given["emergencies_any_time"]),
        }


@require_GET
def queues(request: HttpRequest) -> HttpResponse:
    about = {
        "queues": visible_queues(request.viewer).select_related("team", "hours"),
        "hours": [(hours, in_short(hours.week)) for hours in Hours.objects.all()],
    }
    return render(request, "routing/queues.html", about)


def queue(request: HttpRequest, queue_id: int | None = None) -> HttpResponse:
    """Make a queue, or change one."""
    request.viewer.check("queue.manage")
    found = visible_queues(request.viewer).filter(pk=queue_id).first() if queue_id else None
    if queue_id and found is None:
        raise Http404
    form = QueueForm(
        request.POST or None, teams=list(people.teams(request.viewer)), hours=list(Hours.objects.all()), initial=_initial(found)
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_queue(request.viewer, found.pk, **form.asked()) if found else make_queue(request.viewer, **form.asked())
        except BadQueue as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(request, "Saved. It counts for cases from now on.")
            return redirect("routing:queues")
    return render(request, "routing/queue.html", {"form": form, "queue": found}, status=422 if form.is_bound else 200)


def _initial(queue: Queue | None) -> dict:
    if queue is None:
        return {"hours": 4, "emergencies_any_time": True}
    return {
        "name": queue.name,
        "team": queue.team_id,
        "hours": f"{queue.response_target_seconds / 3600:.3g}",
        "kinds": queue.kinds,
        "counted": queue.hours_id,
        "emergencies_any_time": queue.emergencies_any_time,
    }
