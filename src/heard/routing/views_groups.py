"""Doors to those that say the same: the list of them is the inbox with `group` in its address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from heard.routing import actions_on_groups
from heard.routing.refusals import explaining

explained = explaining()


@require_POST
@explained
def take_apart(request: HttpRequest, group_id: int) -> HttpResponse:
    actions_on_groups.take_apart(request.viewer, group_id)  # type: ignore[attr-defined]
    return _list_of(request, group_id)


@require_POST
@explained
def put_together(request: HttpRequest, group_id: int) -> HttpResponse:
    actions_on_groups.put_together(request.viewer, group_id)  # type: ignore[attr-defined]
    return _list_of(request, group_id)


def _list_of(request: HttpRequest, group_id: int) -> HttpResponse:
    where = f"{reverse('routing:inbox')}?view=everything&group={group_id}"
    return HttpResponseClientRedirect(where) if request.headers.get("HX-Request") else redirect(where)
