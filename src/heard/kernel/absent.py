"""How views say that something is not there: what does not exist and what this viewer may not see look the same."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def as_404(*absent: type[Exception], verb: str = "") -> Callable[[View], View]:
    """For views that meet these where something is not there. With `verb`, the viewer has to be allowed that first."""

    def decorated(view: View) -> View:
        @wraps(view)
        def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if verb:
                request.viewer.check(verb)  # type: ignore[attr-defined]
            try:
                return view(request, *args, **kwargs)
            except absent as error:
                raise Http404 from error

        return found

    return decorated
