"""How a fragment of the conversation page says no: what is not there is a 404, what cannot be done says why."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]


def explaining(*refusals: type[Exception]) -> Callable[[View], View]:
    """For views whose verbs refuse with these: the page shows the words of the refusal and keeps what it has."""

    def explained(view: View) -> View:
        @wraps(view)
        def handle(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except ObjectDoesNotExist as error:
                raise Http404 from error
            except refusals as error:
                return render(request, "refusal.html", {"words": str(error)}, status=409)

        return handle

    return explained
