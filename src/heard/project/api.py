"""The REST API, assembled from the rooms' routers. `manage.py describe_api` writes docs/api/openapi.json from it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from heard.engagement.api import router as engagement
from heard.governance.api import router as governance
from heard.governance.permissions import NotAllowed
from heard.identity.api import router as identity
from heard.listening.api import COMPONENTS
from heard.listening.api import router as listening
from heard.routing.api import router as routing
from heard.understanding.api import router as understanding

DESCRIPTION = """\
Other systems bring what customers say with a bearer token, which an administrator makes for one REST API account and which
can do nothing else. Colleagues read with the session of their browser and see what they see on the pages.
"""


class API(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """With the items of the intake, which are described once, by the adapter that reads them."""
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"].update(COMPONENTS)
        return schema


api = API(title="Heard", version="1", description=DESCRIPTION, docs_url=None, urls_namespace="api-1")
for router in (governance, listening, identity, understanding, routing, engagement):
    api.add_router("", router)


@api.exception_handler(NotAllowed)
def _not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=403)


@api.exception_handler(ValidationError)
def _not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """One sentence for each thing that is wrong; never the value that was sent."""
    problems = [f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in error.errors]
    return api.create_response(request, {"detail": "; ".join(problems)}, status=400)
