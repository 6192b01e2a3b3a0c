"""What runs here and how it is: the findings of `heard doctor` as a page, and the end of the demo world."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

import heard
from heard.governance import selectors as people
from heard.project import doctor
from heard.project.first_run import demo_verb


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    request.viewer.check("company.manage")
    found = list(doctor.findings())
    page = {
        "wrong": [words for ok, words in found if not ok],
        "right": [words for ok, words in found if ok],
        "version": heard.__version__,
        "has_demo_world": people.company().has_demo_world,
    }
    return render(request, "about.html", page)


@require_POST
def remove_demo(request: HttpRequest) -> HttpResponse:
    """Everything of the demo world is gone; what is real stays."""
    request.viewer.check("company.manage")
    remove = demo_verb("remove")
    if remove is None:
        messages.error(request, "This installation has no demo world.")
        return redirect("about")
    remove(request.viewer)
    messages.success(request, "The demo world is gone. What was real is still here.")
    return redirect("about")
