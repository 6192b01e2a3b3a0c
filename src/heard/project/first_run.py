"""The very first page: a company, its administrator and its queues; afterwards it is closed for good."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from heard.governance import actions as governance
from heard.governance import selectors as people
from heard.governance.forms import FirstRunForm
from heard.governance.permissions import HEARD
from heard.governance.views import SIGN_IN_BACKEND
from heard.listening import actions as listening
from heard.project.middleware import public
from heard.routing import actions as routing

DEMO = "heard.project.demo"


@public
@never_cache
@sensitive_post_parameters("password")
def first_run(request: HttpRequest) -> HttpResponse:
    """Of two people who fill it in at once one becomes the administrator; the other is told and nothing of theirs is kept."""
    if people.has_members():
        return redirect("account_login")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            administrator = _found(**form.cleaned_data)
        except governance.AlreadyFounded as no:
            form.add_error(None, str(no))
        else:
            login(request, administrator, backend=SIGN_IN_BACKEND)
            return _go_on(with_demo="with_demo" in request.POST)
    about = {"form": form, "has_demo": has_demo()}
    return render(request, "first_run.html", about, status=422 if form.is_bound else 200)


def has_demo() -> bool:
    """Whether this installation brought the demo world along."""
    return demo_verb("build") is not None


def demo_verb(name: str) -> Callable | None:
    if find_spec(DEMO) is None:
        return None
    return getattr(import_module(DEMO), name, None)


def _found(*, company: str, timezone: str, name: str, email: str, password: str) -> Any:
    with transaction.atomic():
        administrator = governance.found_company(company, timezone=timezone, name=name, email=email, password=password)
        routing.seed_queues()
        # A call can be written down from the first minute: this channel has nothing to sign in to.
        listening.test(HEARD, listening.connect(HEARD, kind="log", name="Calls and visits"))
    return administrator


def _go_on(*, with_demo: bool) -> HttpResponse:
    build = demo_verb("build") if with_demo else None
    if build is None:
        return redirect("listening:channels")
    build()
    return redirect("/")
